"""Live reload: ten thousand rules in a watched folder, edited while an alert worker is at work without a break.

The worker is the real one without a server: watchers of rules and names, metrics, event loop, and the thread that
prepares articles. Wall-clock seconds from the edit (as the file is written) to the rules in force, and the longest time
meanwhile for which the event loop, and the thread, did not come to their turn. Each by the clock, and by the processor
time that this process spent meanwhile, its thread that never rests included: what is of its own making, and about what
the clock shows when nothing else runs. By the clock a busy machine shows, too; "no edit" is what it shows without any
reload.
"""

import argparse
import asyncio
import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import print_table
from runtime.settings import RuntimeSettings
from schemas import Source
from services.alert.app import AlertStage
from services.desk.desk import open_desk
from services.desk.vocabulary import load_vocabulary
from services.tag.text_to_article import article_from_text

FILES = 10
MOST_SECONDS, MOST_SECONDS_ALL, MOST_PAUSE_MS = 1.0, 2.0, 50.0
ALL = "every rule of every file"  # each is parsed anew
TICK_SECONDS = 0.005  # a loop that goes round every millisecond would take a tenth of the interpreter itself
PLACES = ("Agadez", "Diffa", "Tahoua", "Zinder", "Arlit", "Kidal", "Mopti", "Ségou", "Abéché", "Faya")
TOPICS = ("epidemic", "coup", "disaster")
TEXT = (
    "Niger and Russia signed a military pact in Niamey on Monday. The junta of Mali sent troops to Kidal.\n\n"
    "Burkina Faso and Chad recalled their ambassadors from France; ECOWAS lifted economic sanctions."
)


def a_condition(dice: random.Random, actors: list[str], number: int) -> str:
    """Return a condition: names, choices, phrases, exclusions and places, in one of a few hundred shapes."""
    names = iter(dice.sample(actors, 9))

    def some(depth: int) -> str:
        kind = dice.random()
        if kind < 0.45 or not depth:
            return next(names)
        if kind < 0.6:
            return f"any of ({next(names)}, {next(names)})"
        if kind < 0.75:
            return f'(military or "{dice.choice(PLACES)} {number % 977}")'
        if kind < 0.9:
            return f"({next(names)} and {some(depth - 1)}) within {dice.choice(('sentence', '2 sentences', '9 words'))}"
        return f"2 of ({next(names)}, {next(names)}, military)"

    parts = [next(names), *(some(dice.choice((0, 1))) for _ in range(dice.choice((1, 2, 2, 3))))]
    return " and ".join(parts) + (f" and not {dice.choice(TOPICS)}" * (dice.random() < 0.2))


def rules_text(dice: random.Random, actors: list[str], first: int, count: int) -> str:
    """Return a rule file; each rule has a scope, a filter and a test."""
    lines = ["rules:"]
    for number in range(first, first + count):
        lines += [
            f"  - id: rule-{number}",
            f'    title: "Rule {number}"',
            f"    when: {a_condition(dice, actors, number)}",
            f"    within: {dice.choice(('2 sentences', 'paragraph', 'article'))}",
            "    where: {languages: [en, fr]}",
            "    tests:",
            f'      - silent: "A text about nothing, number {number}."',
        ]
    return "\n".join(lines) + "\n"


def an_article() -> bytes:
    """Return an article that many of the rules look at, as it stands in the stream."""
    desk = open_desk()
    article = article_from_text("pg_" + "0" * 24, "Niger and Russia", TEXT, "en")
    return desk.tag(article.model_copy(update={"source": Source(id="wire")})).to_json()


@dataclass
class Pauses:
    """The longest time between two turns, in seconds: by the clock, and of processor time of this process."""

    clock: float = 0.0
    process: float = 0.0
    last: tuple[float, float] = (0.0, 0.0)

    def come(self) -> None:
        """Note a turn."""
        now = time.perf_counter(), time.process_time()
        if any(self.last):
            self.clock, self.process = max(self.clock, now[0] - self.last[0]), max(self.process, now[1] - self.last[1])
        self.last = now

    def taken(self) -> tuple[float, float]:
        """Return the longest times in ms, and begin anew."""
        longest, self.clock, self.process = (self.clock * 1000, self.process * 1000), 0.0, 0.0
        return longest


class Worker:
    """An alert worker at work: its thread prepares one article after the other, and its event loop goes round."""

    def __init__(self, stage: AlertStage, data: bytes) -> None:
        self.stage, self.data, self.is_done = stage, data, False
        self.prepare = stage.rules.turns.before(stage.alerter.prepare)
        self.loop, self.thread = Pauses(), Pauses()
        self.at_work = threading.Thread(target=self._prepare, daemon=True)
        self.at_work.start()
        self.ticking = asyncio.create_task(self._tick())

    def _prepare(self) -> None:
        while not self.is_done:
            self.prepare(self.data)
            self.thread.come()

    async def _tick(self) -> None:
        while not self.is_done:
            await asyncio.sleep(TICK_SECONDS)
            self.loop.come()

    def pauses(self) -> tuple[float, ...]:
        """Return the longest pauses since the last look, in ms: of the loop and of the thread, clock and process."""
        return (*self.loop.taken(), *self.thread.taken())

    async def stop(self) -> None:
        """End."""
        self.is_done = True
        await self.ticking
        self.at_work.join()


