"""What the desk may be asked about: a pasted text, or a whole page."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas import Source, TaggedArticle
from services.desk.desk import Desk
from services.produce.bytes_to_page import bytes_to_page
from services.tag.text_to_article import article_from_text


@dataclass(frozen=True)
class Question:
    """A text with its title, as it is; or, when `is_page`, the body of a page, to be cleaned first."""

    text: str = ""
    title: str = ""
    language: str | None = None
    is_page: bool = False
    raw_base64: str | None = None  # the page as it was fetched, instead of `text`
    url: str | None = None
    content_type: str | None = None
    source: str = "push"


def article_of(desk: Desk, question: Question) -> TaggedArticle:
    """Return the tagged article a question is about; raises one of the refusals when a page has no article."""
    now = datetime.now(UTC)
    if question.is_page:
        page = bytes_to_page(
            _raw(question),
            url=question.url,
            content_type=question.content_type,
            source=Source(id=question.source),
            fetched_at=now,
            pushed_at=now,
        )
        return desk.read(page)
    digest = hashlib.sha256(f"{question.title}\0{question.text}".encode("utf-8", "surrogatepass")).hexdigest()
    article = article_from_text("pg_" + digest[:24], question.title, question.text, question.language)
    times = {"fetched_at": now, "pushed_at": now, "source": Source(id=question.source)}
    return desk.tag(article.model_copy(update=times))


def _raw(question: Question) -> bytes:
    if question.raw_base64 is not None:
        return base64.b64decode(question.raw_base64)
    return question.text.encode("utf-8", "surrogatepass")
