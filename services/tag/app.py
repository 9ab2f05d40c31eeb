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
from services.tag.adapters.watch_folder import load_catalogue
from services.tag.article_to_tagged_article import Tagger, article_to_tagged_article, build_tagger
from services.tag.version import TAGGER


def transform_with(tagger: Tagger) -> Callable[[bytes], Output]:
    """Return the stage's work: the tagged article of an article."""

    def transform(data: bytes) -> Output:
        try:
            article = Article.from_json(data)
        except ValidationError as error:
            raise InvalidMessage(f"expected an Article: {error}") from None
        return Output((article_to_tagged_article(article, tagger).to_json(),))

    return transform


def build(settings: RuntimeSettings | None = None) -> FastStream:
    """Return the app of the tag stage; raises Misconfigured when a file of the watch folder is wrong."""
    settings = settings or load(RuntimeSettings)
    catalogue = load_catalogue(settings.watch_dir)
    registry = CollectorRegistry()
    metrics = StageMetrics("tag", registry=registry)
    metrics.version.labels("tag").info({"tagger": TAGGER, "catalogue": catalogue.version})
    transform = transform_with(build_tagger(catalogue))
    return stage_app(stages_of("tag", transform, settings, metrics), registry=registry)
