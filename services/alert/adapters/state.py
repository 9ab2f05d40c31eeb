"""What the alerter remembers, in Redis: read before a decision, and written with the alerts in one script."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from schemas import Article, streams
from services.alert.adapters.leaders import leader_from_json, leader_to_json
from services.alert.alert_event import UNNUMBERED
from services.alert.candidate import Candidate, Outcome
from services.alert.costs import RuleCost
from services.alert.ledger import State
from services.alert.memory import Memory, Record
from services.alert.retractions import is_edited, page_key
from services.alert.stories import KEPT_FOR, StoryIndex
from services.alert.tagged_article_to_alerts import Decision, decide

LEADERS_A_READ = 1000
SLACK = timedelta(hours=1)  # a record outlives its own time in Redis, so that the decision, not the server, forgets it
_SEQUENCE = f'"sequence":"{UNNUMBERED}"'.encode()
_SPLIT = len(_SEQUENCE) - len(UNNUMBERED) - 1


@dataclass(frozen=True, slots=True)
class Ended:
    """One input of the commit."""

    id: str
    data: bytes  # the TaggedArticle, for the archive; empty when it is not kept
    dropped: str = ""
    outcomes: tuple[Outcome, ...] = ()
    costs: Mapping[str, RuleCost] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much of the past is kept for backtests."""

    most_entries: int = 100_000
    keep: timedelta = timedelta(days=14)


