"""clean reads pages and writes articles."""

from collections.abc import Callable
from typing import Any

import orjson
from faststream import FastStream
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from runtime.errors import InvalidMessage, NotWanted, Unprocessable, reason_of
from runtime.handling import Output
from runtime.metrics import SourceMetrics, StageMetrics
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


def counted(sources: SourceMetrics) -> Callable[[bytes], Output]:
    """Return the stage's work with a count for the page's source; canaries are nobody's pages."""

    def work(data: bytes) -> Output:
        try:
            output = transform(data)
        except (NotWanted, Unprocessable):
            sources.was_refused(_source_of(data))
            raise
        article: dict[str, Any] = orjson.loads(output.messages[0])
        if not article["canary"]:
            text_bytes = len(article["text"].encode())
            sources.gave_article(article["source"]["id"], page_bytes=len(data), text_bytes=text_bytes)
        return output

    return work


def _source_of(data: bytes) -> str:
    """Return the source of a page that gave no article; a message that is no page at all has the source "unknown"."""
    try:
        return Page.from_json(data).source.id
    except ValidationError:
        return "unknown"


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
    return stage_app(
        stages_of("clean", counted(SourceMetrics(registry=registry)), settings, metrics), registry=registry
    )
