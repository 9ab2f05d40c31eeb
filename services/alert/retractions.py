"""Retractions: a page that rang was edited, and no longer satisfies the rule.

What must stay true: an alert is retracted once, when no page is left that satisfied its rule; a page that satisfies it
later gives it a new revision. A rule that was changed or taken away since retracts nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from schemas import AlertPage, AlertStory, Article, CloudEvent, Evidence, Retraction, TaggedArticle
from services.alert.alert_event import alert_event, page_of
from services.alert.candidate import Candidate, Match, Outcome, ring_key
from services.alert.ledger import State
from services.alert.memory import Memory, Record
from services.alert.phrases import Phrases, folded
from services.alert.rule import Rule

REMEMBERED_FOR = timedelta(days=7)  # after it rang; who edits later writes history
RING_KEPT_FOR = timedelta(days=14)  # how long an alert can get revisions; longer than any story lasts
MOST_PAGES = 64  # remembered as satisfying a rule in one story; an edit of any other changes nothing
LEAST_ALIKE = 0.5  # of the words of a quote stand in the sentence that took its place


def page_key(article: Article) -> str | None:
    """Return the key of what a page rang for; None for a page without an address, which nobody can edit."""
    address = (article.url or "").partition("#")[0]
    return "page:" + hashlib.sha256(address.encode()).hexdigest()[:24] if address else None


def with_page(ring: Record, article: Article) -> Record:
    """Return the record of a rule that rang for a story with one more page that satisfies it."""
    page, pages = page_key(article) or article.id, ring.get("pages", [])
    return ring if page in pages or len(pages) >= MOST_PAGES else ring | {"pages": [*pages, page]}


def remember(memory: Memory, article: Article, match: Match, story: str, now: datetime) -> None:
    """Remember what a page rang for, so that an edit can be held against it."""
    key = page_key(article)
    if key is None:
        return
    told = {
        "version": match.rule.version,
        "story": story,
        "page": page_of(article).model_dump(mode="json"),
        "evidence": [one.model_dump(mode="json") for one in match.evidence],
    }
    rings = (memory.get(key, now) or {}).get("rings", {})
    memory.put(key, {"rings": {**rings, match.rule.id: told}}, now, REMEMBERED_FOR)


def is_edited(record: Record | None, article: Article) -> bool:
    """Return whether a page rang for something before, as an older page than this article."""
    return record is not None and any(_is_older(told, article) for told in record["rings"].values())


def _is_older(told: Record, article: Article) -> bool:
    page = told["page"]
    return page["id"] != article.id and datetime.fromisoformat(page["fetched_at"]) < article.fetched_at


def retractions(candidate: Candidate, memory: Memory, now: datetime) -> Iterator[Outcome]:
    """Yield what becomes of the alerts that an article's page rang for before, and that it no longer satisfies."""
    article = candidate.tagged.article
    key = page_key(article)
    record = memory.get(key, now) if key else None
    if record is None or not is_edited(record, article):
        return
    held, rings = {match.rule.id for match in candidate.matches}, dict(record["rings"])
    for id, told in sorted(record["rings"].items()):
        rule = candidate.rules.get(id)
        if id in held or rule is None or rule.version != told["version"] or not _is_older(told, article):
            continue
        del rings[id]
        yield from _withdrawn(rule, candidate.tagged, told, memory, now)
    memory.put(str(key), {"rings": rings}, now, REMEMBERED_FOR)


def _withdrawn(rule: Rule, tagged: TaggedArticle, told: Record, memory: Memory, now: datetime) -> Iterator[Outcome]:
    """Yield what becomes of one alert when one page less satisfies its rule."""
    story = told["story"]
    key = ring_key(rule.id, rule.version, story)
    ring = memory.get(key, now)
    if ring is None:
        return
    pages = [page for page in ring.get("pages", ()) if page != page_key(tagged.article)]
    if pages:
        memory.put(key, ring | {"pages": pages}, now, RING_KEPT_FOR)
        yield Outcome(rule.id, State.WITHDRAWN, ring["id"], story)
        return
    ring = ring | {"pages": [], "revision": ring["revision"] + 1, "is_retracted": True}
    memory.put(key, ring, now, RING_KEPT_FOR)
    known = memory.get(f"story:{story}", now)
    numbers = {"pages": known["pages"], "origins": len(known["origins"])} if known else {}
    event = None
    if not rule.is_shadow:
        event = retraction_event(
            rule, tagged, told, AlertStory(id=story, revision=ring["revision"], **numbers), id=ring["id"], now=now
        )
    yield Outcome(rule.id, State.RETRACTED, ring["id"], story, event)


def retraction_event(
    rule: Rule, tagged: TaggedArticle, told: Record, story: AlertStory, *, id: str, now: datetime
) -> CloudEvent:
    """Return the event that takes an alert back: its evidence as it stood, and what stands there now."""
    evidence = tuple(Evidence.model_validate(one) for one in told["evidence"])
    missing = tuple(_missing(evidence, tagged))
    retraction = Retraction(
        page=AlertPage.model_validate(told["page"]), now=tuple(_now(one, tagged) for one in evidence), missing=missing
    )
    because = f"the page was edited and no longer satisfies: {rule.when or 'weights'}"
    because += f"; gone: {', '.join(missing)}" if missing else ""
    event = alert_event(rule, tagged, evidence, story=story, id=id, because=because, now=now)
    data = event.data.model_copy(update={"state": "retracted", "retraction": retraction})
    return event.model_copy(update={"type": "tocsin.alert.retracted", "data": data, "time": now})


def _missing(evidence: Sequence[Evidence], tagged: TaggedArticle) -> Iterator[str]:
    """Yield what the quotes named and the article no longer mentions, as it was written there."""
    actors = {mention.actor for mention in tagged.mentions}
    topics = {hit.topic for hit in tagged.topics}
    spans = [span for one in evidence for span in one.spans]
    phrases = Phrases.of(span.phrase for span in spans if span.phrase)
    said = {phrase for text in (tagged.article.title, tagged.article.text) for phrase, _, _ in phrases.find(text)}
    seen: set[Any] = set()
    for span in spans:
        is_there = span.actor in actors or span.topic in topics or span.phrase in said
        if not is_there and (what := span.actor or span.topic or span.phrase) not in seen:
            seen.add(what)
            yield span.text


def _now(evidence: Evidence, tagged: TaggedArticle) -> str:
    """Return the sentence that stands where a quote stood: the one most like it; "" when none is like it at all."""
    quoted = set(folded(evidence.quote).split())
    best, likeness = "", LEAST_ALIKE
    for number, sentence in enumerate(tagged.sentences):
        text = (tagged.article.title if number == 0 else tagged.article.text)[sentence.start : sentence.end]
        words = set(folded(text).split())
        alike = len(quoted & words) / max(1, len(quoted))
        if alike > likeness or (alike == likeness and not best):
            best, likeness = text, alike
    return best
