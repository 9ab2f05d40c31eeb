"""TaggedArticle: an article with the actors and topics it speaks of, each at its place."""

from typing import Literal

from schemas.article import Article, ZoneKind
from schemas.message import Message, Part

# How a text names an actor.
MentionKind = Literal["name", "demonym", "capital", "metonym", "leader", "organisation"]


class Sentence(Part):
    """A sentence; number 0 is the title and slices `Article.title`, the others slice `Article.text`."""

    start: int
    end: int
    paragraph: int  # 0 is the title, n the n-th paragraph of the text
    zone: ZoneKind


class Mention(Part):
    """One mention of an actor; offsets are code points of the title (zone "title") or of the text (else)."""

    actor: str  # ISO 3166-1 alpha-3 for states, a lower-case slug otherwise
    kind: MentionKind
    text: str
    start: int
    end: int
    sentence: int
    paragraph: int
    zone: ZoneKind


class TopicSpan(Part):
    """A phrase that speaks of a topic; offsets as in Mention."""

    text: str
    start: int
    end: int
    sentence: int
    paragraph: int
    zone: ZoneKind


class TopicHit(Part):
    """A topic the article is about, with the phrases that say so."""

    topic: str
    score: float
    spans: tuple[TopicSpan, ...]


class Entity(Part):
    """A person, organisation or place that a trained model found; never decides an alert."""

    text: str
    label: Literal["person", "organisation", "place"]
    count: int = 1


class TaggedArticle(Message):
    """An article with its sentences, mentions and topics. Sentence and paragraph 0 are the title."""

    article: Article
    sentences: tuple[Sentence, ...]
    mentions: tuple[Mention, ...] = ()
    topics: tuple[TopicHit, ...] = ()
    entities: tuple[Entity, ...] = ()
    catalogue: str  # version of the actors and topics the tagger used
    tagger: str  # version of the tagger's code
