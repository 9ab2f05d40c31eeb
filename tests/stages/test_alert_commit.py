"""The alert stage's one atomic step on a real server: acknowledge, remember, ring, archive, delete, count."""

from typing import Any

import orjson
import pytest

from runtime.errors import InvalidMessage
from runtime.settings import RuntimeSettings
from schemas import CloudEvent, TaggedArticle, streams
from services.alert.adapters.alerter import Alerter, Prepared
from services.alert.adapters.state import RedisState
from services.alert.rulebook import Rulebook
from services.desk.stats import rule_stats
from tests.unit.alert.given_alerts import NOON, a_rule, a_rulebook, a_tagged_article, after
from tests.unit.alert.test_alert_decisions import OTHER, WIRE

RULES = a_rulebook(a_rule("Russia and military", id="drills"), a_rule("Niger", id="canary"))
WINDOWED = a_rulebook(a_rule("Russia and military", id="drills", over="{origins: 2, window: 6h}"))


class Bench:
    """An alert worker with its streams, and another one beside it when asked."""

    def __init__(self, redis: Any, settings: RuntimeSettings, rulebook: Rulebook = RULES) -> None:
        self.redis, self.settings, self.rulebook = redis, settings, rulebook
        self.alerter = self.another()

    def another(self) -> Alerter:
        return Alerter(
            self.rulebook,
            RedisState(self.settings.stream_prefix, self.settings.tags[0]),
            clock=lambda: NOON,
            redis=self.redis,
        )

    def key(self, *names: str) -> str:
        return streams.key(self.settings.stream_prefix, self.settings.tags[0], *names)

    async def given(self, *articles: TaggedArticle) -> list[tuple[str, Prepared]]:
        """Put articles into the stream, read them as the group does, and prepare them."""
        if not await self.redis.exists(self.key("tagged")):
            await self.redis.xgroup_create(self.key("tagged"), "g:alert", id="0", mkstream=True)
        for article in articles:
            await self.redis.xadd(self.key("tagged"), {"d": article.to_json()})
        ((_, entries),) = await self.redis.xreadgroup("g:alert", "me", {self.key("tagged"): ">"}, count=100)
        return [(id.decode(), self.alerter.prepare(fields[b"d"])) for id, fields in entries]

    async def events(self, stream: str = "alerts") -> list[CloudEvent]:
        return [CloudEvent.from_json(fields[b"d"]) for _, fields in await self.redis.xrange(self.key(stream))]

    async def stats(self) -> dict[str, int]:
        found = await self.redis.hgetall(self.key("stats", "alert"))
        return {name.decode(): int(value) for name, value in found.items()}


@pytest.fixture
async def bench(redis: Any, settings: RuntimeSettings) -> Bench:
    return Bench(redis, settings)


async def test_an_alert_stands_in_the_log_once_and_its_input_is_gone(bench: Bench) -> None:
    batch = await bench.given(a_tagged_article(WIRE), a_tagged_article("Nothing of interest."))

    report = await bench.alerter.commit(bench.redis, batch)

    (event,) = await bench.events()
    assert (report.done, report.rang) == (2, 1)
    assert (event.type, event.source, event.sequence) == ("tocsin.alert.opened", "/rules/drills", f"{1:020d}")
    assert await bench.redis.xlen(bench.key("tagged")) == 0
    assert await bench.redis.xlen(bench.key("archive")) == 2
    assert await bench.stats() == {"in": 2, "out": 1, "dropped:no_rule": 1, "ledger:rang": 1}


async def test_a_batch_that_is_committed_again_changes_nothing(bench: Bench) -> None:
    batch = await bench.given(a_tagged_article(WIRE), a_tagged_article("Nothing of interest."))
    await bench.alerter.commit(bench.redis, batch)
    before = await bench.stats()

    for worker in (bench.alerter, bench.another()):
        assert (await worker.commit(bench.redis, batch)).done == 0

    assert len(await bench.events()) == 1
    assert await bench.stats() == before


async def test_a_copy_in_a_later_batch_joins_the_story_also_for_another_worker(bench: Bench) -> None:
    await bench.alerter.commit(bench.redis, await bench.given(a_tagged_article(WIRE, source="a")))
    copies = await bench.given(a_tagged_article(WIRE, source="b"))

    report = await bench.another().commit(bench.redis, copies)

    assert report.states == {"duplicate": 1}
    assert len(await bench.events()) == 1


