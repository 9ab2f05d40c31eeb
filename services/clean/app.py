"""clean reads pages and writes articles."""

from faststream import FastStream
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from runtime.errors import InvalidMessage, NotWanted, Unprocessable, reason_of
from runtime.handling import Output
from runtime.metrics import StageMetrics
from runtime.settings import RuntimeSettings, load
from runtime.stage_app import stage_app, stages_of
from schemas import Page
from services.clean.page_to_article import page_to_article
from services.clean.refusals import REFUSALS
from services.clean.version import CLEANER


def transform(data: bytes) -> Output:
    """Return the article of a page; raises the refusals of services/clean/refusals.py."""
    try:
        page = Page.from_json(data)
    except ValidationError as error:
        raise InvalidMessage(str(error)) from None
    return Output((page_to_article(page).to_json(),))


def build(settings: RuntimeSettings | None = None) -> FastStream:
    """Return the app of the clean stage."""
    settings = settings or load(RuntimeSettings)
    registry = CollectorRegistry()
    metrics = StageMetrics(
        "clean",
        registry=registry,
        dropped_reasons=[reason_of(refusal) for refusal in REFUSALS if issubclass(refusal, NotWanted)],
        dead_reasons=[reason_of(refusal) for refusal in REFUSALS if issubclass(refusal, Unprocessable)],
    )
    metrics.version.labels("clean").info({"cleaner": CLEANER})
    return stage_app(stages_of("clean", transform, settings, metrics), registry=registry)
