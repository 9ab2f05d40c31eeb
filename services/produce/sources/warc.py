"""WARC and WACZ files, such as CC-NEWS: every successful HTTP response in them is a page.

What must stay true: reading goes on behind the last record whose page is in the stream, and holds one record at a time.
"""

import asyncio
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, Final

from fastwarc.warc import ArchiveIterator, WarcRecordType

from runtime.errors import Unprocessable
from schemas import Page, Source
from services.produce.batches import next_batch
from services.produce.bytes_to_page import MAX_PAGE_BYTES, bytes_to_page
from services.produce.checkpoint import Checkpoint
from services.produce.html_facts import bytes_print
from services.produce.reading import Reading, World
from services.produce.refusals import PageTooLarge, Refusal, UnreadableFile
from services.produce.source_registry import SourceSpec
from services.produce.url_identity import readable_url

SUFFIXES: Final = (".warc", ".warc.gz", ".wacz")
_FOUND: Final = attrgetter("found")
_MAX_BLOCK_BYTES: Final = MAX_PAGE_BYTES + 1024 * 1024  # with its headers
_PIECE_BYTES: Final = 128 * 1024
_PUSHES_A_TURN: Final = 50  # then other sources get their turn


@dataclass(frozen=True, slots=True)
class Record:
    """A page of an archive, or why a record is none, and where its record starts."""

    found: Page | Refusal
    place: str  # sorts with `offset` in reading order: the file, and the member of a WACZ
    offset: int  # bytes from the start of the file or member


async def read(spec: SourceSpec, checkpoint: Checkpoint, world: World) -> Reading:
    """Read on behind the checkpoint in the files that spec.url names (a path; `*` and `?` allowed), sorted by name."""
    place, offset = _position(checkpoint.position)
    records = _records(spec, place, offset, world)
    new_pages = 0
    for _ in range(_PUSHES_A_TURN):
        batch = await asyncio.to_thread(next_batch, records, _FOUND)
        if not batch:
            return Reading(checkpoint, new_pages=new_pages)
        checkpoint = _count_refusals(batch, checkpoint, world)
        pages = [(record.found, record.found.id) for record in batch if isinstance(record.found, Page)]
        new_pages += sum(await world.push(pages))
        checkpoint = checkpoint.model_copy(update={"position": f"{batch[-1].offset} {batch[-1].place}"})
        await world.save(spec, checkpoint)
    return Reading(checkpoint, new_pages=new_pages, has_more=True)


def _count_refusals(batch: list[Record], checkpoint: Checkpoint, world: World) -> Checkpoint:
    """Count what is no page; an archive that is cut off is met at each reading and counted once for each length."""
    for record in batch:
        if not isinstance(record.found, Refusal):
            continue
        if record.found.reason == UnreadableFile("").reason:
            met = bytes_print(f"{record.place} {record.offset} {record.found.message}".encode("utf-8", "replace"))
            if met == checkpoint.body_print:
                continue
            checkpoint = checkpoint.model_copy(update={"body_print": met})
        world.dropped(record.found.reason)
    return checkpoint


def _records(spec: SourceSpec, place: str, offset: int, world: World) -> Iterator[Record]:
    pattern = Path(spec.url)
    paths = sorted(map(str, Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))))
    if not paths:
        raise UnreadableFile("expected WARC or WACZ files, found none")
    for path in paths:
        if path >= place.partition("!")[0]:
            yield from records_of_file(Path(path), now=world.now(), source=spec.source, after=(place, offset))


def pages_of_warc(path: Path, *, now: datetime, source: Source | None = None) -> Iterator[Page | Refusal]:
    """Yield the pages of a WARC or WACZ file; what is broken in it is a Refusal."""
    return (record.found for record in records_of_file(path, now=now, source=source))


