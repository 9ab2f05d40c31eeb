"""The tagger in force: built from the watch folder, and swapped within a second when its files change.

What must stay true: a file with a mistake changes nothing; the last good catalogue stays in force until it is mended.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from runtime.errors import Misconfigured
from runtime.watching import Stamp, follow, stamp_of, yaml_files
from services.tag.adapters.watch_folder import BUILT_IN, load_catalogue, read_rule_texts, rules_folder
from services.tag.article_to_tagged_article import Tagger, build_tagger
from services.tag.rules_to_needs import Need, rules_to_needs

log = logging.getLogger("tocsin.tag")

BUILT_IN_FOLDERS = (BUILT_IN, BUILT_IN / "rules")
FILES = ("actors.yaml", "topics.yaml")


@dataclass
class LiveTagger:
    """`tagger` is replaced whole; `on_reload` hears the version in force and whether the files were good.

    `needs` is what the rules in force ask for, which decides where the trained models read.
    """

    watch_dir: Path | None
    tagger: Tagger
    needs: tuple[Need, ...] = ()
    on_reload: Callable[[str, bool], None] | None = None
    seen: Stamp = frozenset()  # of the files as they were read last, good or bad
    _own: tuple[Path, ...] = ()  # folders of the user that they were read from
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def open(cls, watch_dir: Path | None) -> "LiveTagger":
        """Read the watch folder; raises Misconfigured: a process does not start on files that are wrong."""
        seen, own = _stamp(watch_dir), tuple(one for one in _folders(watch_dir) if one not in BUILT_IN_FOLDERS)
        tagger = build_tagger(load_catalogue(watch_dir))
        needs = rules_to_needs(read_rule_texts(watch_dir), tagger.catalogue)
        return cls(watch_dir, tagger, needs, seen=seen, _own=own)

    async def reload(self) -> bool:
        """Read the files again, in a thread; returns whether they were good (and are in force now)."""
        async with self._turn:
            try:
                fresh = await asyncio.to_thread(self._again)
            except (Misconfigured, OSError) as error:
                kept = self.tagger.catalogue.version
                log.error("catalogue was not reloaded", extra={"error": str(error), "kept_version": kept})
                self._tell(is_good=False)
                return False
            if fresh.tagger.catalogue.version != self.tagger.catalogue.version:
                log.info("catalogue reloaded", extra={"version": fresh.tagger.catalogue.version})
            self.tagger, self.needs, self._own = fresh.tagger, fresh.needs, fresh._own
            self._tell(is_good=True)
            return True

    def _again(self) -> "LiveTagger":
        for folder in self._own:
            if not folder.is_dir():  # perhaps only for a moment, while another one takes its place
                raise FileNotFoundError(f"the folder is gone: {folder}")
        return LiveTagger.open(self.watch_dir)

    def _tell(self, *, is_good: bool) -> None:
        if self.on_reload is not None:
            self.on_reload(self.tagger.catalogue.version, is_good)

    async def watch(self) -> None:
        """Reload whenever actors, topics or rules change, for ever."""
        await follow(lambda: _folders(self.watch_dir), lambda: _stamp(self.watch_dir), self.reload, seen=self.seen)


async def on_change(watch_dir: Path | None, then: Callable[[], object]) -> None:
    """Call (and await) `then` after each change of a folder's actors and topics, for ever; not while it is gone."""
    was_there = _folder(watch_dir) == watch_dir

    def still_there() -> object:
        if was_there and _folder(watch_dir) != watch_dir:
            log.error("watch folder is gone; its names stay in force", extra={"folder": str(watch_dir)})
            return None
        return then()

    await follow(lambda: (_folder(watch_dir),), lambda: _stamp(watch_dir, of_rules=False), still_there)


def _folder(watch_dir: Path | None) -> Path:
    return watch_dir if watch_dir and watch_dir.is_dir() else BUILT_IN


def _folders(watch_dir: Path | None) -> tuple[Path, Path]:
    """Return the folders of names and of rules that are in force."""
    return _folder(watch_dir), rules_folder(watch_dir)


def _stamp(watch_dir: Path | None, *, of_rules: bool = True) -> Stamp:
    folder, rules = _folders(watch_dir)
    return stamp_of([*(folder / name for name in FILES), *(yaml_files(rules) if of_rules else ())])
