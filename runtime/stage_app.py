"""A stage as a FastStream app: one batch subscriber, manual acknowledgement, our hand-off, and its probes."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import RedisBatchStreamMessage
from prometheus_client import CollectorRegistry
from redis.exceptions import RedisError

from runtime import probes
from runtime.claims import Claims
from runtime.handling import Delivery
from runtime.reading import ensure_group, read_through_trouble
from runtime.redis_client import BLOCK_MILLISECONDS, CLIENT_OPTIONS, redis_url, wait_until_ready
from runtime.stage import Stage
from runtime.stream_status import stage_status

log = logging.getLogger("tocsin.stage")

STATUS_SECONDS = 5.0  # between looks at the stream for the gauges


async def _parse(raw: Any, original: Any = None) -> RedisBatchStreamMessage:
    """Leave the entries as they are; FastStream's own parser would decode and encode each three times."""
    return RedisBatchStreamMessage(raw_message=raw, body=b"", consumer=None, group=None)  # type: ignore[arg-type]


async def _decode(message: Any, original: Any = None) -> list[Delivery]:
    raw = message.raw_message
    return [
        Delivery(id.decode(), fields.get(b"d", b"")) for id, fields in zip(raw["message_ids"], raw["data"], strict=True)
    ]


def stage_app(
    stage: Stage,
    *,
    registry: CollectorRegistry,
    on_connect: Callable[[Any], Awaitable[None]] | None = None,
    background: tuple[Callable[[], Awaitable[None]], ...] = (),
) -> FastStream:
    """Return the app of a stage. `on_connect` gets the Redis client; `background` runs beside the stage."""
    settings = stage.settings
    url = redis_url(settings)
    broker = RedisBroker(
        url,
        logger=None,  # type: ignore[arg-type]  # None is what turns it off
        apply_types=False,
        graceful_timeout=settings.graceful_timeout.total_seconds(),
        **CLIENT_OPTIONS,
    )
    subscription = StreamSub(
        stage.reads,
        group=stage.group,
        consumer=stage.consumer,
        batch=True,
        max_records=settings.batch_size,
        polling_interval=BLOCK_MILLISECONDS,
    )

    @broker.subscriber(stream=subscription, ack_policy=AckPolicy.MANUAL, parser=_parse, decoder=_decode)
    async def work(deliveries: list[Delivery]) -> None:
        await stage.work(deliveries)

    @contextlib.asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        stop_probes = _serve_probes(stage, registry)
        redis = await broker.connect()
        await wait_until_ready(redis, url=url)
        stage.attach(redis)
        await ensure_group(redis, stage.reads, stage.group)
        read_through_trouble(redis, stage.reads, stage.group, seen_alive=stage.seen_alive)
        if on_connect:
            await on_connect(redis)
        claims = Claims(stage)
        tasks = [
            asyncio.create_task(claims.renew_leases(), name="renew leases"),
            asyncio.create_task(claims.sweep(), name="sweep"),
            asyncio.create_task(_watch_stream(stage), name="watch stream"),
            *(asyncio.create_task(_run(task), name="background") for task in background),
        ]
        log.info("stage started", extra={"stream": stage.reads, "consumer": stage.consumer})
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            stop_probes()
            log.info("stage stopped", extra={"stream": stage.reads, "consumer": stage.consumer})

    async def stop_working() -> None:
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await asyncio.wait_for(stage.while_stopping(), settings.graceful_timeout.total_seconds())

    return FastStream(broker, logger=None, lifespan=lifespan, on_shutdown=[stop_working])


async def _run(task: Callable[[], Awaitable[None]]) -> None:
    """Run a background task; when it fails, say so: a watcher that died silently is worse than none."""
    try:
        await task()
    except Exception:
        log.exception("background task failed")
        raise


async def _watch_stream(stage: Stage) -> None:
    """Keep the gauges of the stage's stream up to date, for ever."""
    gauges = stage.metrics.stream
    while True:
        with contextlib.suppress(RedisError, OSError):
            status = await stage_status(stage.redis, stage.settings, stage.name)
            gauges.length.set(status.length)
            gauges.waiting.set(status.waiting)
            gauges.pending.set(status.pending)
            gauges.oldest_seconds.set(status.oldest_seconds)
            gauges.dead_letters.set(status.dead_letters)
            gauges.consumers.set(status.consumers)
        await asyncio.sleep(STATUS_SECONDS)


def _serve_probes(stage: Stage, registry: CollectorRegistry) -> Callable[[], None]:
    settings = stage.settings
    if settings.probe_port is None:
        return lambda: None

    def is_live() -> str | None:
        silent_seconds = monotonic() - stage.last_sign_of_life
        if silent_seconds > settings.stuck_after.total_seconds():
            return f"the {stage.name} stage has shown no sign of life for {silent_seconds:.0f} s"
        return None

    def is_ready() -> str | None:
        if stage.redis is None:
            return "not connected to Redis yet"
        return "stopping" if stage.is_stopping else is_live()

    port, stop = probes.serve(
        settings.probe_host, settings.probe_port, registry=registry, is_live=is_live, is_ready=is_ready
    )
    log.info("probes served", extra={"host": settings.probe_host, "port": port})
    return stop
