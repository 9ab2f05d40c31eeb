"""Builders that show only what matters to a test."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from schemas import Article, Page, Source, TaggedArticle

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_page(body: str = "A page.", **given: Any) -> Page:
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    defaults: dict[str, Any] = {
        "id": "pg_" + hashlib.sha256(((given.get("url") or "") + "\0" + body).encode()).hexdigest()[:24],
        "content_type": "text/plain",
        "body": body,
        "sha256": sha256,
        "fetched_at": NOON,
        "pushed_at": NOON,
        "source": Source(),
    }
    return Page(**{**defaults, **given})


def an_article(text: str = "A paragraph.\n\nAnother one.", **given: Any) -> Article:
    paragraphs, at = [], 0
    for paragraph in text.split("\n\n"):
        paragraphs.append((at, at + len(paragraph)))
        at += len(paragraph) + 2
    defaults: dict[str, Any] = {
        "id": "pg_" + hashlib.sha256(text.encode()).hexdigest()[:24],
        "page_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "fetched_at": NOON,
        "pushed_at": NOON,
        "title": "A title",
        "language": "en",
        "text": text,
        "paragraphs": tuple(paragraphs),
        "fingerprint": hashlib.sha256(text.encode()).hexdigest()[:16],
        "cleaner": "test",
    }
    return Article(**{**defaults, **given})


def a_tagged_article(article: Article | None = None, **given: Any) -> TaggedArticle:
    defaults: dict[str, Any] = {
        "article": article or an_article(),
        "sentences": (),
        "catalogue": "test",
        "tagger": "test",
    }
    return TaggedArticle(**{**defaults, **given})
