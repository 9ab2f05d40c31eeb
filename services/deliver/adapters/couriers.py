"""All couriers of a process; one process at a time carries, so that nobody is told twice without need."""

import asyncio
import contextlib
import logging
import os
import uuid
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError

from runtime.cancelling import end_if_cancelled
from runtime.errors import Misconfigured
from runtime.settings import RuntimeSettings
from services.deliver.adapters.courier import Courier
from services.deliver.adapters.rule_streams import StreamWriter
from services.deliver.adapters.served import Served
from services.deliver.adapters.subscription_state import declare, deliver_key
from services.deliver.channels import CHANNELS
from services.deliver.settings import DeliverSettings
from services.deliver.subscriptions import Subscription, parse_subscriptions

log = logging.getLogger("tocsin.deliver")

LEASE_SECONDS = 15  # after which another process takes over from one that died


def load_subscriptions(settings: RuntimeSettings, deliver: DeliverSettings) -> tuple[Subscription, ...]:
    """Return the subscriptions in force; raises Misconfigured with file and line of each mistake."""
    path = deliver.subscriptions_file
    if path is None:
        path = settings.watch_dir / "subscriptions.yaml" if settings.watch_dir else None
        if path is None or not path.is_file():
            return ()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{path}: the file of subscriptions cannot be read ({error.strerror})") from None
    return parse_subscriptions(text, str(path), resolve_secret, CHANNELS)


def resolve_secret(text: str) -> str:
    """Return what "env:NAME" or "file:PATH" stands for, other text as it is; raises Misconfigured."""
    kind, _, name = text.partition(":")
    if kind == "env":
        if name not in os.environ:
            raise Misconfigured(f"the environment has no {name}")
        return os.environ[name]
    if kind == "file":
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Misconfigured(f"{name} cannot be read ({error.strerror})") from None
    return text


async def carry(served: Served) -> None:
    """Carry alerts to every subscription, for ever, while no other process does."""
    subscriptions = served.subscriptions
    served.metrics.start_at_zero(one.id for one in subscriptions)
    lease, me = deliver_key(served.settings, "lease"), uuid.uuid4().hex
    while True:
        end_if_cancelled()
        try:
            await _until_ours(served.redis, lease, me)
            await declare(served.redis, served.settings, subscriptions)
            # A task of its own: a group whose job fails leaves a cancellation behind in its task (Python 3.11).
            await asyncio.create_task(_carry_all(served, lease, me))
        except* (RedisError, OSError) as errors:
            log.warning("deliveries pause", extra={"error": type(errors.exceptions[0]).__name__})
            await asyncio.sleep(1)
        finally:
            with contextlib.suppress(RedisError, OSError):
                if await served.redis.get(lease) == me.encode():
                    await served.redis.delete(lease)


async def _carry_all(served: Served, lease: str, me: str) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_keep_lease(served.redis, lease, me))
        for courier in _couriers(served):
            tasks.create_task(courier.run())


def _couriers(served: Served) -> list[Courier | StreamWriter]:
    opened = {name: kind.open(served.outgoing) for name, kind in CHANNELS.items()}
    given: Any = {
        "redis": served.redis,
        "settings": served.settings,
        "ring": served.ring,
        "metrics": served.metrics,
    }
    return [
        StreamWriter(one, **given)
        if one.channel == "stream"
        else Courier(one, opened[one.channel], **given, retry_scale=served.retry_scale)
        for one in served.subscriptions
    ]


async def _until_ours(redis: Any, lease: str, me: str) -> None:
    while True:
        end_if_cancelled()
        if await redis.set(lease, me, nx=True, ex=LEASE_SECONDS):
            return
        await asyncio.sleep(1)


async def _keep_lease(redis: Any, lease: str, me: str) -> None:
    """Renew the lease for ever; raises ConnectionError when another process has it: we were away for too long."""
    while True:
        end_if_cancelled()
        await asyncio.sleep(LEASE_SECONDS / 3)
        if await redis.get(lease) != me.encode():
            raise ConnectionError("another process carries now")
        await redis.expire(lease, LEASE_SECONDS)
