"""Alert: a rule's claim about one story with the evidence for it, in a CloudEvents 1.0 envelope."""

from typing import Literal

from pydantic import AwareDatetime

from schemas.article import ZoneKind
from schemas.found_date import FoundDate
from schemas.message import Message, Part
from schemas.source import Source
from schemas.tagged_article import Entity

Severity = Literal["low", "medium", "high", "critical"]


class AlertRule(Part):
    """The rule that rang, in the version that rang."""

    id: str
    version: str  # hash of the rule's content
    title: str
    severity: Severity = "medium"
    tags: tuple[str, ...] = ()


class AlertStory(Part):
    """The story the alert is about: how many pages and how many independent origins tell it so far."""

    id: str
    pages: int = 1
    origins: int = 1
    revision: int = 1


class AlertPage(Part):
    """The page that rang, so that anyone can fetch and check it."""

    id: str
    sha256: str  # of the raw page
    url: str | None = None
    source: Source = Source()
    fetched_at: AwareDatetime
    pushed_at: AwareDatetime


class AlertArticle(Part):
    """What a reader wants to know of the article; unknown stays None."""

    title: str = ""
    site: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    published: FoundDate | None = None
    updated: FoundDate | None = None
    is_stale: bool = False  # published longer before the decision than the rule's or the default limit
    fingerprint: str = ""


class EvidenceSpan(Part):
    """A stretch of the quote's text that satisfies a clause; offsets as in Evidence."""

    start: int
    end: int
    text: str
    actor: str | None = None
    topic: str | None = None
    phrase: str | None = None
    name: str | None = None  # what the rule calls it
    kind: str | None = None  # how the actor is named: name, demonym, capital, metonym, leader, organisation


class Evidence(Part):
    """A sentence that satisfied the rule; offsets are code points of the text, or of the title in zone "title"."""

    zone: ZoneKind
    sentence: int
    paragraph: int
    start: int
    end: int
    quote: str
    spans: tuple[EvidenceSpan, ...]


class Versions(Part):
    """What has to be the same for the alert to be derived again."""

    cleaner: str
    tagger: str
    catalogue: str
    rule: str


class Retraction(Part):
    """Why an alert was taken back: its page was edited. The alert's evidence quotes the page as it rang."""

    page: AlertPage  # as it rang; the alert's own `page` and `article` are those of the edited page
    now: tuple[str, ...] = ()  # for each quote the sentence that stands in its place; "" when none does
    missing: tuple[str, ...] = ()  # what the quotes named and the page no longer mentions


class Alert(Message):
    """A rule rang for a story, because of these sentences, from this page."""

    id: str  # "al_" + 24 hex digits of (rule id, rule version, story, window)
    revision: int = 1
    state: Literal["opened", "updated", "retracted"] = "opened"
    rule: AlertRule
    story: AlertStory
    page: AlertPage
    article: AlertArticle
    evidence: tuple[Evidence, ...]
    because: str = ""  # the rule's condition with its values, for a person
    entities: tuple[Entity, ...] = ()
    versions: Versions
    retraction: Retraction | None = None  # only when state is "retracted"
    decided_at: AwareDatetime


class CloudEvent(Message):
    """CloudEvents 1.0, structured JSON: what stands in the `alerts` stream and what SSE and webhooks send."""

    specversion: Literal["1.0"] = "1.0"
    id: str  # alert id and revision: "al_…-r1"
    type: str  # tocsin.alert.opened, tocsin.alert.updated …
    source: str  # /rules/<rule id>
    subject: str | None = None  # story id
    time: AwareDatetime
    sequence: str | None = None  # sorts as text in the order of the log
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str = "https://tocsin.invalid/schemas/alert.v1.json"
    traceparent: str | None = None
    data: Alert
