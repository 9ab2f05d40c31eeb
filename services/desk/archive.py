"""The articles that a backtest reads: the retained stream, or a folder of pages."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runtime.errors import TocsinError
from schemas import Source, TaggedArticle
from services.desk.backtest import Archived
from services.desk.desk import Desk
from services.desk.rule_tests import page_from_file

ENTRIES_A_READ = 500
PAGE_SUFFIXES = (".html", ".htm", ".txt")


async def archived(redis: Any, stream: str, *, since: datetime | None = None) -> AsyncIterator[Archived]:
    """Yield the articles of the archive stream in the order they were decided, from a moment on."""
    start = f"{int(since.timestamp() * 1000)}-0" if since else "-"
    while True:
        entries = await redis.xrange(stream, min=start, count=ENTRIES_A_READ)
        for id, fields in entries:
            at = datetime.fromtimestamp(int(fields[b"at"]) / 1000, UTC)
            yield Archived(at, TaggedArticle.from_json(fields[b"d"]))
            start = f"({id.decode()}"
        if len(entries) < ENTRIES_A_READ:
            return


def pages_in(folder: Path, desk: Desk, *, at: datetime) -> Iterator[Archived]:
    """Yield the articles of the pages in a folder, by name, as if they all came now; pages without one are left out."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in PAGE_SUFFIXES:
            continue
        try:
            yield Archived(at, desk.read(page_from_file(path, Source(id=path.stem), at)))
        except TocsinError:
            continue
