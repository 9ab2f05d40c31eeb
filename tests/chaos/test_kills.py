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
    """How much is pushed and killed; kills go on until both numbers are reached."""

    pages: int
    poison: int
    process_kills: int
    server_kills: int
    patience_seconds: float


SHORT = Plan(pages=200, poison=2, process_kills=15, server_kills=1, patience_seconds=90)
LONG = Plan(pages=2500, poison=12, process_kills=220, server_kills=12, patience_seconds=1800)
PAGES_A_PUSH = 25  # few, so that a fast machine still has pages to push when the last worker is killed


@pytest.fixture
def plan(is_long: bool) -> Plan:
    return LONG if is_long else SHORT


def test_kills_at_random_lose_nothing_and_double_nothing(tmp_path: Path, plan: Plan, report: list[str]) -> None:
    """The alerts equal those of an undisturbed run, and exactly the poison and the invalid pages are dead letters."""
    with Pipeline(tmp_path / "quiet", "no", 1) as quiet:
        quiet.slices = _slices(tmp_path / "quiet", plan, poison=0, pages_a_push=plan.pages)
        quiet.run_until_done(within_seconds=plan.patience_seconds)
        expected = sorted(alert["id"] for alert in quiet.alerts())
    assert len(expected) == sum(map(rings, range(plan.pages)))

    with Pipeline(tmp_path / "killed", "always", 2) as killed:
        killed.slices = _slices(tmp_path / "killed", plan, poison=plan.poison, pages_a_push=PAGES_A_PUSH)
        with killed.client() as redis:
            for message in INVALID:
                redis.xadd(PREFIX + streams.PAGES, {"d": message})
        started = monotonic()
        _kill_at_random(killed, plan)
        killed.run_until_done(within_seconds=plan.patience_seconds)
        report.append(f"{plan.pages} pages, {monotonic() - started:.0f} s, kills: {dict(killed.kills)}")

        assert sorted(alert["id"] for alert in killed.alerts()) == expected
        assert Counter(letter["reason"] for letter in killed.dead_letters("clean")) == {
            "too_many_deliveries": plan.poison,
            "invalid_message": len(INVALID),
        }
        assert [killed.dead_letters(stage) for stage in ("tag", "alert")] == [[], []]
        assert killed.stats("produce")["out"] == plan.pages + plan.poison
        for stage, received in (
            ("clean", plan.pages + plan.poison + len(INVALID)),
            ("tag", plan.pages),
            ("alert", plan.pages),
        ):
            assert killed.stats(stage)["in"] == received
    assert sum(killed.kills[stage] for stage in streams.STAGES) + killed.kills["producer"] >= plan.process_kills
    assert killed.kills["server"] >= plan.server_kills


def _kill_at_random(pipeline: Pipeline, plan: Plan) -> None:
    """Kill while pages flow, until all are pushed; a plan whose kills are not reached by then has too few pages."""
    dice = random.Random(20260101)
    until = monotonic() + plan.patience_seconds
    next_server_kill = monotonic() + dice.uniform(3, 6)
    while pipeline.slices or pipeline.outstanding():
        assert monotonic() < until, f"{pipeline.outstanding()} messages left; kills: {dict(pipeline.kills)}"
        sleep(dice.uniform(0.2, 0.9))
        pipeline.restart_dead()
        if dice.random() < 0.1:
            pipeline.kill_the_producer()
        else:
            pipeline.kill_a_worker(dice)
        if monotonic() > next_server_kill:
            pipeline.kill_the_server()
            next_server_kill = monotonic() + dice.uniform(5, 15)
        done = sum(count for who, count in pipeline.kills.items() if who not in ("by poison", "server"))
        if done >= plan.process_kills and pipeline.kills["server"] >= plan.server_kills:
            return


def _slices(folder: Path, plan: Plan, *, poison: int, pages_a_push: int) -> list[Path]:
    """Write the pages as files of JSON lines, the poison spread among them."""
    lines = [page_line(number) for number in range(plan.pages)]
    for number in range(poison):
        lines.insert((number + 1) * plan.pages // (poison + 1), poison_line(number))
    slices = []
    for start in range(0, len(lines), pages_a_push):
        path = folder / f"pages-{start:06}.jsonl"
        path.write_bytes(b"".join(lines[start : start + pages_a_push]))
        slices.append(path)
    return slices
