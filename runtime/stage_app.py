"""A stage as a FastStream app: a batch subscriber a partition, manual acknowledgement, our hand-off, and probes."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import monotonic
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import RedisBatchStreamMessage
from prometheus_client import CollectorRegistry
from redis.exceptions import RedisError

from runtime import probes
from runtime.broker import broker_for
from runtime.cancelling import end, end_if_cancelled
from runtime.claims import Claims
from runtime.handling import Delivery
from runtime.metrics import StageMetrics
from runtime.reading import read_through_trouble
from runtime.redis_client import BLOCK_MILLISECONDS, redis_url, wait_until_ready
from runtime.repartition import require_partitions
from runtime.settings import RuntimeSettings
from runtime.stage import LET_GO, HandOff, Hands, Stage
from runtime.stream_status import stage_status, whole

log = logging.getLogger("tocsin.stage")

STATUS_SECONDS = 5.0  # between looks at the stream for the gauges


def stages_of(
    name: str,
    transform: Callable[[bytes], Any],
    settings: RuntimeSettings,
    metrics: StageMetrics,
    hand_off_of: Callable[[str], HandOff] | None = None,
    hands: Hands | None = None,
) -> list[Stage]:
    """Return one Stage a partition, all working with the same hands; `hand_off_of` gets the partition's tag."""
    hands = hands or Hands(name)
    return [
        Stage(
            name,
            transform,
            settings,
            metrics,
            partition=tag,
            hands=hands,
            hand_off=hand_off_of(tag) if hand_off_of else None,
        )
        for tag in settings.tags_of(name)
    ]


def stage_app(
    stages: Sequence[Stage],
    *,
    registry: CollectorRegistry,
    on_connect: Callable[[Any], Awaitable[None]] | None = None,
    background: Sequence[Callable[[], Awaitable[None]]] = (),
) -> FastStream:
    """Return the app of a stage. `on_connect` gets the Redis client; `background` runs beside the stage."""
    settings = stages[0].settings
    broker = broker_for(settings, graceful_timeout=settings.graceful_timeout.total_seconds())
    for stage in stages:
        _subscribe(broker, stage)

    @contextlib.asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        stop_probes = _serve_probes(stages, registry)
        redis = await broker.connect()
        await wait_until_ready(redis, url=redis_url(settings))
        await require_partitions(redis, settings)
        if on_connect:
            await on_connect(redis)
        for stage in stages:
            stage.attach(redis)
        read_through_trouble(redis, {stage.reads: stage.group for stage in stages}, seen_alive=stages[0].seen_alive)
        tasks = [asyncio.create_task(_watch_streams(stages), name="watch streams")]
        tasks += [asyncio.create_task(_run(task), name="background") for task in background]
        for stage in stages:
            claims = Claims(stage)
            tasks.append(asyncio.create_task(_run(claims.renew_leases), name="renew leases"))
            tasks.append(asyncio.create_task(_run(claims.sweep), name="sweep"))
        log.info("stage started", extra={"partitions": len(stages), "consumer": stages[0].consumer})
        try:
            yield
        finally:
            await end(tasks)
            stop_probes()
            log.info("stage stopped", extra={"partitions": len(stages), "consumer": stages[0].consumer})

    async def stop_working() -> None:
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            stopping = asyncio.gather(*(stage.stop() for stage in stages))
            await asyncio.wait_for(stopping, settings.graceful_timeout.total_seconds())

    return FastStream(broker, logger=None, lifespan=lifespan, on_shutdown=[stop_working])


def _subscribe(broker: RedisBroker, stage: Stage) -> None:
    batch_size = stage.settings.batch_size
    subscription = StreamSub(
        stage.reads,
        group=stage.group,
        consumer=stage.consumer,
        batch=True,
        # A worker reads every partition at once; together they take about a batch, so that none hoards.
        max_records=max(1, min(batch_size, 2 * batch_size // len(stage.settings.tags_of(stage.name)))),
        polling_interval=BLOCK_MILLISECONDS,
    )

    @broker.subscriber(stream=subscription, ack_policy=AckPolicy.MANUAL, parser=_parse, decoder=_decode)
    async def work(deliveries: list[Delivery]) -> None:
        try:
            await stage.work(deliveries)
        except LET_GO as error:
            log.warning("batch was let go", extra={"messages": len(deliveries), "error": type(error).__name__})


async def _parse(raw: Any, original: Any = None) -> RedisBatchStreamMessage:
    """Leave the entries as they are; FastStream's own parser would decode and encode each three times."""
    return RedisBatchStreamMessage(raw_message=raw, body=b"", consumer=None, group=None)  # type: ignore[arg-type]


async def _decode(message: Any, original: Any = None) -> list[Delivery]:
    raw = message.raw_message
    return [
        Delivery(id.decode(), fields.get(b"d", b"")) for id, fields in zip(raw["message_ids"], raw["data"], strict=True)
    ]


async def _run(task: Callable[[], Awaitable[None]]) -> None:
    """Run a background task; when it fails, say so: a watcher that died silently is worse than none."""
    try:
        await task()
    except Exception:
        log.exception("background task failed")
        raise


async def _watch_streams(stages: Sequence[Stage]) -> None:
    """Keep the gauges of the stage's streams up to date, for ever."""
    while True:
        end_if_cancelled()
        with contextlib.suppress(RedisError, OSError):
            statuses = [await stage_status(s.redis, s.settings, s.name, s.partition) for s in stages]
            for status in whole(statuses):
                stages[0].metrics.streams[status.stage].show(status)
        await asyncio.sleep(STATUS_SECONDS)


def _serve_probes(stages: Sequence[Stage], registry: CollectorRegistry) -> Callable[[], None]:
    settings, name = stages[0].settings, stages[0].name
    if settings.probe_port is None:
        return lambda: None

    def is_live() -> str | None:
        silent_seconds = monotonic() - max(stage.last_sign_of_life for stage in stages)
        if silent_seconds > settings.stuck_after.total_seconds():
            return f"the {name} stage has shown no sign of life for {silent_seconds:.0f} s"
        return None

    def is_ready() -> str | None:
        if stages[0].redis is None:
            return "not connected to Redis yet"
        return "stopping" if stages[0].is_stopping else is_live()

    port, stop = probes.serve(
        settings.probe_host, settings.probe_port, registry=registry, is_live=is_live, is_ready=is_ready
    )
    log.info("probes served", extra={"host": settings.probe_host, "port": port})
    return stop