class Edited:
    """Waits for the rules that an edit puts in force."""

    def __init__(self, stage: AlertStage, worker: Worker) -> None:
        self.worker, self.is_in_force, use = worker, asyncio.Event(), stage.use

        def used(rulebook: object, is_good: bool) -> None:
            use(rulebook, is_good)  # type: ignore[arg-type]
            self.is_in_force.set()

        stage.rules.on_reload = used

    async def by(self, edit: Callable[[], object]) -> tuple[float, ...]:
        """Return the seconds from an edit to the rules in force, clock and own, and the longest pauses (ms)."""
        self.worker.pauses()
        self.is_in_force.clear()
        begun, worked = time.perf_counter(), time.process_time()
        await asyncio.to_thread(edit)
        await self.is_in_force.wait()
        rules = self.worker.stage.rules
        while rules.stamp != rules.stamp_now():  # some of the files were read before the others were written
            self.is_in_force.clear()
            await self.is_in_force.wait()
        seconds, worked = time.perf_counter() - begun, time.process_time() - worked
        await asyncio.sleep(1.5)  # also for what is let go of afterwards
        return seconds, worked, *self.worker.pauses()


def edits_of(folder: Path, actors: list[str], count: int) -> dict[str, Callable[[], object]]:
    """Return the edits that are measured, from the smallest to the largest."""
    dice, each, first = random.Random(6), count // FILES, folder / "0.yaml"
    text = first.read_text()
    # Written before the edit: to think of ten thousand rules takes this process a part of a second itself.
    more, a_file = rules_text(dice, actors, count, 1), rules_text(dice, actors, 0, each)
    fresh = folder.with_name("fresh")
    fresh.mkdir()
    for number in range(FILES):
        (fresh / f"{number}.yaml").write_text(rules_text(dice, actors, number * each, each))
    return {
        "one rule": lambda: first.write_text(text.replace('"Rule 7"', '"Rule seven"')),
        "one rule more": lambda: (folder / "more.yaml").write_text(more),
        "one rule less": (folder / "more.yaml").unlink,
        "100 rules": lambda: first.write_text(text.replace('"Rule 1', '"Rule No 1')),
        f"a file of {each:,}": lambda: first.write_text(a_file),
        ALL: lambda: subprocess.run(["cp", *map(str, fresh.iterdir()), str(folder)], check=True),  # by another process
    }


async def measure(count: int) -> list[tuple[str, *tuple[float, ...]]]:
    """Return name, seconds (by the clock, own) and longest pauses (ms) of each kind of edit."""
    dice, known = random.Random(5), load_vocabulary(None).catalogue
    names = [actor.names.get("en", "") for actor in known.actors.values()]
    # Names with "and" in them, or brackets, cannot be written in a condition; their ids can.
    actors = [name for name in names if name.replace(" ", "").isalpha() and " and " not in name and known.resolve(name)]
    with tempfile.TemporaryDirectory() as watch:
        folder = Path(watch) / "rules"
        folder.mkdir()
        for number in range(FILES):
            text = rules_text(dice, actors, number * (count // FILES), count // FILES)
            (folder / f"{number}.yaml").write_text(text)
        begun = time.perf_counter()
        stage = AlertStage(RuntimeSettings(watch_dir=Path(watch)))
        figures: list[tuple[str, *tuple[float, ...]]] = [("start", time.perf_counter() - begun, *[0.0] * 5)]
        edits = edits_of(folder, actors, count)
        worker, watching = Worker(stage, an_article()), [asyncio.create_task(one) for one in _watchers(stage)]
        edited = Edited(stage, worker)
        await asyncio.sleep(3)
        worker.pauses()
        await asyncio.sleep(2)
        figures.append(("no edit", 0.0, 0.0, *worker.pauses()))
        for kind, edit in edits.items():
            figures.append((kind, *await edited.by(edit)))
        await worker.stop()
        for one in watching:
            one.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    return figures


def _watchers(stage: AlertStage) -> Iterator[Coroutine[object, object, None]]:
    yield stage.watch_rules()
    yield stage.watch_names()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=10_000)
    count = parser.parse_known_args()[0].rules
    figures = asyncio.run(measure(count))
    floors = f"{MOST_SECONDS:g} s, all {MOST_SECONDS_ALL:g} s, {MOST_PAUSE_MS:g} ms of its own"
    print_table(
        f"Reload of {count:,} rules at work (floors: {floors})",
        ("edit", "in force, s", "own", "loop, ms", "own", "thread, ms", "own"),
        [
            (name, f"{clock:.2f}", f"{own:.2f}", *(f"{one:.1f}" for one in pauses))
            for name, clock, own, *pauses in figures
        ],
    )
    is_slow = any(one[1] > (MOST_SECONDS_ALL if one[0] == ALL else MOST_SECONDS) for one in figures[2:])
    return int(is_slow or any(max(one[4], one[6]) > MOST_PAUSE_MS for one in figures[2:]))


if __name__ == "__main__":
    raise SystemExit(main())
