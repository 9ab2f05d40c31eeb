"""Options that several subcommands share, and how they find the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from redis.exceptions import RedisError

from runtime.errors import Misconfigured
from runtime.redis_client import client, redis_url, require_version, without_password
from runtime.repartition import require_partitions
from runtime.server import running_url
from runtime.settings import RuntimeSettings, load

WatchOption = Annotated[
    Path | None,
    typer.Option("--watch", help="Folder with rules/, actors.yaml, topics.yaml; what is absent is built in."),
]
DataOption = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the embedded server.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def settings_for(data_dir: Path | None) -> RuntimeSettings:
    """Return the settings in force, with the URL of the server that `tocsin run` started when none is set."""
    settings = load(RuntimeSettings)
    if data_dir is not None:
        settings = settings.model_copy(update={"data_dir": data_dir})
    if settings.redis_url is None:
        url = running_url(settings.data_dir)
        if url is None:
            raise Misconfigured(
                f"no server: TOCSIN_REDIS_URL is not set, and no `tocsin run` uses {settings.data_dir};"
                " start one, or say where it is with --data-dir"
            )
        settings = settings.model_copy(update={"redis_url": SecretStr(url)})
    return settings


@asynccontextmanager
async def connected(settings: RuntimeSettings, *, of_any_number: bool = False) -> AsyncIterator[Any]:
    """Yield a client of the server; one that does not answer or has other partitions is one clear line."""
    url = redis_url(settings)
    redis = client(settings)
    try:
        try:
            await require_version(redis)
            if not of_any_number:
                await require_partitions(redis, settings)
        except (RedisError, OSError) as error:
            raise Misconfigured(f"Redis at {without_password(url)} does not answer: {error}") from None
        yield redis
    except (RedisError, OSError) as error:
        raise Misconfigured(f"Redis at {without_password(url)} went away: {error}") from None
    finally:
        await redis.aclose()
