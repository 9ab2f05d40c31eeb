"""Why something is not taken as a page: a closed set of reasons, for metrics, and a message, for people."""

from dataclasses import dataclass
from typing import Final

from runtime.errors import Unprocessable


class EmptyPage(Unprocessable):
    """There is nothing in it but white space."""


class BinaryPage(Unprocessable):
    """It is a picture, an archive, a film: bytes that are no text in any charset."""


class PageTooLarge(Unprocessable):
    """It is larger than the limit; nothing of it is taken, since half a page proves nothing."""


class NoPage(Unprocessable):
    """It is text, but no page: a feed, JSON, a style sheet, a script."""


class PdfPage(Unprocessable):
    """It is a PDF file; its text is not read."""


class InvalidLine(Unprocessable):
    """A line of a JSONL file is no JSON object with a body."""


class UnreadableFile(Unprocessable):
    """A file or folder cannot be read, or is broken inside."""


REASONS: Final = tuple(
    kind("").reason for kind in (EmptyPage, BinaryPage, PageTooLarge, NoPage, PdfPage, InvalidLine, UnreadableFile)
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was offered and not taken: where it stands, and why."""

    path: str  # of the file, or "-" for standard input
    line: int | None  # 1-based line or record, where the file has several
    reason: str  # one of REASONS
    message: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"
