"""With several partitions: matches articles where they are, and forwards candidates to the one partition that decides.

What must stay true: an input ends only when its candidate stands in the home partition (and on as many replicas as was
asked for). A worker that dies between the two forwards it again, and home takes an article once; so a candidate is
decided once, whoever dies (docs/adr/0009-scale-one-home-decides.md).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import thread_time
from typing import Any

from pydantic import ValidationError
from redis.exceptions import RedisError

from runtime.errors import InvalidMessage
from runtime.ingest import Ingest, NotDurable, Outcome
from schemas import Article, TaggedArticle, streams
from services.alert.adapters.alerter import CommitReport
from services.alert.adapters.state import Ended, RedisState
from services.alert.costs import Costs, RuleCost
from services.alert.retractions import page_key
from services.alert.rulebook import Rulebook
from services.alert.tagged_article_to_alerts import rules_for

log = logging.getLogger("tocsin.alert")

AWAY_SECONDS = 0.5  # between two looks whether home is back
REMEMBER_SECONDS = 7 * 24 * 3600.0  # a worker's leftovers are adopted within seconds of any worker running


@dataclass(frozen=True, slots=True)
class Matched:
    """An article, and whether some rule holds for it."""

    data: bytes
    article: str  # id
    is_canary: bool = False
    dropped: str = ""  # why it is of no use
    edit: Article | None = None  # without a rule that holds: the article, if its page can have rung before
    costs: Mapping[str, RuleCost] = field(default_factory=dict)  # of an article that is dropped; else decide counts


@dataclass
class Forwarder:
    """Ends the tagged articles of one partition; `rulebook` may be replaced at any time, whole."""

    rulebook: Rulebook
    state: RedisState
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    on_report: Callable[[CommitReport], None] | None = None
    redis: Any = None
    home: Ingest | None = None

    def match(self, data: bytes) -> Matched:
        """Return a message with whether a rule holds; raises InvalidMessage when it is no TaggedArticle."""
        try:
            tagged = TaggedArticle.from_json(data)
        except ValidationError as error:
            raise InvalidMessage(f"expected a TaggedArticle: {error}") from error
        costs, article = Costs(thread_time), tagged.article
        if rules_for(tagged, self.rulebook.view(tagged), self.rulebook, costs):
            return Matched(data, article.id, article.canary)
        dropped = "canary_without_rule" if article.canary else "no_rule"
        edit = None if article.canary else article
        return Matched(data, article.id, article.canary, dropped, edit, costs.by_rule)

    async def hand_off(self, done: Sequence[tuple[str, Any]]) -> int:
        """Forward the candidates of a batch, then end its inputs; returns how many: fewer when home is full."""
        matched = [
            (id, one if isinstance(one, Matched) else Matched(b"", "", dropped=str(getattr(one, "reason", "dropped"))))
            for id, one in done
        ]
        try:
            matched = await self._with_edits(matched)
        except (RedisError, OSError) as error:
            log.debug("home is away", extra={"error": type(error).__name__})
            await asyncio.sleep(AWAY_SECONDS)
            return 0
        candidates = [(one.data, one.article) for _, one in matched if not one.dropped]
        outcomes = iter(await self._forward(candidates))
        ended: list[Ended] = []
        for id, one in matched:
            if not one.dropped and next(outcomes) == "full":
                break
            is_kept = one.dropped and not one.is_canary  # a candidate is kept by the one that decides it
            ended.append(Ended(id, one.data if is_kept else b"", one.dropped, costs=one.costs))
        if not ended:
            return 0
        answer = await self.state.commit(self.redis, ended, now=self.clock())
        if self.on_report is not None:
            self.on_report(_report(answer, ended))
        return len(ended)

    async def _with_edits(self, matched: Sequence[tuple[str, Matched]]) -> list[tuple[str, Matched]]:
        """Return the batch in which edits of pages that rang are to be decided, too, though no rule holds for them.

        What says that it is a later revision goes home unasked: the first one may still be on its way there.
        """
        home = RedisState(self.state.prefix, streams.HOME)
        are_edits = iter(await home.edited(self.redis, [one.edit for _, one in matched if one.edit is not None]))
        return [
            (id, replace(one, dropped="") if one.edit is not None and (next(are_edits) or _is_later(one.edit)) else one)
            for id, one in matched
        ]

    async def _forward(self, candidates: Sequence[tuple[bytes, str]]) -> Sequence[Outcome]:
        """Return what became of each candidate; none has room while home is away.

        To let the batch go instead would count as a delivery, and a long absence of home would end in dead letters.
        """
        assert self.home is not None
        try:
            return await self.home.push_many(candidates)
        except (RedisError, OSError, NotDurable) as error:  # what went in all the same is a duplicate the next time
            log.debug("home is away", extra={"error": type(error).__name__})
            await asyncio.sleep(AWAY_SECONDS)
            return ["full"] * len(candidates)


def _is_later(article: Article) -> bool:
    return article.revision > 1 and page_key(article) is not None


def _report(answer: Sequence[Any], ended: Sequence[Ended]) -> CommitReport:
    costs = Costs(thread_time)
    for one in ended:
        for rule, cost in one.costs.items():
            costs.add(rule, cost.seconds, candidates=cost.candidates, hits=cost.hits)
    return CommitReport(int(answer[1]), 0, costs=costs.by_rule)
