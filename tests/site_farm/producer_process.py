"""A producer as a process of its own, to be killed: python -m tests.site_farm.producer_process '{"redis_url": …}'."""

import asyncio
import json
import sys

from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from runtime.redis_client import connect
from runtime.settings import RuntimeSettings
from services.produce.adapters.producer import Producer
from services.produce.settings import ProduceSettings
from services.produce.source_registry import SourceSpec


async def _everything_is_here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def run(given: dict[str, object]) -> None:
    """Read the sources until killed."""
    runtime = RuntimeSettings(
        redis_url=SecretStr(str(given["redis_url"])), stream_prefix=str(given["prefix"]), max_waiting=60
    )
    settings = ProduceSettings.model_validate(given["produce"])
    producer = Producer(settings, runtime, registry=CollectorRegistry(), resolve=_everything_is_here)
    specs = tuple(SourceSpec(**spec) for spec in given["specs"])  # type: ignore[attr-defined]
    await producer.run(connect(str(given["redis_url"])), specs)


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
