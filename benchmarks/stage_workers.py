"""One worker process of the stage benchmark: `python -m benchmarks.stage_workers ours|faststream|raw URL`.

Each does the same work on the same messages: decode JSON, encode JSON, write it to the next stream, acknowledge.
"""

import sys
from collections.abc import Callable

import orjson
import redis as redis_sync

IN, OUT, GROUP = "tocsin:{p0}:pages", "tocsin:{p0}:articles", "g:clean"
RAW_COUNT = 100  # entries a read; more gains nothing


def raw(url: str) -> None:
    """The fastest plain loop redis-py allows: large reads, one pipeline a batch; nothing is retried or atomic."""
    client = redis_sync.Redis.from_url(url, protocol=2)
    while True:
        for _, entries in client.xreadgroup(GROUP, "raw", {IN: ">"}, count=RAW_COUNT, block=1000) or []:
            pipe = client.pipeline(transaction=False)
            for id, fields in entries:
                pipe.xadd(OUT, {b"d": orjson.dumps(orjson.loads(fields[b"d"]))})
                pipe.xack(IN, GROUP, id)
            pipe.execute()


def faststream(url: str) -> None:
    """FastStream as its tutorial shows it: one handler a message, a publisher behind it, default acknowledgement."""
    from typing import Any

    import uvloop
    from faststream import FastStream
    from faststream.redis import RedisBroker, StreamSub

    broker = RedisBroker(url, logger=None)  # its default logger would cost a fifth more

    @broker.subscriber(stream=StreamSub(IN, group=GROUP, consumer="tutorial"))
    @broker.publisher(stream=OUT)
    async def handle(message: dict[str, Any]) -> dict[str, Any]:
        return message

    uvloop.run(FastStream(broker, logger=None).run())


def ours(url: str) -> None:
    """A stage of ours with default settings, with its leases, claims, counters and atomic hand-off."""
    import uvloop
    from prometheus_client import CollectorRegistry
    from pydantic import SecretStr

    from runtime.handling import Output
    from runtime.metrics import StageMetrics
    from runtime.settings import RuntimeSettings
    from runtime.stage_app import stage_app, stages_of

    def transform(data: bytes) -> Output:
        return Output((orjson.dumps(orjson.loads(data)),))

    registry = CollectorRegistry()
    settings = RuntimeSettings(redis_url=SecretStr(url), max_waiting=10_000_000)
    stages = stages_of("clean", transform, settings, StageMetrics("clean", registry=registry))
    uvloop.run(stage_app(stages, registry=registry).run())


WORKERS: dict[str, Callable[[str], None]] = {"ours": ours, "faststream": faststream, "raw": raw}

if __name__ == "__main__":
    WORKERS[sys.argv[1]](sys.argv[2])
