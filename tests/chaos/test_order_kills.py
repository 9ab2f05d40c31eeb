"""With TOCSIN_SETTLE the alerts do not depend on partitions, order of arrival, or who is killed (docs/scale.md)."""

import json
import os
import random
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from schemas import TaggedArticle, streams
from tests.chaos.pipeline import Pipeline
from tests.stages.alert_bench import a_day_of_news

PATIENCE_SECONDS = 400  # twelve partitions on a busy machine
LONG, SHORT = "TOCSIN_SETTLE=PT1H", "TOCSIN_SETTLE=PT0.2S"  # until all articles have come home, and then
RULES = """
rules:
  - {id: drills, when: Russia and military, over: {origins: 2, window: 6h}}
  - {id: sahel, when: "any of (Niger, Mali, Chad) and military", cooldown: 3h}
  - {id: busy, when: "any of (Niger, Mali)", spike: {window: 2h, baseline: 12h, learn: 4h, at_least: 3, times: 2}}
  - {id: near, when: Niger and Russia, within: sentence}
"""


@dataclass
class Alerting(Pipeline):
    """Alert workers alone, on a server with any number of partitions."""

    fsync: str = "no"
    workers_per_stage: int = 2
    stages: tuple[str, ...] = ("alert",)
    overrides: str = LONG
    partitions: int = 1

    def serve(self) -> dict[str, str]:
        (self.folder / "watch" / "rules").mkdir(parents=True)
        (self.folder / "watch" / "rules" / "rules.yaml").write_text(RULES)
        self.tags = streams.partition_tags(self.partitions)
        return {
            **super().serve(),
            "TOCSIN_PARTITIONS": str(self.partitions),
            "TOCSIN_WATCH_DIR": str(self.folder / "watch"),
            "TOCSIN_MAX_WAITING": "10000",
        }

    def tell(self, articles: list[TaggedArticle]) -> None:
        for one in articles:
            tag = streams.partition_of(one.article.id, self.tags)
            self.redis.xadd(streams.key("tocsin", tag, streams.TAGGED), {"d": one.to_json()})

    def length(self, name: str) -> int:
        return sum(self.redis.xlen(streams.key("tocsin", tag, name)) for tag in self.tags)

    def run_until_empty(self, *names: str, dice: random.Random, kills: int) -> None:
        """Go on until some streams are empty; kill a worker whenever a share of what they held has come out."""
        until, full = monotonic() + PATIENCE_SECONDS, sum(map(self.length, names))
        killed = 0
        while left := sum(map(self.length, names)):
            assert monotonic() < until, f"{[(name, self.length(name)) for name in names]} messages are left"
            self.keep_going()
            if full - left > (killed + dice.uniform(0.2, 0.8)) * full / max(1, kills) and killed < kills:
                self.kill_a_worker(dice, least_life_seconds=0)
                killed += 1
            sleep(0.01)
        assert killed >= kills // 2

    def start_anew(self, overrides: str) -> None:
        """Replace every worker by one with other settings."""
        self.overrides = overrides
        for pid, stage in list(self.workers.items()):
            os.kill(pid, signal.SIGKILL)
            del self.workers[pid]
            self._start(stage)


@pytest.mark.timeout(3600)  # the long form takes longer than a hanging test may
def test_any_number_of_partitions_and_any_order_of_arrival_give_the_same_alerts_under_kills(
    tmp_path: Path, *, is_long: bool, report: list[str]
) -> None:
    """Stories, windows, a spike and cooldowns; 1, 4 and 12 partitions, each in an order of its own, workers dying."""
    news = a_day_of_news(600 if is_long else 300, names_last=20)
    kills = 20 if is_long else 3
    with ThreadPoolExecutor(2) as pool:
        alerts = partial(_alerts, tmp_path, news, report=report)
        quiet, *killed = pool.map(alerts, (1, 1, 4, 12), (0, 1, 2, 3), (0, kills, kills, kills))

    assert len(quiet) > (100 if is_long else 30)
    assert {state for _, state, *_ in quiet} == {"opened", "updated"}
    assert [alerts == quiet for alerts in killed] == [True] * 3


def _alerts(
    folder: Path, news: list[TaggedArticle], partitions: int, seed: int, kills: int, *, report: list[str]
) -> list[tuple[Any, ...]]:
    """Return the alerts of a run, in the order of the log; only time of writing is left out."""
    dice = random.Random(seed)
    with Alerting(folder / f"{partitions}-{seed}", partitions=partitions) as pipeline:
        pipeline.tell(dice.sample(news, len(news)) if kills else news)
        pipeline.run_until_empty(streams.TAGGED, dice=dice, kills=kills)
        assert pipeline.length(streams.CANDIDATES) == 0
        came_home = pipeline.length(streams.SETTLING)
        pipeline.start_anew(SHORT)
        pipeline.run_until_empty(streams.SETTLING, streams.CANDIDATES, dice=dice, kills=kills)
        assert [pipeline.dead_letters(stage) for stage in ("alert", streams.DECIDE)] == [[], []]
        report.append(f"order: {partitions} partitions, {came_home} candidates, kills: {dict(pipeline.kills)}")
        return [_facts(alert) for alert in pipeline.alerts()]


def _facts(alert: dict[str, Any]) -> tuple[Any, ...]:
    data = alert["data"]
    return alert["id"], data["state"], data["id"], data["page"]["id"], json.dumps(data["story"], sort_keys=True)
