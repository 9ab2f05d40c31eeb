"""Workers, producer and server are killed at random; nothing is lost and nothing is doubled (docs/guarantees.md).

The short form is part of `make test`; `make chaos` runs the long one (--long): at least 200 process kills and 10 kills
of the server, which syncs every write (`appendfsync always`).
"""

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest

from schemas import streams
from tests.chaos.pages import page_line, poison_line, rings
from tests.chaos.pipeline import PREFIX, Pipeline

INVALID = (b"", b"no json", b"7", b'{"v":1}', b"\xff\xfe\x00", b'{"id":"pg_1","content_type":"image/png","body":"x"}')


@dataclass(frozen=True)
class Plan:
    """How much is pushed and killed at least; pages flow until all of it is reached."""

    pages: int
    poison: int
    process_kills: int
    server_kills: int
    patience_seconds: float


SHORT = Plan(pages=150, poison=2, process_kills=15, server_kills=1, patience_seconds=90)
LONG = Plan(pages=2000, poison=12, process_kills=200, server_kills=10, patience_seconds=1800)
PAGES_A_FILE = 25


@dataclass
class Pages:
    """Files of pages, made as they are needed; the poison is spread over the first `plan.pages`."""

    folder: Path
    plan: Plan
    count: int = 0
    poison: int = 0

    def next_file(self) -> Path:
        lines = [page_line(number) for number in range(self.count, self.count + PAGES_A_FILE)]
        self.count += PAGES_A_FILE
        if self.poison < self.plan.poison and self.count * self.plan.poison >= self.poison * self.plan.pages:
            lines.insert(PAGES_A_FILE // 2, poison_line(self.poison))
            self.poison += 1
        path = self.folder / f"pages-{self.count:06}.jsonl"
        path.write_bytes(b"".join(lines))
        return path


@pytest.fixture
def plan(is_long: bool) -> Plan:
    return LONG if is_long else SHORT


@pytest.mark.timeout(3600)  # the long form takes longer than a hanging test may
def test_kills_at_random_lose_nothing_and_double_nothing(tmp_path: Path, plan: Plan, report: list[str]) -> None:
    """The alerts equal those of an undisturbed run, and exactly the poison and the invalid pages are dead letters."""
    pages = Pages(tmp_path, plan)
    with Pipeline(tmp_path / "killed", "always", 2) as killed:
        for message in INVALID:
            killed.redis.xadd(PREFIX + streams.PAGES, {"d": message})
        started = monotonic()
        _kill_at_random(killed, pages, plan)
        killed.run_until_done(within_seconds=plan.patience_seconds)
        report.append(f"{pages.count} pages, {monotonic() - started:.0f} s, kills: {dict(killed.kills)}")

        found = sorted(alert["id"] for alert in killed.alerts())
        assert Counter(letter["reason"] for letter in killed.dead_letters("clean")) == {
            "too_many_deliveries": pages.poison,
            "invalid_message": len(INVALID),
        }
        assert [killed.dead_letters(stage) for stage in ("tag", "alert")] == [[], []]
        assert killed.stats("produce")["out"] == pages.count + pages.poison
        assert [killed.stats(stage)["in"] for stage in streams.STAGES] == [
            pages.count + pages.poison + len(INVALID),
            pages.count,
            pages.count,
        ]
    assert pages.poison == plan.poison
    assert killed.process_kills >= plan.process_kills
    assert killed.kills["server"] >= plan.server_kills
    assert found == _undisturbed(tmp_path, pages.count, plan)


def _kill_at_random(pipeline: Pipeline, pages: Pages, plan: Plan) -> None:
    """Kill while pages flow, until enough was pushed and killed."""
    dice = random.Random(20260101)
    until = monotonic() + plan.patience_seconds
    next_server_kill = monotonic() + dice.uniform(2, 4)
    while (
        pages.count < plan.pages
        or pipeline.process_kills < plan.process_kills
        or pipeline.kills["server"] < plan.server_kills
    ):
        assert monotonic() < until, f"{pipeline.outstanding()} messages left; kills: {dict(pipeline.kills)}"
        if not pipeline.waiting:
            pipeline.waiting.append(pages.next_file())
        pipeline.keep_going()
        sleep(dice.uniform(0.02, 0.7))
        if not pipeline.outstanding():
            continue  # a kill between two pages would prove nothing
        if dice.random() < 0.15:
            pipeline.kill_the_producer()
        else:
            pipeline.kill_a_worker(dice)
        if monotonic() > next_server_kill:
            pipeline.kill_the_server()
            next_server_kill = monotonic() + dice.uniform(4, 10)


def _undisturbed(folder: Path, count: int, plan: Plan) -> list[str]:
    """Return the alert ids of the same pages when nobody is killed."""
    path = folder / "all.jsonl"
    path.write_bytes(b"".join(map(page_line, range(count))))
    with Pipeline(folder / "quiet", "no", 1) as quiet:
        quiet.waiting.append(path)
        quiet.run_until_done(within_seconds=plan.patience_seconds)
        expected = sorted(alert["id"] for alert in quiet.alerts())
    assert len(expected) == sum(map(rings, range(count)))
    return expected
