"""Several partitions give the alerts of one: candidates hop to home, at least once, and are decided there once."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from runtime.ingest import Ingest
from runtime.reading import ensure_group
from runtime.redis_client import connect
from runtime.repartition import NotDrained, repartition
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from schemas import CloudEvent, TaggedArticle, streams
from services.alert.adapters.alerter import Alerter
from services.alert.adapters.forwarder import Forwarder
from services.alert.adapters.state import RedisState
from services.alert.app import build
from tests.stages.a_stage import running
from tests.unit.alert.given_alerts import NOON, a_rule, a_rulebook, a_tagged_article, after
from tests.unit.alert.test_alert_decisions import OTHER, WIRE
from tests.wait import until

RULES = a_rulebook(
    a_rule("Russia and military", id="drills"),
    a_rule("military", id="windowed", over="{origins: 3, window: 6h}"),
    a_rule("Russia", id="cooled", cooldown="12h"),
)
THIRD = "Moscow says it lost contact with a military transport plane carrying 61 people over the Urals."
FOURTH = "Russia denied on Friday that its military had flown 17 prisoners to Rostov under cover of darkness."
NOTHING = "The football match in Accra ended without a goal, to nobody's surprise."


def corpus() -> list[TaggedArticle]:
    """Return articles whose alerts depend on each other: copies, rewrites, windows, cooldowns and edits."""
    texts = (WIRE, NOTHING, f"{WIRE}\n\nFrom our correspondent.", OTHER, THIRD, WIRE, NOTHING, FOURTH, OTHER, THIRD)
    told = [
        a_tagged_article(text, source=f"paper-{number % 7}", at=after(minutes=number * 20), title=f"Number {number}")
        for number, text in enumerate(texts * 4)
    ]
    edits = [
        a_tagged_article(text, source="editor", at=after(days=1, hours=hour), url="https://editor.example/1")
        for hour, text in enumerate(("Russia built a library for its military academy in Omsk.", NOTHING))
    ]
    return told + edits


class Installation:
    """Partitions on a real server, and one worker that goes round them."""

    def __init__(self, redis: Any, settings: RuntimeSettings, partitions: int, prefix: str = "") -> None:
        prefix = prefix or f"{settings.stream_prefix}-{partitions}"
        self.redis, self.now = redis, NOON
        self.settings = settings.model_copy(update={"partitions": partitions, "stream_prefix": prefix})
        stage = self.settings.stages[-1]
        self.alerter = Alerter(RULES, RedisState(prefix, streams.HOME, stage), clock=lambda: self.now, redis=redis)
        self.forwarders = {tag: self.forwarder(tag) for tag in self.settings.tags} if partitions > 1 else {}

    def forwarder(self, tag: str, max_waiting: int = 1000, home: Any = None) -> Forwarder:
        ingest = Ingest(
            home or self.redis,
            prefix=self.settings.stream_prefix,
            partition=streams.HOME,
            max_waiting=max_waiting,
            remember_seconds=60,
            durable=False,
        )
        state = RedisState(self.settings.stream_prefix, tag)
        sink = ingest.into(streams.CANDIDATES, counted_as="forward")
        return Forwarder(RULES, state, clock=lambda: self.now, redis=self.redis, home=sink)

    async def begin(self) -> "Installation":
        for stage in ("alert", streams.DECIDE):
            for tag in self.settings.tags:
                await ensure_group(self.redis, self.key(streams.READS[stage], tag), "g:" + stage)
        return self

    def key(self, name: str, tag: str = streams.HOME) -> str:
        return streams.key(self.settings.stream_prefix, tag, name)

    async def tell(self, article: TaggedArticle) -> str:
        tag = streams.partition_of(article.article.id, self.settings.tags)
        await self.redis.xadd(self.key(streams.TAGGED, tag), {"d": article.to_json()})
        self.now = article.article.fetched_at
        return tag

    async def take(self, stage: str, tag: str, *, again: bool = False) -> list[tuple[str, bytes]]:
        """Read what is new, or `again` what this worker has read before and not ended."""
        stream = self.key(streams.READS[stage], tag)
        found = await self.redis.xreadgroup("g:" + stage, "me", {stream: "0" if again else ">"}, count=100)
        return [(id.decode(), fields[b"d"]) for _, entries in found for id, fields in entries]

    async def forward(self, tag: str, *, again: bool = False) -> int:
        one = self.forwarders[tag]
        return await one.hand_off([(id, one.match(data)) for id, data in await self.take("alert", tag, again=again)])

    async def decide(self) -> None:
        taken = await self.take(self.settings.stages[-1], streams.HOME)
        await self.alerter.hand_off([(id, self.alerter.prepare(data)) for id, data in taken])

    async def go_round(self) -> None:
        for tag in self.forwarders:
            await self.forward(tag)
        await self.decide()

    async def alerts(self) -> list[Any]:
        found = await self.redis.xrange(self.key(streams.ALERTS))
        events = [CloudEvent.from_json(fields[b"d"]) for _, fields in found]
        return [
            (event.sequence, event.data.id, event.data.state, event.data.story.model_dump_json()) for event in events
        ]

    async def push_pages(self, ids: Sequence[str]) -> list[str]:
        """Push pages and take them out again; return what became of each."""
        outcomes = []
        for id in ids:
            tag = streams.partition_of(id, self.settings.tags)
            edge = Ingest(
                self.redis,
                prefix=self.settings.stream_prefix,
                partition=tag,
                max_waiting=1000,
                remember_seconds=60,
                durable=False,
            )
            outcomes.append(await edge.push(b"x", identity=id))
            await self.redis.xtrim(self.key(streams.PAGES, tag), maxlen=0, approximate=False)
        return outcomes

    async def left(self) -> int:
        names = (streams.TAGGED, streams.CANDIDATES)
        return sum([await self.redis.xlen(self.key(name, tag)) for name in names for tag in self.settings.tags])


async def test_one_four_and_twelve_partitions_give_the_same_alerts(redis: Any, settings: RuntimeSettings) -> None:
    """Copies, windows and cooldowns reach across partitions; ids, revisions, origins and order are the same."""
    alerts = []
    for partitions in (1, 4, 12):
        one = await Installation(redis, settings, partitions).begin()
        for article in corpus():
            await one.tell(article)
            await one.go_round()
        assert await one.left() == 0
        alerts.append(await one.alerts())

    assert len({id for _, id, _, _ in alerts[0]}) > 5
    assert alerts[0][-1][2] == "retracted"
    assert alerts[0] == alerts[1] == alerts[2]


async def test_a_candidate_forwarded_twice_is_decided_once(redis: Any, settings: RuntimeSettings) -> None:
    """A worker dies between forwarding and ending its input, each time; another one forwards the same again."""
    calm = await Installation(redis, settings, 4).begin()
    stormy = await Installation(redis, settings.model_copy(update={"stream_prefix": "stormy"}), 4).begin()
    for article in corpus():
        await calm.tell(article)
        await calm.go_round()
        tag = await stormy.tell(article)
        await _forward_and_die(stormy, tag)
        await stormy.decide()  # before or after the input ends: home remembers the article
        assert await stormy.forward(tag, again=True) == 1
        await stormy.decide()

    assert await stormy.left() == 0
    assert await stormy.alerts() == await calm.alerts()


async def _forward_and_die(one: Installation, tag: str) -> None:
    class Died(Exception):
        pass

    async def die(*_: Any, **__: Any) -> Sequence[Any]:
        raise Died

    forwarder = one.forwarder(tag)
    forwarder.state.commit = die  # type: ignore[method-assign]
    ((id, data),) = await one.take("alert", tag)
    with pytest.raises(Died):
        await forwarder.hand_off([(id, forwarder.match(data))])


async def test_inputs_wait_while_home_is_full(redis: Any, settings: RuntimeSettings) -> None:
    """Back-pressure crosses partitions: what has no room stays pending, what nobody needs ends."""
    one = await Installation(redis, settings, 4).begin()
    tag = one.settings.tags[1]
    forwarder = one.forwarder(tag, max_waiting=1)
    texts = (NOTHING, WIRE, NOTHING, OTHER, NOTHING)
    batch = []
    for number, text in enumerate(texts):
        await redis.xadd(one.key(streams.TAGGED, tag), {"d": a_tagged_article(text, title=str(number)).to_json()})
    for id, data in await one.take("alert", tag):
        batch.append((id, forwarder.match(data)))

    assert await forwarder.hand_off(batch) == 3
    assert await forwarder.hand_off(batch[3:]) == 0
    await one.decide()
    assert await forwarder.hand_off(batch[3:]) == 2
    assert (await redis.hgetall(streams.key(one.settings.stream_prefix, tag, "stats", "alert"))) == {
        b"in": b"5",
        b"out": b"2",
        b"dropped:no_rule": b"3",
    }


async def test_inputs_wait_while_home_is_away(redis: Any, settings: RuntimeSettings, server: EmbeddedServer) -> None:
    """The master of home is gone: inputs stay in the worker's hands, none is given up, and all goes on afterwards."""
    one = await Installation(redis, settings, 4).begin()
    tag = one.settings.tags[1]
    for number, text in enumerate((NOTHING, WIRE, NOTHING, OTHER)):
        await redis.xadd(one.key(streams.TAGGED, tag), {"d": a_tagged_article(text, title=str(number)).to_json()})
    elsewhere = connect(server.url)
    cut_off = one.forwarder(tag, home=elsewhere)
    batch = [(id, cut_off.match(data)) for id, data in await one.take("alert", tag)]
    server.kill()

    assert await cut_off.hand_off(batch) == 1
    assert await cut_off.hand_off(batch[1:]) == 0
    assert (await redis.xpending(one.key(streams.TAGGED, tag), "g:alert"))["pending"] == 3
    server.restart()
    assert await cut_off.hand_off(batch[1:]) == 3
    await elsewhere.aclose()


