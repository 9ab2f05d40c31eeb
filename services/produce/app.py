"""produce reads sources and writes pages."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from faststream import FastStream
from prometheus_client import CollectorRegistry

from runtime.broker import broker_for
from runtime.cancelling import end
from runtime.redis_client import redis_url, wait_until_ready
from runtime.repartition import require_partitions
from runtime.settings import RuntimeSettings, load
from services.produce.adapters.producer import Producer
from services.produce.adapters.registry_file import read_sources, sources_path
from services.produce.settings import ProduceSettings

log = logging.getLogger("tocsin.produce")


def build(settings: RuntimeSettings | None = None, produce: ProduceSettings | None = None) -> FastStream:
    """Return the app of the produce stage; it idles unless TOCSIN_PRODUCE_SOURCES=on.

    Raises SourcesInvalid here, before anything runs, when the file of sources has mistakes.
    """
    settings, produce = settings or load(RuntimeSettings), produce or load(ProduceSettings)
    url, path = redis_url(settings), sources_path(settings)
    specs = read_sources(path) if produce.sources == "on" else ()
    producer = Producer(produce, settings, registry=CollectorRegistry())
    broker = broker_for(settings)

    @contextlib.asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        stop_probes = producer.serve_probes()
        redis = await broker.connect()
        await wait_until_ready(redis, url=url)
        await require_partitions(redis, settings)
        run = asyncio.create_task(producer.run(redis, specs, path=path if produce.sources == "on" else None))
        run.add_done_callback(end_with)
        try:
            yield
        finally:
            await end([run])
            stop_probes()

    app = FastStream(broker, logger=None, lifespan=lifespan)

    def end_with(run: asyncio.Task[None]) -> None:
        """A producer that ended by itself is to be started again, not to idle."""
        if not run.cancelled() and (error := run.exception()):
            log.error("producer ended", exc_info=error)
            app.exit()

    return app
