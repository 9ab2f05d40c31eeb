"""The facts of an entry of the alert log: what filters, lists and stories ask about it.

Read leniently from the JSON, not through the models: an entry of a newer sender must still be delivered, and a resume
of a hundred thousand entries must not build a hundred thousand models.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from schemas.monitor_event import CANARY, MONITOR_TYPES
from services.deliver.positions import to_sequence

SEVERITIES = ("low", "medium", "high", "critical")
HIDDEN_TYPES = (CANARY,)  # it has a stream of its own, and is told only to who asks for it
UNASKED_TYPES = (*HIDDEN_TYPES, *MONITOR_TYPES)  # who asks for no type gets everything else


@dataclass(frozen=True, slots=True)
class Facts:
    """What is asked about one event; times are ISO 8601 as they stand in it."""

    id: str  # of the entry in the log
    event: str
    type: str
    alert: str = ""
    revision: int = 1
    state: str = "opened"
    rule: str = ""
    rule_title: str = ""
    severity: str = "medium"
    tags: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    story: str = ""
    pages: int = 1
    origins: int = 1
    language: str = ""
    source: str = ""
    source_name: str = ""
    names: tuple[tuple[str, str], ...] = ()  # actors with a name the text gives them
    title: str = ""
    decided_at: str = ""
    text: str = ""  # title and quotes in lower case, for a search


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry ready to deliver: its facts and its CloudEvent as JSON, with a sequence."""

    facts: Facts
    data: bytes

    @property
    def id(self) -> str:
        """Its id in the log."""
        return self.facts.id

    @property
    def is_news(self) -> bool:
        """Whether it is for everyone, and not only for who asks for its type."""
        return self.facts.type not in UNASKED_TYPES


def to_entry(id: str, data: bytes) -> Entry | None:
    """Return an entry of the log ready to deliver; None when it is no event, or one that nobody is to see."""
    try:
        event = _event(data)
        facts = _facts(id, event)
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
    return None if facts.type in HIDDEN_TYPES else Entry(facts, _ready(id, event, data))


def to_data(id: str, data: bytes) -> bytes | None:
    """Return the JSON of an event ready to deliver, whatever it holds; half the work, for those who want all news."""
    try:
        event = _event(data)
    except (ValueError, TypeError):
        return None
    return None if event["type"] in UNASKED_TYPES else _ready(id, event, data)


def _event(data: bytes) -> dict[str, Any]:
    """Return the event in `data`; raises ValueError or TypeError when it is none."""
    event = orjson.loads(data)
    if not isinstance(event, dict) or not (isinstance(event.get("id"), str) and isinstance(event.get("type"), str)):
        raise TypeError("expected an event with id and type")
    return event


def _ready(id: str, event: dict[str, Any], data: bytes) -> bytes:
    """Return the JSON on one line, with a sequence."""
    if not event.get("sequence"):
        return orjson.dumps({**event, "sequence": to_sequence(id)})
    return orjson.dumps(event) if b"\n" in data or b"\r" in data else data


def _facts(id: str, event: dict[str, Any]) -> Facts:
    alert = event.get("data") or {}
    if "rule" not in alert:
        return _other_facts(id, event)
    rule, story, article = alert["rule"], alert.get("story") or {}, alert.get("article") or {}
    evidence = alert.get("evidence") or ()
    spans = [span for one in evidence for span in one.get("spans") or ()]
    source = (alert.get("page") or {}).get("source") or {}
    title = article.get("title") or ""
    return Facts(
        id=id,
        event=event["id"],
        type=event["type"],
        alert=alert["id"],
        revision=alert.get("revision", 1),
        state=alert.get("state", "opened"),
        rule=rule["id"],
        rule_title=rule.get("title") or rule["id"],
        severity=rule["severity"] if rule.get("severity") in SEVERITIES else "medium",
        tags=frozenset(rule.get("tags") or ()),
        actors=frozenset(span["actor"] for span in spans if span.get("actor")),
        topics=frozenset(span["topic"] for span in spans if span.get("topic")),
        story=story.get("id") or "",
        pages=story.get("pages", 1),
        origins=story.get("origins", 1),
        language=article.get("language") or "",
        source=source.get("id") or "",
        source_name=source.get("name") or article.get("site") or "",
        names=tuple({one["actor"]: one["text"] for one in spans if _is_name(one)}.items()),
        title=title,
        decided_at=alert.get("decided_at") or event.get("time") or "",
        text="\n".join((title, *(one.get("quote") or "" for one in evidence))).casefold(),
    )


def _other_facts(id: str, event: dict[str, Any]) -> Facts:
    """Return the facts of what is no alert: a silence of a source or a rule can be filtered by its name."""
    about, subject = event.get("data") or {}, event.get("subject") or ""
    kind = str(about.get("kind") or "")
    return Facts(
        id=id,
        event=event["id"],
        type=event["type"],
        decided_at=event.get("time") or "",
        rule=subject if kind == "rule" else "",
        source=subject if kind == "source" else "",
        language=subject if kind == "language" else "",
    )


def _is_name(span: dict[str, Any]) -> bool:
    """Return whether a span calls its actor by name; "the Russian ministry" is no name of Russia."""
    actor, kind = span.get("actor"), span.get("kind")
    return bool(actor) and (kind == "name" or (kind == "organisation" and not str(actor).isupper()))
