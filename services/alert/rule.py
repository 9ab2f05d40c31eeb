"""A rule, as the alerter keeps it: what must be in an article, from whom, how often, and when it may ring."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from schemas.alert import Severity
from services.alert.clauses import Clause, Term


@dataclass(frozen=True, slots=True)
class Where:
    """Filters; an attribute that is unknown never satisfies one (fail closed). None means: not asked."""

    languages: frozenset[str] | None = None  # ISO 639-1
    tiers: frozenset[int] | None = None
    sources: frozenset[str] | None = None  # ids
    not_sources: frozenset[str] | None = None
    countries: frozenset[str] | None = None  # of the source, ISO 3166-1 alpha-3
    owners: frozenset[str] | None = None
    zones: frozenset[str] | None = None  # only what stands in these zones counts
    max_age: timedelta | None = None  # since publication; an article without a date is not young


@dataclass(frozen=True, slots=True)
class Over:
    """At least `origins` independent origins within `window` of event time; of the rule, or of one story."""

    origins: int
    window: timedelta
    per_story: bool = False


@dataclass(frozen=True, slots=True)
class Spike:
    """In the last `window` at least `at_least` origins, and `times` as many as such a window has had on average.

    The average is over as much of `baseline` as was really seen; before `learn` of it was seen nothing rings.
    """

    window: timedelta
    baseline: timedelta
    learn: timedelta
    at_least: int = 5
    times: float = 3.0


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which the rule stays silent, on the clock of a time zone; may run over midnight."""

    start: time
    end: time
    zone: str
    days: frozenset[int] | None = None  # 0 is Monday; the day on which the quiet hours begin

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in one version."""

    id: str
    title: str
    when: str  # the condition as written
    condition: Clause  # with `within` and `weights` worked in
    version: str  # hash of everything but the tests
    where: Where = Where()
    mentions: tuple[tuple[tuple[Term, ...], int], ...] = ()  # at least so many mentions of any of the terms together
    over: Over | None = None
    spike: Spike | None = None
    severity: Severity = "medium"
    cooldown: timedelta | None = None
    tags: tuple[str, ...] = ()
    mute_until: datetime | None = None
    is_muted: bool = False
    quiet: Quiet | None = None
    is_shadow: bool = False
    description: str = ""
    tests: tuple[dict[str, Any], ...] = field(default=(), hash=False, compare=False)
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
