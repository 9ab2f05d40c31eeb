"""tag reads articles and writes tagged articles."""

import time

from faststream import FastStream
from prometheus_client import CollectorRegistry

from runtime.metrics import StageMetrics
from runtime.settings import RuntimeSettings, load
from runtime.stage_app import stage_app, stages_of
from services.tag.adapters.live_tagger import LiveTagger
from services.tag.metrics import TagMetrics
from services.tag.settings import TagSettings
from services.tag.transform import transform_with
from services.tag.version import TAGGER


def build(settings: RuntimeSettings | None = None) -> FastStream:
    """Return the app of the tag stage; raises Misconfigured when a file of the watch folder is wrong."""
    settings = settings or load(RuntimeSettings)
    live = LiveTagger.open(settings.watch_dir)
    registry = CollectorRegistry()
    metrics = StageMetrics("tag", registry=registry)

    def show(version: str, is_good: bool) -> None:
        metrics.version.labels("tag").info({"tagger": TAGGER, "catalogue": version})
        metrics.reloaded(is_good=is_good)

    live.on_reload = show
    show(live.tagger.catalogue.version, is_good=True)
    work = transform_with(live, load(TagSettings), TagMetrics(registry=registry), time.perf_counter)
    return stage_app(stages_of("tag", work, settings, metrics), registry=registry, background=[live.watch])
