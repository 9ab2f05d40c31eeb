"""Clients for Redis ≥ 6.2 or Valkey that never send a write twice on their own."""

import asyncio
import logging
import random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from runtime.cluster import ClusterClient, connect_cluster, credentials, hosts
from runtime.errors import Misconfigured
from runtime.settings import RuntimeSettings

log = logging.getLogger("tocsin.redis")

OLDEST = (6, 2)  # XAUTOCLAIM
BLOCK_MILLISECONDS = 1000  # a read's longest wait; well under SOCKET_SECONDS, or idle reads would time out
SOCKET_SECONDS = 15
# redis-py's own default re-sends a failed write up to ten times, which would double an XADD whose reply was lost.
CLIENT_OPTIONS: dict[str, Any] = {
    "socket_timeout": SOCKET_SECONDS,
    "socket_connect_timeout": 3,
    "retry": Retry(NoBackoff(), 0),
    "protocol": 2,
    "max_connections": 4096,  # a worker waits on one connection for each partition; redis-py's 100 end at 90 of them
}


def redis_url(settings: RuntimeSettings) -> str:
    """Return the URL of Redis with its password; raises Misconfigured when none is set."""
    if settings.redis_url is None:
        raise Misconfigured(
            "TOCSIN_REDIS_URL is not set: expected the URL of a Redis or Valkey server, such as redis://127.0.0.1:6379/0;"
            " `tocsin run` starts one of its own"
        )
    parts = urlsplit(settings.redis_url.get_secret_value())
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise Misconfigured(
            f"TOCSIN_REDIS_URL: expected redis://, rediss:// or unix://, found '{parts.scheme or 'no scheme'}'"
        )
    if settings.redis_password and not parts.password:
        host = parts.netloc.rpartition("@")[2]
        user = (parts.username or "") + ":" + settings.redis_password.get_secret_value()
        parts = parts._replace(netloc=f"{user}@{host}")
    return urlunsplit(parts)


def without_password(url: str) -> str:
    """Return `url` fit for people: the password replaced by ***."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{parts.netloc.rpartition('@')[2]}"))


def connect(url: str) -> "Redis":
    """Return a client of the server at `url`; nothing is sent yet. Replies are bytes."""
    return Redis.from_url(url, **CLIENT_OPTIONS)


def client(settings: RuntimeSettings) -> Any:
    """Return a client of the server, cluster or Sentinels that are set; nothing is sent yet. Raises Misconfigured."""
    url = redis_url(settings)
    if settings.redis_cluster and settings.redis_sentinel:
        raise Misconfigured("TOCSIN_REDIS_CLUSTER and TOCSIN_REDIS_SENTINEL: expected one of them, found both")
    if settings.redis_cluster:
        return connect_cluster(url, CLIENT_OPTIONS)
    return connect_sentinel(url, settings.redis_sentinel) if settings.redis_sentinel else connect(url)


def connect_sentinel(url: str, name: str) -> "Redis":
    """Return a client of the master `name`, whichever server that is when a connection is made."""
    secrets = {key: value for key, value in credentials(url).items() if value}
    options: dict[str, Any] = {"sentinel_kwargs": dict(CLIENT_OPTIONS), **CLIENT_OPTIONS, **secrets}
    sentinels = Sentinel(hosts(url, default_port=26379), **options)  # type: ignore[no-untyped-call]
    redis: Redis = sentinels.master_for(name)
    close = redis.aclose

    async def aclose(close_connection_pool: bool | None = None) -> None:
        await close(close_connection_pool)
        for one in sentinels.sentinels:
            await one.aclose()

    redis.aclose = aclose  # type: ignore[method-assign]  # redis-py leaves the Sentinels' connections open
    return redis


async def require_version(redis: Any) -> str:
    """Return the server's version; raises Misconfigured when it is older than 6.2, or of the other kind."""
    info = await redis.info("server")
    is_cluster = "cluster" in (info.get("redis_mode"), info.get("server_mode"))  # Redis and Valkey call it differently
    if is_cluster != isinstance(redis, ClusterClient):
        found, wanted = ("a Redis Cluster", "true") if is_cluster else ("a single server", "false")
        raise Misconfigured(f"TOCSIN_REDIS_CLUSTER: expected {wanted}, for TOCSIN_REDIS_URL is {found}")
    version = str(info.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise Misconfigured(
            f"the Redis server has version {version}; expected 6.2 or newer (or Valkey), for XAUTOCLAIM"
        )
    return version


async def wait_until_ready(redis: Any, *, url: str, patience_seconds: float = 600) -> None:
    """Return once the server answers PING; logs once a wait begins, raises Misconfigured when patience ends."""
    waited, delay = 0.0, 0.1
    while True:
        try:
            await redis.ping()
            break
        except (RedisError, OSError) as error:
            if waited == 0.0:
                log.warning("Redis is away", extra={"url": without_password(url), "error": type(error).__name__})
            if waited >= patience_seconds:
                raise Misconfigured(f"no Redis answered at {without_password(url)} for {waited:.0f} s") from None
        await asyncio.sleep(delay)
        waited += delay
        delay = min(delay * 2, 2.0) * random.uniform(0.75, 1.25)
    if waited:
        log.info("Redis is back", extra={"waited_seconds": round(waited, 1)})
    await require_version(redis)
