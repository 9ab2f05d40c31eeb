"""Plain text → Article, for the command line and benchmarks: paragraphs where the lines are, nothing else known."""

import hashlib
import re
from datetime import UTC, datetime

from schemas import Article
from services.tag.language import detect_language

# Stands for "nobody knows when": before language.UNKNOWN_DATES_BEFORE.
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
_LINE = re.compile(r"[^\n]*[^\s][^\n]*")


def article_from_text(id: str, title: str, text: str, language: str | None = None) -> Article:
    """Return an article whose text is `text` unchanged, so that offsets hold; its language is detected when absent."""
    return Article(
        id=id,
        page_sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        title=title,
        language=language or detect_language(f"{title}\n{text}"),
        text=text,
        paragraphs=paragraphs_of(text),
        fetched_at=_NO_DATE,
        pushed_at=_NO_DATE,
        fingerprint="",
        cleaner="none",
    )


def paragraphs_of(text: str) -> tuple[tuple[int, int], ...]:
    """Return [start, end) of each paragraph: parted by blank lines, or by line ends when there is no blank line."""
    if "\n\n" not in text and "\n \n" not in text:
        return tuple(_trimmed(text, match.start(), match.end()) for match in _LINE.finditer(text))
    found = []
    at = 0
    for blank in (*re.finditer(r"\n[ \t\r]*\n\s*", text), None):
        stop = blank.start() if blank else len(text)
        start, end = _trimmed(text, at, stop)
        if end > start:
            found.append((start, end))
        at = blank.end() if blank else stop
    return tuple(found)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