async def test_one_worker_serves_all_partitions_and_home(redis: Any, settings: RuntimeSettings) -> None:
    """The alert stage as it runs: articles in any partition, alerts at home, each article in exactly one archive."""
    settings = settings.model_copy(update={"partitions": 4})
    text = "Niger and Russia signed an agreement on military cooperation in Niamey on Monday, for {} men."
    articles = [a_tagged_article(text.format(n) if n % 2 else NOTHING, title=f"No. {n}") for n in range(40)]
    key = partial(streams.key, settings.stream_prefix)

    async def left() -> int:
        names = (streams.TAGGED, streams.CANDIDATES)
        return sum([await redis.xlen(key(tag, name)) for tag in settings.tags for name in names])

    async with running(build(settings)):
        for article in articles:
            tag = streams.partition_of(article.article.id, settings.tags)
            await redis.xadd(key(tag, streams.TAGGED), {"d": article.to_json()})

        async def is_done() -> bool:
            return await left() == 0

        await until(is_done, describe="all is decided")

    archived = [await redis.xlen(one) for one in settings.keys(streams.ARCHIVE)]
    assert sum(archived) == 40
    assert archived[0] >= 20 and all(archived)
    assert [await redis.xlen(one) for one in settings.keys(streams.ALERTS)][1:] == [0, 0, 0]
    assert await redis.xlen(key(streams.HOME, streams.ALERTS)) >= 1


