"""Folders of files that people edit: which of the files count, and whoever reads them told when one has changed.

What must stay true: a change is heard of within a second, also when another folder has the name now (`mv new old`, a
link that leads elsewhere, Kubernetes' `..data`): who watches a folder hears only of that very one. So a look goes with
it, at what each file is; of what counts for nobody, nobody is told.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path

from watchfiles import awatch

SETTLE_MS, MOST_SETTLE_MS = 50, 200  # editors write a file in several steps
LOOK_MS = 500  # between two looks at the files and folders themselves
ENDINGS = frozenset({".yaml", ".yml"})

Stamp = frozenset[tuple[str, int, int, int]]  # of each file: path, inode, time of its last change, size


def yaml_files(folder: Path) -> list[Path]:
    """Return the YAML files of a folder by name; hidden ones are droppings of editors and systems (`._x.yaml`)."""
    return sorted(
        path for path in folder.iterdir() if path.suffix in ENDINGS and path.name[0] != "." and path.is_file()
    )


def stamp_of(paths: Iterable[Path]) -> Stamp:
    """Return what changes whenever one of some files does; a file that is not there is left out."""
    found = set()
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            continue
        found.add((str(path), stat.st_ino, stat.st_ctime_ns, stat.st_size))
    return frozenset(found)


async def follow(
    folders: Callable[[], Sequence[Path]],
    stamp: Callable[[], Stamp],
    then: Callable[[], object],
    *,
    seen: Stamp | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Call (and await) `then` whenever the stamp of some folders' files has changed, for ever or until told to stop.

    `seen` is their stamp when they were read last; without one, only what changes from now on is told.
    """
    if seen is None:
        seen = await asyncio.to_thread(stamp)
    async for _ in _looks(folders, stop):
        try:
            now = await asyncio.to_thread(stamp)
        except OSError:  # a folder went just now; the next look sees what takes its place
            continue
        if now != seen:
            seen = now
            result = then()
            if inspect.isawaitable(result):
                await result


async def _looks(folders: Callable[[], Sequence[Path]], stop: asyncio.Event | None) -> AsyncIterator[None]:
    """Yield when something happened in one of the folders, and every LOOK_MS."""
    while stop is None or not stop.is_set():
        try:
            places = _places(folders())
            async for _ in awatch(
                *(folder for folder in folders() if folder.is_dir()),
                stop_event=stop,
                debounce=MOST_SETTLE_MS,
                step=SETTLE_MS,
                recursive=False,
                rust_timeout=LOOK_MS,
                yield_on_timeout=True,
            ):
                yield
                if places != _places(folders()):
                    break
        except FileNotFoundError:  # as above
            await asyncio.sleep(LOOK_MS / 1000)


def _places(folders: Iterable[Path]) -> list[tuple[int, int]]:
    """Return which folders they really are, those that are there."""
    return [(found.st_dev, found.st_ino) for found in (folder.stat() for folder in folders if folder.is_dir())]