@dataclass
class RedisState:
    """The alerter's records, leaders and streams of one partition; `stage` is the one whose inputs are ended."""

    prefix: str
    partition: str
    stage: str = "alert"
    archive: ArchiveLimits = ArchiveLimits()
    in_order: bool = False  # end inputs in the order of their stream, whoever holds them
    stories: StoryIndex = field(default_factory=StoryIndex)  # mirror of the leaders in Redis
    last_leader: str = "0-0"

    def __post_init__(self) -> None:
        key = partial(streams.key, self.prefix, self.partition)
        self.record_key = partial(key, "alert")
        self.version_key, self.leaders_key = key("alert", "version"), key("alert", "leaders")
        self.fixed_keys = (
            key(streams.READS[self.stage]),
            key("stats", self.stage),
            key(streams.ALERTS),
            key(streams.ARCHIVE),
            key(CANARY_STREAM),
            self.version_key,
            key("sequence"),
            self.leaders_key,
            key("stats", "rules"),
        )
        self._source = (Path(__file__).parent / "commit.lua").read_text(encoding="utf-8")

    async def decide(
        self, redis: Any, candidates: Sequence[Candidate], now: datetime
    ) -> tuple[str, Decision, dict[str, Record]]:
        """Return the version that was read, the decision, and the records to write with it.

        Deciding says which records it would have needed; these are fetched, and it decides again.
        """
        version = (await redis.get(self.version_key)) or b"0"
        await self.catch_up(redis, now)
        known: dict[str, Record | None] = {}
        while True:
            memory = Memory(known, is_complete=False)
            decision = decide(candidates, memory, self.stories, now)
            if not memory.missing:
                return version.decode(), decision, memory.written
            wanted = sorted(memory.missing)
            for name, found in zip(wanted, await redis.mget([self.record_key(name) for name in wanted]), strict=True):
                known[name] = orjson.loads(found) if found else None

    async def edited(self, redis: Any, articles: Sequence[Article]) -> list[bool]:
        """Return which articles are edits of pages that rang for something before; one read for all of them."""
        keys = [page_key(article) for article in articles]
        wanted = [self.record_key(key) for key in keys if key is not None]
        found = iter(await redis.mget(wanted) if wanted else ())
        records = [next(found) if key is not None else None for key in keys]
        return [
            is_edited(orjson.loads(record) if record else None, article)
            for record, article in zip(records, articles, strict=True)
        ]

    async def catch_up(self, redis: Any, now: datetime) -> None:
        """Bring the mirror up to date with what this worker and others have written."""
        while True:
            entries = await redis.xrange(self.leaders_key, min="(" + self.last_leader, count=LEADERS_A_READ)
            for id, fields in entries:
                self.stories.add(leader_from_json(fields[b"d"]))
                self.last_leader = id.decode()
            if len(entries) < LEADERS_A_READ:
                break
        self.stories.forget(now - KEPT_FOR)

    async def is_oldest(self, redis: Any, id: str) -> bool:
        """Return whether an input may end now: always, unless inputs end in order and an older one has not."""
        if not self.in_order:
            return True
        oldest = await redis.xpending_range(self.fixed_keys[0], "g:" + self.stage, "-", "+", 1)
        return not oldest or _as_numbers(oldest[0]["message_id"].decode()) >= _as_numbers(id)

    async def commit(
        self,
        redis: Any,
        ended: Sequence[Ended],
        *,
        now: datetime,
        version: str = "",
        decision: Decision | None = None,
        records: dict[str, Record] | None = None,
    ) -> list[Any]:
        """Run the script; returns its answer: ['done', inputs, alerts], ['conflict'], ['gone', ids…], ['early', n]."""
        now_ms = int(now.timestamp() * 1000)
        oldest = now_ms - int(self.archive.keep.total_seconds() * 1000)
        records = records or {}
        args: list[Any] = ["g:" + self.stage, version, self.archive.most_entries, max(oldest, 0)]
        args += [max(now_ms - int(KEPT_FOR.total_seconds() * 1000), 0), now_ms, int(self.in_order), len(records)]
        for record in records.values():
            keep_ms = int((record["until"] - now.timestamp() + SLACK.total_seconds()) * 1000)
            args += [orjson.dumps(record), max(keep_ms, 1)]
        leaders = decision.leaders if decision else []
        args += [len(leaders), *map(leader_to_json, leaders)]
        ledger = _ledger(outcome for one in ended for outcome in one.outcomes)
        args += [len(ledger), *(value for pair in ledger.items() for value in pair)]
        spent = _spent(ended)
        args += [len(spent), *(value for pair in spent.items() for value in pair)]
        for one in ended:
            events = [outcome for outcome in one.outcomes if outcome.event is not None]
            args += [one.id, "1" if one.outcomes else "0", one.dropped, one.data, len(events)]
            for outcome in events:
                args += _event_args(outcome)
        keys = (*self.fixed_keys, *map(self.record_key, records))
        script = redis.register_script(self._source)
        answer = await script(keys=keys, args=args)
        return [one.decode() if isinstance(one, bytes) else one for one in answer]


CANARY_STREAM = "canary"  # canary events, for the watch that times them; no subscriber reads it


def _as_numbers(id: str) -> tuple[int, ...]:
    return tuple(map(int, id.split("-")))


def _ledger(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Return how often each rule ended in each state, by `rule:state`."""
    counts: dict[str, int] = {}
    for outcome in outcomes:
        field = f"{outcome.rule}:{outcome.state}"
        counts[field] = counts.get(field, 0) + 1
    return counts


def _spent(ended: Iterable[Ended]) -> dict[str, int]:
    """Return what looking at the rules took, by `rule:candidates` and `rule:cost_us`."""
    spent: dict[str, int] = {}
    for one in ended:
        for rule, cost in one.costs.items():
            for name, by in (("candidates", cost.candidates), ("cost_us", round(cost.seconds * 1e6))):
                spent[f"{rule}:{name}"] = spent.get(f"{rule}:{name}", 0) + by
    return spent


def _event_args(outcome: Outcome) -> tuple[str, bytes, bytes]:
    """Return the stream (by its place in KEYS) and the event's JSON before and behind its sequence number."""
    assert outcome.event is not None
    data = outcome.event.to_json()
    at = data.index(_SEQUENCE) + _SPLIT
    return "5" if outcome.state is State.CANARY else "3", data[:at], data[at + len(UNNUMBERED) :]