async def test_the_number_of_partitions_changes_without_losing_or_repeating_anything(
    redis: Any, settings: RuntimeSettings
) -> None:
    """1 → 4 → 12 → 1: alerts, stories and cooldowns go on, and no page comes in a second time."""
    quiet = await Installation(redis, settings.model_copy(update={"stream_prefix": "quiet"}), 1).begin()
    articles, pages = corpus(), [f"pg_{number}" for number in range(40)]
    prefix, count = f"{settings.stream_prefix}-moving", 1
    for start, new in enumerate((1, 4, 12, 1)):
        moving = Installation(redis, settings, new, prefix)
        await repartition(redis, moving.settings, old_count=count)
        count = new
        await moving.begin()
        for article in articles[start * 10 : start * 10 + 10]:
            for one in (quiet, moving):
                await one.tell(article)
                await one.go_round()
        assert await moving.push_pages(pages[: start * 10]) == ["duplicate"] * start * 10
        assert await moving.push_pages(pages[start * 10 : start * 10 + 10]) == ["accepted"] * 10

    assert await moving.alerts() == await quiet.alerts()


async def test_the_number_does_not_change_while_something_is_on_its_way(redis: Any, settings: RuntimeSettings) -> None:
    one = await Installation(redis, settings, 4).begin()
    await one.tell(a_tagged_article(WIRE))

    with pytest.raises(NotDrained, match="alert has 1 messages before it in partition p"):
        await repartition(redis, one.settings.model_copy(update={"partitions": 12}), old_count=4)