async def test_a_worker_that_lost_the_race_decides_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers decide on the same state; the second one sees the first one's alert before it writes."""
    first, second = await bench.given(a_tagged_article(WIRE, source="a"), a_tagged_article(WIRE, source="b"))
    other, decide = bench.another(), bench.alerter.state.decide
    raced = False

    async def decide_and_be_overtaken(*args: Any) -> Any:
        nonlocal raced
        decided = await decide(*args)
        if not raced:
            raced = True
            await other.commit(bench.redis, [second])
        return decided

    monkeypatch.setattr(bench.alerter.state, "decide", decide_and_be_overtaken)
    report = await bench.alerter.commit(bench.redis, [first])

    assert report.states == {"duplicate": 1}
    assert len(await bench.events()) == 1
    assert (await bench.stats())["ledger:duplicate"] == 1


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_edited_page_retracts_its_alert(bench: Bench, at_once: bool) -> None:
    """Also when the page and its edit come in one batch; an edit that changes nothing ends like any other article."""
    url = "https://a.example/pact"
    page = a_tagged_article(WIRE, url=url)
    edits = [a_tagged_article(f"Nothing of it is true, {n}.", url=url, at=after(hours=n)) for n in (1, 2)]
    rounds = [[page, *edits]] if at_once else [[page], [edits[0]], [edits[1]]]
    for articles in rounds:
        await bench.alerter.commit(bench.redis, await bench.given(*articles))

    assert [event.type for event in await bench.events()] == ["tocsin.alert.opened", "tocsin.alert.retracted"]
    counted = await bench.stats()
    assert counted == {"in": 3, "out": 2, "dropped:no_rule": 1, "ledger:rang": 1, "ledger:retracted": 1}
    (stats,) = rule_stats(await bench.redis.hgetall(bench.key("stats", "rules")))
    assert (stats.hits, stats.states) == (1, {"rang": 1, "retracted": 1})


async def test_windows_survive_a_restart(redis: Any, settings: RuntimeSettings) -> None:
    bench = Bench(redis, settings, WINDOWED)
    await bench.alerter.commit(redis, await bench.given(a_tagged_article(WIRE, source="a")))

    report = await bench.another().commit(
        redis, await bench.given(a_tagged_article(OTHER, source="b", at=after(hours=-5)))
    )

    assert report.states == {"rang": 1}


async def test_a_canary_rings_in_a_stream_of_its_own_and_leaves_no_trace(bench: Bench) -> None:
    await bench.alerter.commit(bench.redis, await bench.given(a_tagged_article("Niger.", canary=True)))

    assert [event.source for event in await bench.events("canary")] == ["/rules/canary"]
    assert await bench.events() == []
    assert await bench.redis.xlen(bench.key("archive")) == 0


async def test_the_hand_off_takes_what_the_stage_dropped(bench: Bench) -> None:
    class Dropped:
        reason = "unwanted"

    ((id, _),) = await bench.given(a_tagged_article(WIRE))

    assert await bench.alerter.hand_off([(id, Dropped())]) == 1
    assert await bench.stats() == {"in": 1, "dropped:unwanted": 1}


async def test_every_candidate_is_counted_by_rule_and_state(bench: Bench) -> None:
    articles = [a_tagged_article(WIRE, source=name) for name in "abc"] + [a_tagged_article(OTHER)]
    await bench.alerter.commit(bench.redis, await bench.given(*articles))

    (stats,) = rule_stats(await bench.redis.hgetall(bench.key("stats", "rules")))
    assert (stats.rule, stats.states, stats.last_hit_at) == ("drills", {"rang": 2, "duplicate": 2}, NOON)
    assert (stats.hits, stats.candidates) == (4, 4)


async def test_the_archive_holds_what_a_backtest_needs(bench: Bench) -> None:
    article = a_tagged_article(WIRE)
    await bench.alerter.commit(bench.redis, await bench.given(article))

    ((_, fields),) = await bench.redis.xrange(bench.key("archive"))
    assert fields == {b"d": article.to_json(), b"at": str(int(NOON.timestamp() * 1000)).encode()}


def test_what_is_no_tagged_article_is_refused() -> None:
    with pytest.raises(InvalidMessage):
        Alerter(RULES, RedisState("t", "p0")).prepare(orjson.dumps({"v": 1}))
