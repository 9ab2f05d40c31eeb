"""What is decided on and what comes of it: candidates, their matches, and outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas import CloudEvent, Evidence, TaggedArticle
from services.alert.ledger import State
from services.alert.rule import Rule
from services.alert.sketch import Sketch


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that holds for an article, and the sentences that prove it."""

    rule: Rule
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article for which a rule holds, or did before its page was edited, ready to be decided."""

    tagged: TaggedArticle
    matches: tuple[Match, ...] = ()
    sketch: Sketch | None = None  # None without matches
    rules: Mapping[str, Rule] = field(default_factory=dict)  # in force, by id


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one rule and one article."""

    rule: str
    state: State
    alert: str | None = None  # id, when there is an alert (also one that was not changed)
    story: str | None = None
    event: CloudEvent | None = None  # when something is to be sent


def ring_key(rule: str, version: str, story: str) -> str:
    """Return the key of the record of a rule that rang for a story."""
    return f"ring:{rule}:{version}:{story}"
