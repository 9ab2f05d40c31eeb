"""Settings: what is in force, where it came from, and a stop for names nobody knows.

Each process reads RuntimeSettings (`TOCSIN_…`) and its stage's own class (`TOCSIN_<STAGE>_…`), side by side.
Sources, first wins: environment, `.env` in the working directory, files in the secrets folder, defaults.
"""

import difflib
import importlib
import os
import pkgutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.errors import Misconfigured
from schemas import streams

SECRETS_DIR = Path(os.environ.get("TOCSIN_SECRETS_DIR", "/run/secrets"))
DOTENV = Path(".env")
# Read before any settings class can be built, or by programs that talk to us from outside; known all the same.
ALSO_KNOWN = ("TOCSIN_SECRETS_DIR", "TOCSIN_TOKEN")

Settings = TypeVar("Settings", bound="TocsinSettings")


class TocsinSettings(BaseSettings):
    """Base of all settings: frozen, read from TOCSIN_* names, from `.env` and from files of secrets."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",  # a name that belongs to another class; names nobody knows are refused by refuse_unknown_names
        env_prefix="TOCSIN_",
        env_file=DOTENV,
        secrets_dir=SECRETS_DIR if SECRETS_DIR.is_dir() else None,
        hide_input_in_errors=True,
    )


class RuntimeSettings(TocsinSettings):
    """What every process needs: where Redis is, how streams are called, and how patient to be."""

    redis_url: SecretStr | None = Field(
        default=None, description="Redis or Valkey, such as redis://host:6379/0; unset: tocsin run starts its own"
    )
    redis_cluster: bool = Field(default=False, description="whether that is a Redis Cluster (docs/scale.md)")
    redis_sentinel: str | None = Field(
        default=None, description="name of the master that the Sentinels of TOCSIN_REDIS_URL watch (docs/scale.md)"
    )
    wait_replicas: int = Field(
        default=0, ge=0, le=16, description="replicas that must have a page before it counts as accepted (WAIT)"
    )
    redis_password: SecretStr | None = Field(default=None, description="password, when it is not part of the URL")
    stream_prefix: str = Field(default="tocsin", pattern=r"^[A-Za-z0-9_.-]+$", description="first part of every key")
    partitions: int = Field(default=1, gt=0, le=1024, description="partitions of every stream (docs/scale.md)")
    settle: timedelta = Field(
        default=timedelta(0),
        ge=timedelta(0),
        le=timedelta(hours=1),
        description="time articles that a rule holds for wait to be decided in the order of events (docs/scale.md)",
    )
    data_dir: Path = Field(default=Path(".tocsin"), description="folder of the embedded server")
    watch_dir: Path | None = Field(default=None, description="folder with your own actors, topics, rules and sources")
    batch_size: int = Field(default=64, gt=0, le=1000, description="messages a stage reads at once")
    max_waiting: int = Field(default=10_000, gt=0, description="messages a stream may hold before its writers wait")
    claim_after: timedelta = Field(
        default=timedelta(seconds=10),
        gt=timedelta(0),
        description="silence after which a worker's messages are adopted",
    )
    max_deliveries: int = Field(default=6, gt=0, description="tries before a message becomes a dead letter")
    stuck_after: timedelta = Field(
        default=timedelta(seconds=120), gt=timedelta(0), description="time without a sign of life that fails /livez"
    )
    graceful_timeout: timedelta = Field(
        default=timedelta(seconds=10), gt=timedelta(0), description="time a stage has to finish what it started"
    )
    canary_every: timedelta = Field(
        default=timedelta(seconds=10), gt=timedelta(0), description="time between two canary pages of the monitor"
    )
    probe_host: str = Field(default="127.0.0.1", description="address of /livez, /readyz and /metrics")
    probe_port: int | None = Field(default=None, ge=0, le=65535, description="their port; unset: not served")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="least level logged")

    @property
    def tags(self) -> tuple[str, ...]:
        """Hash tags of the partitions, in order."""
        return streams.partition_tags(self.partitions)

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages that read a stream; with several partitions, or TOCSIN_SETTLE, alert matches and decide decides."""
        is_whole = self.partitions == 1 and not self.settle
        return streams.STAGES if is_whole else (*streams.STAGES, streams.DECIDE)

    def tags_of(self, stage: str) -> tuple[str, ...]:
        """Hash tags of the partitions a stage reads: all of them, or home for the one that decides."""
        return self.tags[:1] if stage == streams.DECIDE else self.tags

    def keys(self, *names: str) -> list[str]:
        """Return the key of `names` in every partition, in order."""
        return [streams.key(self.stream_prefix, tag, *names) for tag in self.tags]


def settings_classes() -> Iterator[type[TocsinSettings]]:
    """Yield the settings class of the runtime and of every service that has one."""
    yield RuntimeSettings
    # By name, so that the runtime needs no import of a service and a new service needs no entry here.
    services = importlib.import_module("services")
    for found in pkgutil.iter_modules(services.__path__):
        try:
            module = importlib.import_module(f"services.{found.name}.settings")
        except ModuleNotFoundError:
            continue
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, TocsinSettings) and value.__module__ == module.__name__:
                yield value


def names_of(settings: type[TocsinSettings]) -> dict[str, str]:
    """Return the environment name of each field: `{"TOCSIN_REDIS_URL": "redis_url", …}`."""
    prefix = settings.model_config.get("env_prefix", "")
    return {f"{prefix}{field}".upper(): field for field in settings.model_fields}


def refuse_unknown_names(environ: Mapping[str, str] | None = None) -> None:
    """Raise Misconfigured when a TOCSIN_* name is nobody's: a typo must not fall back to a default."""
    known = {name for settings in settings_classes() for name in names_of(settings)} | set(ALSO_KNOWN)
    given = {**dotenv_values(DOTENV), **(os.environ if environ is None else environ)}
    mistakes = []
    for name in sorted(name for name in given if name.upper().startswith("TOCSIN_") and name.upper() not in known):
        near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.0)
        mistakes.append(f"{name} is not a setting of tocsin; the nearest one is {near[0]} (see `tocsin config`)")
    if mistakes:
        raise Misconfigured("\n".join(mistakes))


def load(settings: type[Settings], **given: Any) -> Settings:
    """Return the settings in force; raises Misconfigured that names each wrong value and what was expected."""
    refuse_unknown_names()
    try:
        return settings(**given)
    except ValidationError as error:
        prefix = settings.model_config.get("env_prefix", "")
        raise Misconfigured(
            "\n".join(f"{prefix}{'.'.join(map(str, e['loc']))}".upper() + f": {e['msg']}" for e in error.errors())
        ) from None


def origin(settings: type[TocsinSettings], field: str) -> str:
    """Return where a field's value comes from: environment, .env, a secret's file, or its default."""
    name = f"{settings.model_config.get('env_prefix', '')}{field}".upper()
    if any(key.upper() == name for key in os.environ):
        return "environment"
    if any(key.upper() == name for key in dotenv_values(DOTENV)):
        return str(DOTENV)
    if SECRETS_DIR.is_dir() and any(path.name.upper() == name for path in SECRETS_DIR.iterdir()):
        return str(SECRETS_DIR / name.lower())
    return "default"
