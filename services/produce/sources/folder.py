"""A folder that others put pages into: every file is read once, after it has come to rest.

The position is the (change time, print of the path) of the last file read. The system sets the change time when a file
is written, moved in or renamed, so a late file never carries an old one.
"""

import asyncio
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from schemas import Page
from services.produce.batches import next_batch
from services.produce.checkpoint import Checkpoint
from services.produce.html_facts import bytes_print
from services.produce.reading import Reading, World
from services.produce.refusals import Refusal, UnreadableFile
from services.produce.source_registry import SourceSpec
from services.produce.sources.files import files_of, pages_of_file

_REST: Final = timedelta(seconds=1)  # without a change: a file that is still being written is left for the next reading
_FILES_A_TURN: Final = 1000


async def read(spec: SourceSpec, checkpoint: Checkpoint, world: World) -> Reading:
    """Read the files that came to rest since the last reading, in the order of their change."""
    last_ns, _, last_print = (checkpoint.position or "0 ").partition(" ")
    rested_ns = int((world.now() - _REST).timestamp() * 1e9)
    files = await asyncio.to_thread(_changed_files, Path(spec.url), (int(last_ns), last_print), rested_ns)
    new_pages = 0
    for changed_ns, path_print, path in files[:_FILES_A_TURN]:
        found = pages_of_file(path, world.now, source=spec.source)
        while batch := await asyncio.to_thread(next_batch, found, _itself):
            new_pages += await _push(batch, world)
        checkpoint = checkpoint.model_copy(update={"position": f"{changed_ns} {path_print}"})
        await world.save(spec, checkpoint)
    return Reading(checkpoint, new_pages=new_pages, has_more=len(files) > _FILES_A_TURN)


def _itself(found: Page | Refusal) -> Page | Refusal:
    return found


async def _push(batch: list[Page | Refusal], world: World) -> int:
    for refusal in batch:
        if isinstance(refusal, Refusal):
            world.dropped(refusal.reason)
    return sum(await world.push([(page, page.id) for page in batch if isinstance(page, Page)]))


def _changed_files(folder: Path, last: tuple[int, str], rested_ns: int) -> list[tuple[int, str, Path]]:
    if not folder.is_dir():
        raise UnreadableFile("expected a folder, found none")
    return sorted(change for change in _changes(folder) if last < change[:2] and change[0] < rested_ns)


def _changes(folder: Path) -> Iterator[tuple[int, str, Path]]:
    for path in files_of(folder):
        if isinstance(path, Path):
            try:
                yield path.stat().st_ctime_ns, bytes_print(os.fsencode(path)), path
            except OSError:
                continue  # taken away between listing and looking
