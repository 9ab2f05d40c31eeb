"""The alert worker's two halves: `prepare` one message (pure work, in a thread), `commit` a batch (one script)."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic, thread_time
from typing import Any

from pydantic import ValidationError

from runtime.errors import InvalidMessage, TryAgain
from schemas import TaggedArticle
from services.alert.adapters.state import Ended, RedisState
from services.alert.candidate import Candidate, Outcome
from services.alert.costs import Costs, RuleCost
from services.alert.retractions import page_key
from services.alert.rulebook import Rulebook
from services.alert.tagged_article_to_alerts import candidate_of, edit_of

log = logging.getLogger("tocsin.alert")

TURN_SECONDS = 0.5  # how long a batch waits here for older ones of other workers, before the stage has a say
LOOK_SECONDS = 0.005
MOST_ATTEMPTS = 50  # times a batch is decided again because another worker was faster


class Contended(TryAgain):
    """Other workers wrote between every reading and writing; the batch stays pending."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message that is ready to be decided."""

    data: bytes
    candidate: Candidate | None = None
    dropped: str = ""  # why it is of no use
    costs: Mapping[str, RuleCost] = field(default_factory=dict)
    edit: Candidate | None = None  # without a rule that holds: the article, if its page can have rung before


@dataclass(frozen=True, slots=True)
class CommitReport:
    """What a commit did: inputs ended, events written, candidates by state, and all outcomes."""

    done: int
    rang: int
    states: Counter[str] = field(default_factory=Counter)
    outcomes: tuple[Outcome, ...] = ()
    costs: Mapping[str, RuleCost] = field(default_factory=dict)  # by rule, of all articles that ended
    dropped: Counter[str] = field(default_factory=Counter)  # articles of no use, by reason
    early: int = 0  # inputs at the end of the batch that did not end, for older ones of other workers have not


@dataclass
class Alerter:
    """Turns tagged articles into alerts; `rulebook` may be replaced at any time, whole."""

    rulebook: Rulebook
    state: RedisState
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    on_report: Callable[[CommitReport], None] | None = None
    redis: Any = None

    def prepare(self, data: bytes) -> Prepared:
        """Return a message ready to be decided; raises InvalidMessage when it is no TaggedArticle."""
        try:
            tagged = TaggedArticle.from_json(data)
        except ValidationError as error:
            raise InvalidMessage(f"expected a TaggedArticle: {error}") from error
        costs = Costs(thread_time)
        candidate = candidate_of(tagged, self.rulebook, costs)
        is_canary = tagged.article.canary
        dropped = "" if candidate else "canary_without_rule" if is_canary else "no_rule"
        edit = None if candidate else edit_of(tagged, self.rulebook)
        return Prepared(b"" if is_canary else data, candidate, dropped, costs.by_rule, edit)

    async def hand_off(self, done: Sequence[tuple[str, Any]]) -> int:
        """End a batch; the runtime's hand-off. What the stage dropped by itself comes with its `reason`.

        Returns how many ended: less than all when they end in order and older ones of other workers have not.
        """
        prepared = [
            (id, one if isinstance(one, Prepared) else Prepared(b"", None, str(getattr(one, "reason", "dropped"))))
            for id, one in done
        ]
        until = monotonic() + TURN_SECONDS
        while prepared and (await self._is_their_turn(prepared, until)):
            report = await self.commit(self.redis, prepared)
            if self.on_report is not None:
                self.on_report(report)
            prepared = prepared[len(prepared) - report.early :]
        return len(done) - len(prepared)

    async def _is_their_turn(self, batch: Sequence[tuple[str, Prepared]], until: float) -> bool:
        """Return whether nothing older than a batch is left, after a while; deciding early would be in vain."""
        while not await self.state.is_oldest(self.redis, batch[0][0]):
            if monotonic() > until:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True

    async def commit(self, redis: Any, batch: Sequence[tuple[str, Prepared]]) -> CommitReport:
        """Decide a batch and write it, in one atomic step; decides again when another worker was faster."""
        left, early = list(batch), 0
        for _ in range(MOST_ATTEMPTS):
            trying, now = await self._with_edits(redis, left), self.clock()
            deciding = [one.candidate for _, one in trying if one.candidate is not None]
            if deciding:
                version, decision, records = await self.state.decide(redis, deciding, now)
                outcomes = iter(decision.outcomes)
                ended = [_ended(id, one, next(outcomes) if one.candidate is not None else ()) for id, one in trying]
                # A commit without an event may still have counted an origin: it is guarded like any other.
                answer = await self.state.commit(
                    redis, ended, now=now, version=version, decision=decision, records=records
                )
            else:
                ended = [_ended(id, one, ()) for id, one in trying]
                answer = await self.state.commit(redis, ended, now=now)
            if answer[0] == "done":
                return replace(_report(answer, ended), early=early)
            if answer[0] == "gone":
                left = [(id, one) for id, one in left if id not in answer[1:]]
            if answer[0] == "early":
                first = int(answer[1])
                early = len(batch) - [id for id, _ in batch].index(left[first][0])
                left = left[:first]
        raise Contended(f"{len(left)} articles could not be decided in {MOST_ATTEMPTS} attempts")

    async def _with_edits(self, redis: Any, batch: Sequence[tuple[str, Prepared]]) -> list[tuple[str, Prepared]]:
        """Return a batch in which edits of pages that rang are candidates, too, though no rule holds for them."""
        possible = [one.edit.tagged.article for _, one in batch if one.edit is not None]
        are_edits = iter(await self.state.edited(redis, possible))
        deciding: set[str | None] = set()  # pages of this batch that may ring before they are found edited
        trying = []
        for id, one in batch:
            tried = one
            if one.edit is not None and (next(are_edits) | (page_key(one.edit.tagged.article) in deciding)):
                tried = replace(one, candidate=one.edit, dropped="")
            elif one.candidate is not None:
                deciding.add(page_key(one.candidate.tagged.article))
            trying.append((id, tried))
        return trying


def _ended(id: str, one: Prepared, outcomes: tuple[Outcome, ...]) -> Ended:
    """Return the end of an input; an edit that changed nothing ends like any article that no rule holds for."""
    dropped = "no_rule" if one.candidate is not None and not outcomes else one.dropped
    return Ended(id, one.data, dropped, outcomes, one.costs)


def _report(answer: Sequence[Any], ended: Sequence[Ended]) -> CommitReport:
    outcomes = tuple(outcome for one in ended for outcome in one.outcomes)
    costs = Costs(thread_time)
    for one in ended:
        for rule, cost in one.costs.items():
            costs.add(rule, cost.seconds, candidates=cost.candidates, hits=cost.hits)
    states = Counter(str(one.state) for one in outcomes)
    dropped = Counter(one.dropped for one in ended if one.dropped)
    return CommitReport(int(answer[1]), int(answer[2]), states, outcomes, costs.by_rule, dropped)
