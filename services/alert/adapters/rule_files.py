"""Rule files on disk: read, watched, and swapped for the rules in force within a second, whole or not at all.

What must stay true: a file with a mistake changes nothing, and neither does a folder that is gone; the last good rules
stay in force until it is mended. Nothing that a reload does holds up the event loop or a thread that matches.
"""

import asyncio
import contextlib
import gc
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from weakref import ref

from runtime.watching import Stamp, follow, stamp_of, yaml_files
from services.alert.adapters.turns import Turns
from services.alert.rule import Rule
from services.alert.rulebook import BadRules, Rulebook, parse_rules
from services.alert.vocabulary import Vocabulary

log = logging.getLogger("tocsin.alert")

BUILT_IN = Path(__file__).parents[3] / "watch" / "rules"
CANARY_FILE = "canary.yaml"
TURN_SECONDS = 0.0001  # of the reloading thread while another one waits; Python's own 0.005 lets each numpy call wait
MOST_LINES = 60  # of mistakes in a log entry
FORGET_AT_ONCE = 200  # rules; a millisecond
WAIT_SECONDS, WAITS = 0.05, 20  # for a message that was taken in hand before a reload


def read_rules(watch_dir: Path | None) -> dict[str, str]:
    """Return the text of each rule file by name: of `rules/` in the folder where there is one, else the built-in ones.

    The reserved canary rule is always among them.
    """
    return _read(rules_folder(watch_dir))


def _read(folder: Path) -> dict[str, str]:
    files = {path.name: path.read_text(encoding="utf-8") for path in yaml_files(folder)}
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
    folder: Path = BUILT_IN  # where they were read
    stamp: Stamp = frozenset()  # of the files as they were read last, good or bad
    turns: Turns = field(default_factory=Turns)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _forgetting: "asyncio.Future[None] | None" = None

    @classmethod
    def open(cls, watch_dir: Path | None, vocabulary: Vocabulary) -> "LiveRules":
        """Read the rules; raises BadRules: a process does not start on rules that are wrong."""
        live = cls(watch_dir, vocabulary, Rulebook({}))
        live.rulebook = live._parse()
        return live

    async def reload(self) -> bool:
        """Read the files again, in a thread; returns whether they were good (and are in force now)."""
        async with self._turn:
            try:
                rulebook = await asyncio.to_thread(self._parse)
            except (BadRules, OSError, UnicodeDecodeError) as error:
                log.error(
                    "rules were not reloaded", extra={"error": _said(error), "kept_version": self.rulebook.version}
                )
                self._tell(is_good=False)
                return False
            if rulebook.version != self.rulebook.version:
                log.info("rules reloaded", extra={"version": rulebook.version, "rules": len(rulebook.rules)})
            before, rules = ref(self.rulebook), list(self.rulebook.rules.values())
            self.rulebook = rulebook
            self._tell(is_good=True)
            self._forgetting = asyncio.get_running_loop().run_in_executor(None, _forget, rules, before)
            return True

    def _parse(self) -> Rulebook:
        folder = rules_folder(self.watch_dir)
        if folder != self.folder != BUILT_IN:  # perhaps only for a moment, while another one takes its place
            raise FileNotFoundError(f"the folder of rules is gone: {self.folder}")
        self.stamp = stamp_of(yaml_files(folder))
        with beside_the_work(), self.turns.reading():
            rulebook = parse_rules(_read(folder), self.vocabulary, self.rulebook, self.turns.rest)
        self.folder = folder
        return rulebook

    def _tell(self, *, is_good: bool) -> None:
        if self.on_reload is not None:
            self.on_reload(self.rulebook, is_good)

    async def watch(self, stop: asyncio.Event) -> None:
        """Reload whenever a file of the folder changes or another folder takes its place, until told to stop."""
        await follow(lambda: (rules_folder(self.watch_dir),), self.stamp_now, self.reload, seen=self.stamp, stop=stop)

    def stamp_now(self) -> Stamp:
        """Return the stamp of the files as they are; when it is not `stamp`, something was written since."""
        return stamp_of(yaml_files(rules_folder(self.watch_dir)))


def _said(error: Exception) -> str:
    """Return what an error says, of very many mistakes the first ones; `tocsin rules check` tells all."""
    lines = str(error).splitlines()
    return "\n".join(lines[:MOST_LINES]) + (f"\n… and {len(lines) - MOST_LINES} lines more" * (len(lines) > MOST_LINES))


def _forget(rules: list[Rule], before: "ref[Rulebook]") -> None:
    """Let go of the rules of before a few at a time, once nobody works with them; all at once takes 100 ms for 10 000.

    Gives up waiting after a while; then whoever works with them last lets go of them.
    """
    for _ in range(WAITS):
        if before() is None:
            break
        sleep(WAIT_SECONDS)
    while rules:
        del rules[-FORGET_AT_ONCE:]


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
