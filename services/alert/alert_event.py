"""The alert itself: what stands in the `alerts` stream when a rule rings."""

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from schemas import (
    Alert,
    AlertArticle,
    AlertPage,
    AlertRule,
    AlertStory,
    Article,
    CloudEvent,
    Evidence,
    TaggedArticle,
    Versions,
)
from services.alert.rule import Rule
from services.alert.sketch import published_at

STALE_AFTER = timedelta(days=7)  # older news is still told, but marked, so that nobody takes it for breaking
UNNUMBERED = "0" * 20  # stands for the sequence number until the commit knows it; numbers sort as text


def alert_id(rule: Rule, story: str, window: str = "") -> str:
    """Return the id of the alert of a rule in one version for one story (and window); the same wherever it is made."""
    told = "\x1f".join((rule.id, rule.version, story, window))
    return "al_" + hashlib.sha256(told.encode()).hexdigest()[:24]


def age_of(article: Article, now: datetime) -> timedelta | None:
    """Return how long ago an article was published; None when it does not say."""
    published = published_at(article)
    return None if published is None else max(now - published, timedelta(0))


def alert_event(
    rule: Rule,
    tagged: TaggedArticle,
    evidence: tuple[Evidence, ...],
    *,
    story: AlertStory,
    id: str,
    because: str,
    now: datetime,
) -> CloudEvent:
    """Return the event that opens an alert or gives it a new revision."""
    article, revision = tagged.article, story.revision
    state: Literal["opened", "updated"] = "opened" if revision == 1 else "updated"
    age = age_of(article, now)
    alert = Alert(
        id=id,
        revision=revision,
        state=state,
        rule=AlertRule(id=rule.id, version=rule.version, title=rule.title, severity=rule.severity, tags=rule.tags),
        story=story,
        page=page_of(article),
        article=AlertArticle(
            title=article.title,
            site=article.site,
            authors=article.authors,
            language=article.language,
            published=article.published,
            updated=article.updated,
            is_stale=age is not None and age > (rule.where.max_age or STALE_AFTER),
            fingerprint=article.fingerprint,
        ),
        evidence=evidence,
        because=because,
        entities=tagged.entities,
        versions=Versions(cleaner=article.cleaner, tagger=tagged.tagger, catalogue=tagged.catalogue, rule=rule.version),
        decided_at=now,
    )
    return CloudEvent(
        id=f"{id}-r{revision}",
        type=f"tocsin.alert.{state}",
        source=f"/rules/{rule.id}",
        subject=story.id,
        time=_published_in_a_zone(article) or now,
        sequence=UNNUMBERED,
        data=alert,
    )


def page_of(article: Article) -> AlertPage:
    """Return the page of an article, as an alert names it."""
    return AlertPage(
        id=article.id,
        sha256=article.page_sha256,
        url=article.url,
        source=article.source,
        fetched_at=article.fetched_at,
        pushed_at=article.pushed_at,
    )


def _published_in_a_zone(article: Article) -> datetime | None:
    """Return when an article was published, when its page says so to the minute and with a time zone."""
    if article.published is None or "T" not in article.published.value:
        return None
    try:
        found = datetime.fromisoformat(article.published.value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None
