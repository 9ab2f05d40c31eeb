"""Pages in files and folders, and JSON lines on standard input.

What must stay true: one bad file or line is one Refusal and the rest goes on; memory holds one page (or one line) at a
time, however large the folder or file; a gzip bomb is refused before it unfolds.
"""

import gzip
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal

from runtime.errors import Unprocessable
from schemas import Page, Source
from services.produce.bytes_to_page import MAX_PAGE_BYTES, bytes_to_page
from services.produce.json_to_page import json_to_page
from services.produce.refusals import PageTooLarge, Refusal, UnreadableFile
from services.produce.sources.warc import pages_of_warc

Kind = Literal["page", "jsonl", "warc"]
Clock = Callable[[], datetime]

SUFFIXES: Final[dict[str, tuple[Kind, str | None]]] = {
    ".html": ("page", "text/html"),
    ".htm": ("page", "text/html"),
    ".xhtml": ("page", "application/xhtml+xml"),
    ".txt": ("page", "text/plain"),
    ".jsonl": ("jsonl", None),
    ".ndjson": ("jsonl", None),
    ".warc": ("warc", None),
    ".wacz": ("warc", None),
}
# A line holds a page as JSON, where escapes (\u00e9) take up to six bytes for one or two.
MAX_LINE_BYTES: Final = 6 * MAX_PAGE_BYTES
STDIN: Final = "-"


def pages_from_paths(
    paths: Iterable[Path], now: datetime | Clock, *, source: Source | None = None
) -> Iterator[Page | Refusal]:
    """Yield each page of the files and folders, in order, and a Refusal for each that is none.

    Reads .html, .htm, .xhtml, .txt, .jsonl, .ndjson and .warc, each also with .gz behind it, and .wacz. Folders are
    walked in sorted order; other files in them are passed over, while a file that is named itself is read whatever it
    is called. The path "-" is standard input as JSON lines. `now` is an instant, or a clock when reading takes long.
    """
    clock = now if callable(now) else (lambda: now)
    for path in paths:
        for file in files_of(path):
            if isinstance(file, Refusal):
                yield file
            else:
                yield from pages_of_file(file, clock, source=source)


def files_of(path: Path) -> Iterator[Path | Refusal]:
    """Yield the files a path stands for: itself, or the readable files of a folder, deep, in sorted order."""
    if str(path) == STDIN or not path.is_dir():
        yield path
        return
    refusals: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=refusals.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and _kind_of(name) is not None and not _is_special(file):
                yield file
    for error in refusals:
        yield _refusal(
            str(error.filename or path), None, UnreadableFile(f"the folder cannot be read: {error.strerror}")
        )


def pages_of_file(path: Path, clock: Clock, *, source: Source | None = None) -> Iterator[Page | Refusal]:
    """Yield the pages of one file."""
    kind, content_type = _kind_of(path.name) or ("page", None)
    try:
        if str(path) == STDIN:
            yield from _pages_of_lines(sys.stdin.buffer, STDIN, clock, source)
            return
        if kind == "warc":
            yield from pages_of_warc(path, now=clock(), source=source)
            return
        with _open(path) as file:
            if kind == "jsonl":
                yield from _pages_of_lines(file, str(path), clock, source)
            else:
                yield _page_of(file, path, content_type, clock, source)
    except (OSError, EOFError, zlib.error) as error:
        what = getattr(error, "strerror", None) or str(error)
        yield _refusal(str(path), None, UnreadableFile(f"the file cannot be read: {what}"))


def _page_of(
    file: IO[bytes], path: Path, content_type: str | None, clock: Clock, source: Source | None
) -> Page | Refusal:
    raw = file.read(MAX_PAGE_BYTES + 1)
    try:
        if len(raw) > MAX_PAGE_BYTES:
            raise PageTooLarge(f"expected at most {MAX_PAGE_BYTES} bytes, found more")
        now = clock()
        return bytes_to_page(raw, content_type=content_type, source=source, fetched_at=now, pushed_at=now)
    except Unprocessable as error:
        return _refusal(str(path), None, error)


def _pages_of_lines(file: IO[bytes], path: str, clock: Clock, source: Source | None) -> Iterator[Page | Refusal]:
    line_number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        line_number += 1
        if len(line) > MAX_LINE_BYTES:
            _skip_rest_of_line(file)
            yield _refusal(path, line_number, PageTooLarge(f"expected a line of at most {MAX_LINE_BYTES} bytes"))
        elif line.strip():
            try:
                yield json_to_page(line, now=clock(), source=source)
            except Unprocessable as error:
                yield _refusal(path, line_number, error)


def _skip_rest_of_line(file: IO[bytes]) -> None:
    while (rest := file.readline(1 << 20)) and not rest.endswith(b"\n"):
        pass


def _is_special(file: Path) -> bool:
    """Return whether it is a pipe, a socket or a device: opening one in a folder may wait for ever."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return False  # reading it tells why
    return not stat.S_ISREG(mode)


def _open(path: Path) -> IO[bytes]:
    # Read through, never unpacked as a whole: what a bomb unfolds to is cut off by the reader's own limit.
    return gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb")  # type: ignore[return-value]


def _kind_of(name: str) -> tuple[Kind, str | None] | None:
    return SUFFIXES.get(Path(name.lower().removesuffix(".gz")).suffix)


def _refusal(path: str, line: int | None, error: Unprocessable) -> Refusal:
    return Refusal(path=path, line=line, reason=error.reason, message=str(error))
