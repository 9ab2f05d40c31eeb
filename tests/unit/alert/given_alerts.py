"""Tagged articles and rulebooks for tests: say the text, and which words are actors and topics."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas import Article, FoundDate, Mention, Sentence, Source, TaggedArticle, TopicHit, TopicSpan
from services.alert.rulebook import Rulebook, parse_rules
from services.alert.vocabulary import Names

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

ACTORS = {
    "Niger": "NER", "Nigerien": "NER", "Niamey": "NER", "Russia": "RUS", "Russian": "RUS", "Moscow": "RUS",
    "Mali": "MLI", "Bamako": "MLI", "France": "FRA", "Chad": "TCD", "Wagner": "wagner",
    "Burkina Faso": "BFA", "Ghana": "GHA",
}  # fmt: skip
TOPICS = {
    "military": ("military", "troops", "army"),
    "sport": ("football", "striker"),
    "coup": ("coup", "putsch"),
}
NAMES = Names(
    {
        **{name: ("actor", name_id) for name, name_id in ACTORS.items()},
        **{topic: ("topic", topic) for topic in TOPICS},
    },
    {"sahel": ("Mali", "Niger", "Burkina Faso")},
    version="names-1",
)


def a_rulebook(*rules: str, groups: str = "", names: Names = NAMES) -> Rulebook:
    """Return the rulebook of some rules, each written as the YAML of one list element."""
    indented = ["\n".join("    " + line for line in rule.strip("\n").splitlines()) for rule in rules]
    text = (f"groups: {groups}\n" if groups else "") + "rules:\n" + "\n".join("  - " + one.lstrip() for one in indented)
    return parse_rules({"rules.yaml": text}, names)


def a_rule(when: str, id: str = "r", **fields: str) -> str:
    """Return the YAML of a rule; the fields are written as given."""
    lines = [f"id: {id}", f"when: {when}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\n".join(lines)


def a_tagged_article(
    text: str,
    *,
    title: str = "",
    source: Source | str = "push",
    at: datetime = NOON,
    published: str | None = None,
    actors: Mapping[str, str] = ACTORS,
    topics: Mapping[str, tuple[str, ...]] = TOPICS,
    **fields: Any,
) -> TaggedArticle:
    """Return a tagged article: paragraphs end with a blank line, sentences with a full stop."""
    paragraphs = _paragraphs(text)
    sentences = _sentences(text, title, paragraphs)
    identity = hashlib.sha256(f"{title}{text}{source}{at}".encode()).hexdigest()
    article = Article(
        **{
            "id": "pg_" + identity[:24],
            "page_sha256": identity,
            "source": Source(id=source) if isinstance(source, str) else source,
            "title": title,
            "published": FoundDate(value=published, source="meta") if published else None,
            "fetched_at": at,
            "pushed_at": at,
            "language": "en",
            "text": text,
            "paragraphs": tuple(paragraphs),
            "fingerprint": identity[:16],
            "cleaner": "c1",
            **fields,
        }
    )
    mentions = [
        Mention(actor=actors[word], kind="name", text=word, **place)
        for word in actors
        for place in _places(word, article, sentences)
    ]
    return TaggedArticle(
        article=article,
        sentences=tuple(sentences),
        mentions=tuple(mentions),
        topics=_hits(article, sentences, topics),
        catalogue="cat1",
        tagger="tag1",
    )


def after(**time: float) -> datetime:
    """Return noon plus some time."""
    return NOON + timedelta(**time)


def _paragraphs(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in re.finditer(r"(?:[^\n]|\n(?!\n))+", text)]


def _sentences(text: str, title: str, paragraphs: list[tuple[int, int]]) -> list[Sentence]:
    sentences = [Sentence(start=0, end=len(title), paragraph=0, zone="title")]
    for number, (start, end) in enumerate(paragraphs, 1):
        for found in re.finditer(r"[^.!?]+[.!?]*", text[start:end]):
            stripped = found.group().strip()
            if stripped:
                begin = start + found.start() + len(found.group()) - len(found.group().lstrip())
                zone = "lede" if number == 1 else "body"
                sentences.append(Sentence(start=begin, end=begin + len(stripped), paragraph=number, zone=zone))
    return sentences


def _hits(article: Article, sentences: list[Sentence], topics: Mapping[str, tuple[str, ...]]) -> tuple[TopicHit, ...]:
    spans = {
        topic: tuple(TopicSpan(text=w, **place) for w in words for place in _places(w, article, sentences))
        for topic, words in topics.items()
    }
    return tuple(TopicHit(topic=topic, score=1.0, spans=found) for topic, found in spans.items() if found)


def _places(word: str, article: Article, sentences: list[Sentence]) -> list[dict[str, Any]]:
    found = []
    for number, sentence in enumerate(sentences):
        whole = article.title if number == 0 else article.text
        for match in re.finditer(rf"\b{re.escape(word)}\b", whole[sentence.start : sentence.end]):
            found.append(
                {
                    "start": sentence.start + match.start(),
                    "end": sentence.start + match.end(),
                    "sentence": number,
                    "paragraph": sentence.paragraph,
                    "zone": sentence.zone,
                }
            )
    return found
