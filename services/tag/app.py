"""tag reads articles and writes tagged articles."""

from collections.abc import Callable

from faststream import FastStream
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from runtime.errors import InvalidMessage
from runtime.handling import Output
from runtime.metrics import StageMetrics
from runtime.settings import RuntimeSettings, load
from runtime.stage_app import stage_app, stages_of
from schemas import Article
from services.tag.adapters.live_tagger import LiveTagger
from services.tag.article_to_tagged_article import article_to_tagged_article
from services.tag.models import load_models, needs_models, with_models
from services.tag.settings import TagSettings
from services.tag.version import TAGGER


def transform_with(live: LiveTagger, settings: TagSettings) -> Callable[[bytes], Output]:
    """Return the stage's work: the tagged article of an article, by the catalogue in force."""
    models = load_models() if settings.models != "never" else None

    def transform(data: bytes) -> Output:
        try:
            article = Article.from_json(data)
        except ValidationError as error:
            raise InvalidMessage(f"expected an Article: {error}") from None
        tagger = live.tagger
        tagged = article_to_tagged_article(article, tagger)
        if models is not None and needs_models(tagged, settings.models):
            tagged = with_models(tagged, models, tagger.catalogue)
        return Output((tagged.to_json(),))

    return transform


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
    stages = stages_of("tag", transform_with(live, load(TagSettings)), settings, metrics)
    return stage_app(stages, registry=registry, background=[live.watch])
