"""Rule files on disk: read, watched, and swapped for the rules in force within a second, whole or not at all.

What must stay true: a file with a mistake changes nothing; the last good rules stay in force until it is mended.
"""

import asyncio
import contextlib
import gc
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from watchfiles import awatch

from services.alert.rulebook import BadRules, Rulebook, parse_rules
from services.alert.vocabulary import Vocabulary

log = logging.getLogger("tocsin.alert")

BUILT_IN = Path(__file__).parents[3] / "watch" / "rules"
CANARY_FILE = "canary.yaml"
SETTLE_MS = 50  # editors write a file in several steps
TURN_SECONDS = 0.0005  # of the reloading thread while another one waits; Python's own 0.005 lets each numpy call wait


def read_rules(watch_dir: Path | None) -> dict[str, str]:
    """Return the text of each rule file by name: of `rules/` in the folder where there is one, else the built-in ones.

    The reserved canary rule is always among them.
    """
    folder = rules_folder(watch_dir)
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.y*ml")) if path.is_file()}
    if CANARY_FILE not in files:
        files[CANARY_FILE] = (BUILT_IN / CANARY_FILE).read_text(encoding="utf-8")
    return files


def rules_folder(watch_dir: Path | None) -> Path:
    """Return the folder of rules that is in force."""
    if watch_dir is not None and (watch_dir / "rules").is_dir():
        return watch_dir / "rules"
    return BUILT_IN


@dataclass
class LiveRules:
    """The rules in force, and what keeps them so; `rulebook` is replaced whole.

    `on_reload` hears of each reload: the rulebook in force, and whether the files were good.
    """

    watch_dir: Path | None
    vocabulary: Vocabulary
    rulebook: Rulebook
    on_reload: Callable[[Rulebook, bool], None] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def open(cls, watch_dir: Path | None, vocabulary: Vocabulary) -> "LiveRules":
        """Read the rules; raises BadRules: a process does not start on rules that are wrong."""
        with beside_the_work():
            return cls(watch_dir, vocabulary, parse_rules(read_rules(watch_dir), vocabulary))

    async def reload(self) -> bool:
        """Read the files again, in a thread; returns whether they were good (and are in force now)."""
        async with self._turn:
            try:
                rulebook = await asyncio.to_thread(self._parse)
            except (BadRules, OSError, UnicodeDecodeError) as error:
                log.error("rules were not reloaded", extra={"error": str(error), "kept_version": self.rulebook.version})
                self._tell(is_good=False)
                return False
            if rulebook.version != self.rulebook.version:
                log.info("rules reloaded", extra={"version": rulebook.version, "rules": len(rulebook.rules)})
            self.rulebook = rulebook
            self._tell(is_good=True)
            return True

    def _parse(self) -> Rulebook:
        with beside_the_work():
            return parse_rules(read_rules(self.watch_dir), self.vocabulary, self.rulebook)

    def _tell(self, *, is_good: bool) -> None:
        if self.on_reload is not None:
            self.on_reload(self.rulebook, is_good)

    async def watch(self, stop: asyncio.Event) -> None:
        """Reload whenever a file of the folder changes, until told to stop."""
        folder = rules_folder(self.watch_dir)
        async for _ in awatch(folder, stop_event=stop, debounce=200, step=SETTLE_MS, recursive=False, rust_timeout=500):
            await self.reload()


@contextlib.contextmanager
def beside_the_work() -> Iterator[None]:
    """Build rules so that a thread that matches articles meanwhile is held up for milliseconds at most.

    Python's collector would go through every rule again and again (three quarters of the time), and stop all threads
    for half a second each time; rules have no cycles, so it is told to leave them alone for good.
    """
    turn, was_on = sys.getswitchinterval(), gc.isenabled()
    gc.disable()
    sys.setswitchinterval(TURN_SECONDS)
    try:
        yield
        gc.freeze()
    finally:
        sys.setswitchinterval(turn)
        if was_on:
            gc.enable()
