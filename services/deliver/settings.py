"""Settings of deliver, as TOCSIN_DELIVER_… in the environment, in `.env`, or as files of secrets."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from runtime.settings import TocsinSettings

SECOND = timedelta(seconds=1)


class DeliverSettings(TocsinSettings):
    """Where the page and the API are served, who may use them, and what is kept."""

    model_config = SettingsConfigDict(env_prefix="TOCSIN_DELIVER_")

    host: str = Field(default="127.0.0.1", description="address the page and the API listen on")
    port: int = Field(default=8787, ge=0, le=65535, description="their port; 0: a free one")
    tokens_file: Path | None = Field(default=None, description="file of access tokens, one a line: NAME SCOPES HASH")
    tokens: SecretStr | None = Field(default=None, description="access tokens as in the file, separated by semicolons")
    published_on_loopback_only: bool = Field(
        default=False, description="say that nothing but this machine reaches the port, so that tokens are not required"
    )
    hosts: str = Field(default="", description="more names by which browsers may ask for the page, comma-separated")
    allow_origins: str = Field(
        default="", description="web origins whose pages may read the API (CORS), comma-separated"
    )
    subscriptions_file: Path | None = Field(
        default=None, description="webhooks, chat and mail; unset: subscriptions.yaml in the watch folder"
    )
    allow_private_targets: bool = Field(
        default=False, description="let webhooks and fetches reach private, loopback and link-local addresses"
    )
    rules_writable: bool = Field(
        default=False, description="let the API and the page write rules into the watch folder"
    )
    explain_urls: bool = Field(default=True, description="let the page fetch a URL to explain a rule on it")
    audit_file: Path | None = Field(
        default=None, description="file to which each change of a rule is added; unset: only the log"
    )
    page_bytes: int = Field(default=8 * 1024 * 1024, gt=0, description="largest page taken by POST /v1/pages")
    request_bytes: int = Field(default=1024 * 1024, gt=0, description="largest body of every other request")
    requests_per_second: float = Field(default=50, gt=0, description="requests a client may make, on average")
    requests_burst: int = Field(default=2000, gt=0, description="requests a client may make at once")
    streams_most: int = Field(default=5000, gt=0, description="event streams served at once")
    heartbeat: timedelta = Field(default=15 * SECOND, gt=timedelta(0), description="longest silence of an event stream")
    stalled_after: timedelta = Field(
        default=60 * SECOND, gt=timedelta(0), description="time a stream's reader may refuse to read before it is cut"
    )
    ring_alerts: int = Field(default=4096, gt=0, description="newest alerts kept at hand for event streams")
    index_alerts: int = Field(default=50_000, gt=0, description="newest alerts kept searchable in memory")
    keep_for: timedelta | None = Field(
        default=timedelta(days=30), gt=timedelta(0), description="age after which alerts leave the log; none: never"
    )
    keep_alerts: int = Field(default=1_000_000, gt=0, description="alerts the log holds at most")
    trim_every: timedelta = Field(default=60 * SECOND, gt=timedelta(0), description="time between two trims of the log")
    idempotency_for: timedelta = Field(
        default=timedelta(hours=24), gt=timedelta(0), description="time an Idempotency-Key is remembered"
    )
