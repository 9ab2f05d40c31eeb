"""The cleaner as the scorer of the benchmark calls it: `score.py --func benchmarks.clean_pages:extract`."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from runtime.errors import TocsinError
from schemas import Page
from services.clean.page_to_article import page_to_article

_WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def page_of(text: str, kind: str, url: str | None = None) -> Page:
    """Return a page of kind "html" or "text"."""
    return Page(
        id="pg_bench",
        url=url,
        content_type="text/html" if kind == "html" else "text/plain",
        body=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        fetched_at=_WHEN,
        pushed_at=_WHEN,
    )


def extract(text: str, kind: str, url: str | None = None) -> dict[str, Any]:
    """Return the fields the scorer reads; a refused page has an empty body and the reason of its refusal."""
    try:
        article = page_to_article(page_of(text, kind, url))
    except TocsinError as error:
        return {"body": "", "refused": error.reason}
    return {
        "body": article.text,
        "title": article.title,
        "author": list(article.authors),
        "date": article.published.value if article.published else None,
        "date_source": article.published.source if article.published else None,
        "site": article.site,
        "language": article.language,
    }
