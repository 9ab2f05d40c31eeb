"""Backtest: what rules would have done with articles that have been; delivers nothing, remembers nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from schemas import TaggedArticle
from services.alert.candidate import Outcome
from services.alert.ledger import State
from services.alert.rulebook import Rulebook
from services.desk.simulation import Simulation

BATCH = 32
NOISY_A_DAY = 24.0  # more alerts a day than one an hour is noise


class Archived(NamedTuple):
    """An article that was decided before, and when."""

    at: datetime
    tagged: TaggedArticle


class Example(NamedTuple):
    """One alert of a backtest."""

    alert: str
    at: datetime
    title: str
    quote: str
    page: str = ""  # id


@dataclass
class RuleBacktest:
    """What one rule would have done."""

    rule: str
    states: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)  # ids of the alerts that would have been opened, in order

    def a_day(self, span: timedelta) -> float:
        """Return how many alerts a day that is."""
        return len(self.alerts) / max(span / timedelta(days=1), 1 / 24)

    def is_noisy(self, span: timedelta) -> bool:
        """Whether nobody would read so many alerts."""
        return self.a_day(span) > NOISY_A_DAY


@dataclass
class Backtest:
    """What a rulebook would have done with some articles."""

    version: str
    articles: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    rules: dict[str, RuleBacktest] = field(default_factory=dict)

    @property
    def span(self) -> timedelta:
        """How long the articles took to come."""
        if self.first_at is None or self.last_at is None:
            return timedelta(0)
        return self.last_at - self.first_at

    @property
    def alerts(self) -> list[str]:
        """Ids of all alerts that would have been opened."""
        return sorted(alert for rule in self.rules.values() for alert in rule.alerts)


class Difference(NamedTuple):
    """What another version of the rules would have changed for one rule: titles of alerts."""

    rule: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def backtest(rulebook: Rulebook, archive: Iterable[Archived]) -> Backtest:
    """Return what rules would have done with articles, in the order and at the times they were decided."""
    simulation, result = Simulation(rulebook), Backtest(rulebook.version)
    result.rules = {id: RuleBacktest(id) for id in rulebook.rules}
    for batch in _batches(archive):
        for (at, tagged), outcomes in zip(batch, simulation.read_many(batch), strict=True):
            result.articles += 1
            result.first_at = at if result.first_at is None else min(result.first_at, at)
            result.last_at = at if result.last_at is None else max(result.last_at, at)
            for outcome in outcomes:
                _count(result.rules[outcome.rule], outcome, at, tagged)
    return result


def compare(before: Backtest, after: Backtest) -> list[Difference]:
    """Return what changed between two backtests of the same articles, by rule and by the pages that rang.

    Ids of alerts say nothing here: they differ with the version of the rule.
    """
    differences = []
    for id in sorted(before.rules.keys() | after.rules.keys()):
        old, new = _titles(before.rules.get(id)), _titles(after.rules.get(id))
        gained = tuple(title for page, title in new.items() if page not in old)
        lost = tuple(title for page, title in old.items() if page not in new)
        if gained or lost:
            differences.append(Difference(id, gained, lost))
    return differences


def _titles(rule: RuleBacktest | None) -> dict[str, str]:
    """Return the titles of the pages that rang, by page."""
    return {example.page: example.title for example in rule.examples} if rule else {}


def _count(rule: RuleBacktest, outcome: Outcome, at: datetime, tagged: TaggedArticle) -> None:
    rule.states[str(outcome.state)] += 1
    if outcome.state in (State.RANG, State.SHADOW) and outcome.alert and outcome.alert not in rule.alerts[-1:]:
        rule.alerts.append(outcome.alert)
        evidence = outcome.event.data.evidence if outcome.event else ()
        quote = evidence[0].quote if evidence else ""
        title = tagged.article.title or quote[:80]
        rule.examples.append(Example(outcome.alert, at, title, quote, tagged.article.id))


def _batches(archive: Iterable[Archived]) -> Iterator[Sequence[Archived]]:
    rest = iter(archive)
    while batch := list(islice(rest, BATCH)):
        yield batch
