"""What flows: Page → Article → TaggedArticle → Alert, and DeadLetter for what a stage gave up on.

Messages are frozen, versioned (`v`), lenient to unknown fields, and plain JSON on the wire. Fields are only ever added.
"""

from schemas.alert import (
    Alert,
    AlertArticle,
    AlertPage,
    AlertRule,
    AlertStory,
    CloudEvent,
    Evidence,
    EvidenceSpan,
    Retraction,
    Versions,
)
from schemas.article import Article, Zone
from schemas.dead_letter import DeadLetter
from schemas.found_date import FoundDate
from schemas.monitor_event import MonitorEvent, Silence
from schemas.page import Page
from schemas.source import Source
from schemas.tagged_article import Mention, Sentence, TaggedArticle, TopicHit, TopicSpan

__all__ = [
    "Alert",
    "AlertArticle",
    "AlertPage",
    "AlertRule",
    "AlertStory",
    "Article",
    "CloudEvent",
    "DeadLetter",
    "Evidence",
    "EvidenceSpan",
    "FoundDate",
    "Mention",
    "MonitorEvent",
    "Page",
    "Retraction",
    "Sentence",
    "Silence",
    "Source",
    "TaggedArticle",
    "TopicHit",
    "TopicSpan",
    "Versions",
    "Zone",
]