def records_of_file(
    path: Path, *, now: datetime, source: Source | None = None, after: tuple[str, int] = ("", -1)
) -> Iterator[Record]:
    """Yield the pages of one file that stand behind the record at `after` (place, offset)."""
    try:
        if path.name.lower().endswith(".wacz"):
            with zipfile.ZipFile(path) as archive:
                for member in sorted(archive.namelist()):
                    place = f"{path}!{member}"
                    if member.startswith("archive/") and member.endswith(SUFFIXES) and place >= after[0]:
                        with archive.open(member) as file:
                            yield from _records_of_stream(file, place, now, source, after)
        elif str(path) >= after[0]:
            with path.open("rb") as file:
                yield from _records_of_stream(file, str(path), now, source, after)
    except (OSError, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        # RuntimeError: a member is encrypted; NotImplementedError: it is packed in a way that zipfile does not know.
        what = getattr(error, "strerror", None) or str(error)
        refusal = Refusal(str(path), None, UnreadableFile("").reason, f"the archive cannot be read: {what}")
        yield Record(refusal, str(path), 0)


def _records_of_stream(
    file: IO[bytes], place: str, now: datetime, source: Source | None, after: tuple[str, int]
) -> Iterator[Record]:
    last = after[1] if after[0] == place else -1
    if last > 0:
        file.seek(last)
    offset = max(last, 0)

    def broken(what: object) -> Record:
        # At the place of the last good record: a file that is still being written is read on when it has grown.
        message = f"the archive is broken behind byte {offset}: {what}"
        return Record(Refusal(place, None, UnreadableFile("").reason, message), place, offset)

    try:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=False):
            if record.stream_pos <= last or not record.is_http:
                continue
            if not _is_whole(record):
                yield broken("it ends in the middle of a record")
                return
            offset = record.stream_pos
            found = _page_of(record, place, now, source)
            if found is not None:
                yield Record(found, place, offset)
        if _is_cut(file, offset):
            yield broken("it ends in the middle of a record")
    except OSError as error:
        yield broken(error)


def _is_whole(record: Any) -> bool:
    """Take the record's block into memory, unless it is too large, and return whether all of it is there."""
    stated: int = record.content_length
    if record.headers.get("Content-Length") is None:  # fastwarc takes a header that is cut off for a short one
        return False
    if stated > _MAX_BLOCK_BYTES:
        return True
    record.freeze()
    return bool(record.content_length == stated)


def _is_cut(file: IO[bytes], offset: int) -> bool:
    """Return whether the last gzip member behind `offset` is cut off; fastwarc passes over one without a word."""
    file.seek(offset)
    decoder, is_inside = zlib.decompressobj(31), False
    while piece := file.read(_PIECE_BYTES):
        while piece:
            try:
                decoder.decompress(piece, _PIECE_BYTES)
            except zlib.error:
                return False  # not packed, or something else stands there, of which fastwarc has spoken
            is_inside = not decoder.eof
            piece = decoder.unconsumed_tail or decoder.unused_data
            if decoder.eof:
                decoder = zlib.decompressobj(31)
    return is_inside


def _page_of(record: Any, place: str, now: datetime, source: Source | None) -> Page | Refusal | None:
    try:
        url = readable_url(record.headers.get("WARC-Target-URI", "").strip("<>"))
    except ValueError:
        return None  # dns:, whois: and the like
    try:
        if record.content_length > _MAX_BLOCK_BYTES:
            raise PageTooLarge(f"expected at most {MAX_PAGE_BYTES} bytes, found more")
        record.parse_http(auto_decode="all")
        if record.http_headers.status_code != 200:
            return None
        return bytes_to_page(
            _body_of(record),
            url=url,
            content_type=record.http_headers.get("Content-Type"),
            source=source,
            fetched_at=record.record_date or now,
            pushed_at=now,
        )
    except Unprocessable as error:
        return Refusal(place, None, error.reason, f"record at byte {record.stream_pos}: {error}")


def _body_of(record: Any) -> bytes:
    # In pieces: fastwarc sets aside as much memory as is asked for, and a record may be a bomb.
    pieces: list[bytes] = []
    size_bytes = 0
    while piece := record.reader.read(_PIECE_BYTES):
        pieces.append(piece)
        size_bytes += len(piece)
        if size_bytes > MAX_PAGE_BYTES:
            raise PageTooLarge(f"expected at most {MAX_PAGE_BYTES} bytes, found more")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _position(position: str | None) -> tuple[str, int]:
    offset, _, place = (position or "-1 ").partition(" ")
    return place, int(offset)
