"""Builders of alerts and their events that show only what matters to a test."""

import hashlib
from datetime import timedelta
from typing import Any

from schemas import (
    Alert,
    AlertArticle,
    AlertPage,
    AlertRule,
    AlertStory,
    CloudEvent,
    Evidence,
    EvidenceSpan,
    FoundDate,
    Source,
    Versions,
)
from tests.given import NOON

QUOTE = "Russia and Niger have agreed to develop military cooperation."


def an_evidence(quote: str = QUOTE, start: int = 0, spans: tuple[EvidenceSpan, ...] | None = None) -> Evidence:
    if spans is None:
        spans = tuple(
            EvidenceSpan(start=start + at, end=start + at + len(text), text=text, **named)
            for text, named in (
                ("Russia", {"actor": "RUS", "kind": "name"}),
                ("Niger", {"actor": "NER", "kind": "name"}),
                ("military cooperation", {"topic": "military"}),
            )
            if (at := quote.find(text)) >= 0
        )
    return Evidence(zone="lede", sentence=1, paragraph=1, start=start, end=start + len(quote), quote=quote, spans=spans)


def an_alert(number: int = 1, **given: Any) -> Alert:
    """An alert of its own story; `rule`, `title`, `severity`, `tags`, `story`, `url` and `minutes` are shortcuts."""
    rule, story = given.pop("rule", "niger-russia"), given.pop("story", f"st_{number:08x}")
    digest = hashlib.sha256(f"{rule}{number}".encode()).hexdigest()
    at = NOON + timedelta(minutes=given.pop("minutes", number))
    defaults: dict[str, Any] = {
        "id": "al_" + digest[:24],
        "rule": AlertRule(
            id=rule,
            version="abc123",
            title=given.pop("rule_title", "Niger and Russia: military ties"),
            severity=given.pop("severity", "high"),
            tags=given.pop("tags", ("sahel",)),
        ),
        "story": AlertStory(
            id=story, pages=given.pop("pages", 1), origins=given.pop("origins", 1), revision=given.get("revision", 1)
        ),
        "page": AlertPage(
            id="pg_" + digest[:24],
            sha256=digest,
            url=given.pop("url", f"https://news.example/{number}"),
            source=given.pop("source", Source(id="example", name="Example News", country="NER", tier=1)),
            fetched_at=at,
            pushed_at=at,
        ),
        "article": AlertArticle(
            title=given.pop("title", f"Russia and Niger agree on military ties ({number})"),
            site="Example News",
            language="en",
            published=FoundDate(value="2026-01-01T11:30:00+00:00", source="json-ld"),
        ),
        "evidence": (an_evidence(),),
        "because": "Niger [Niger] and Russia [Russia] and military [military cooperation]",
        "versions": Versions(cleaner="c1", tagger="t1", catalogue="k1", rule="abc123"),
        "decided_at": at,
    }
    return Alert(**{**defaults, **given})


def an_event(alert: Alert | int = 1, **given: Any) -> CloudEvent:
    alert = an_alert(alert, **given) if isinstance(alert, int) else alert
    return CloudEvent(
        id=f"{alert.id}-r{alert.revision}",
        type=f"tocsin.alert.{alert.state}",
        source=f"/rules/{alert.rule.id}",
        subject=alert.story.id,
        time=alert.decided_at,
        data=alert,
    )
