"""The ways into the pipeline: the ingest edge of every partition, one for sources, `tocsin push` and the HTTP API."""

from typing import Any

from runtime.ingest import Ingest, edges
from runtime.settings import RuntimeSettings, load
from services.produce.settings import ProduceSettings


def ways_in(redis: Any, runtime: RuntimeSettings, produce: ProduceSettings | None = None) -> dict[str, Ingest]:
    """Return the ingest edge of every partition by its tag; settings that are not given are read."""
    produce = produce or load(ProduceSettings)
    return edges(redis, runtime, remember_seconds=produce.remember.total_seconds(), durable=produce.durable)
