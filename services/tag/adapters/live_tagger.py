"""The tagger in force: built from the watch folder, and swapped within a second when its files change.

What must stay true: a file with a mistake changes nothing; the last good catalogue stays in force until it is mended.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from watchfiles import Change, awatch

from runtime.errors import Misconfigured
from services.tag.adapters.watch_folder import BUILT_IN, load_catalogue, read_rule_texts, rules_folder
from services.tag.article_to_tagged_article import Tagger, build_tagger
from services.tag.rules_to_needs import Need, rules_to_needs

log = logging.getLogger("tocsin.tag")

FILES = frozenset({"actors.yaml", "topics.yaml"})


@dataclass
class LiveTagger:
    """`tagger` is replaced whole; `on_reload` hears the version in force and whether the files were good.

    `needs` is what the rules in force ask for, which decides where the trained models read.
    """

    watch_dir: Path | None
    tagger: Tagger
    needs: tuple[Need, ...] = ()
    on_reload: Callable[[str, bool], None] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def open(cls, watch_dir: Path | None) -> "LiveTagger":
        """Read the watch folder; raises Misconfigured: a process does not start on files that are wrong."""
        tagger = build_tagger(load_catalogue(watch_dir))
        return cls(watch_dir, tagger, rules_to_needs(read_rule_texts(watch_dir), tagger.catalogue))

    async def reload(self) -> bool:
        """Read the files again, in a thread; returns whether they were good (and are in force now)."""
        async with self._turn:
            try:
                fresh = await asyncio.to_thread(LiveTagger.open, self.watch_dir)
            except (Misconfigured, OSError) as error:
                kept = self.tagger.catalogue.version
                log.error("catalogue was not reloaded", extra={"error": str(error), "kept_version": kept})
                self._tell(is_good=False)
                return False
            if fresh.tagger.catalogue.version != self.tagger.catalogue.version:
                log.info("catalogue reloaded", extra={"version": fresh.tagger.catalogue.version})
            self.tagger, self.needs = fresh.tagger, fresh.needs
            self._tell(is_good=True)
            return True

    def _tell(self, *, is_good: bool) -> None:
        if self.on_reload is not None:
            self.on_reload(self.tagger.catalogue.version, is_good)

    async def watch(self) -> None:
        """Reload whenever actors, topics or rules change, for ever."""
        await on_change(self.watch_dir, self.reload)


def _folder(watch_dir: Path | None) -> Path:
    return watch_dir if watch_dir and watch_dir.is_dir() else BUILT_IN


async def on_change(watch_dir: Path | None, then: Callable[[], object], *, of_rules: bool = True) -> None:
    """Call (and await) `then` after each change of the actors, topics or, if asked, rules of a folder, for ever."""
    folder, rules = _folder(watch_dir), rules_folder(watch_dir)
    folders = (folder, rules) if of_rules else (folder,)

    def is_ours(_: Change, path: str) -> bool:
        return Path(path).name in FILES or (Path(path).parent.name == rules.name and path.endswith(".yaml"))

    # Editors write a file in several steps: a short settling time, well under the second that is promised.
    async for _ in awatch(*folders, watch_filter=is_ours, debounce=200, step=50, recursive=False, rust_timeout=500):
        result = then()
        if asyncio.iscoroutine(result):
            await result
