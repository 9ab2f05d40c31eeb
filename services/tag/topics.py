"""Topics: weighted phrases found in a text become topic hits, with the phrases as evidence."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.tag.automaton import Hit
from services.tag.candidates import counts_in
from services.tag.catalogue import Topic, TopicPhrase

# A text too short to say it twice: one medium phrase is enough there.
_SHORT_WORDS = 60
_SHORT_THRESHOLD = 0.5
_LONG_WORDS = 250  # a longer text says it twice, or is about something else
# What a repeated phrase still adds: the same words again say less than other words.
_REPEATED = (1.0, 0.5, 0.25)


class Found(NamedTuple):
    """A topic phrase at [start, end) of the title (`in_title`) or the text."""

    start: int
    end: int
    phrase: TopicPhrase
    in_title: bool


class Scored(NamedTuple):
    """A topic that reaches its threshold."""

    topic: str
    score: float
    found: tuple[Found, ...]


def found_phrases(hits: Iterable[Hit], language: str | None, *, in_title: bool) -> list[Found]:
    """Return the topic phrases among the hits: per topic leftmost-longest, without those that an exclusion hides."""
    spans = [
        Found(start, end, phrase, in_title)
        for start, end, pattern in hits
        if pattern.topics
        for phrase in pattern.topics
        if counts_in(phrase.language, language)
    ]
    spans.sort(key=_leftmost_longest)
    taken: dict[str, int] = {}
    kept = []
    for one in spans:
        if one.start >= taken.get(one.phrase.topic, 0):
            taken[one.phrase.topic] = one.end
            kept.append(one)
    return kept


def _leftmost_longest(one: Found) -> tuple[int, int]:
    return one.start, -one.end


def score_topics(found: Iterable[Found], topics: Mapping[str, Topic], word_count: int) -> list[Scored]:
    """Return the topics that are hit, in the order of the catalogue; `word_count` is of title and text together."""
    by_topic: dict[str, list[Found]] = {}
    for one in found:
        if one.phrase.weight:
            by_topic.setdefault(one.phrase.topic, []).append(one)
    hits = []
    for topic in topics.values() if by_topic else ():
        spans = by_topic.get(topic.id)
        if spans:
            score = _score(spans)
            least = topic.threshold * (_SHORT_THRESHOLD if word_count < _SHORT_WORDS else 1.0)
            evidence = tuple(one for one in spans if one.phrase.weight > 0)
            is_enough = len(evidence) > 1 or word_count < _LONG_WORDS
            if is_enough and score >= max(least, topic.per_1000_words * word_count / 1000):
                hits.append(Scored(topic.id, round(score, 2), evidence))
    return hits


def _score(spans: list[Found]) -> float:
    """Return the summed weights; a phrase counts less each time it comes back, and half more in the title."""
    seen: dict[str, int] = {}
    score = 0.0
    for one in spans:
        times = seen.get(one.phrase.text, 0)
        seen[one.phrase.text] = times + 1
        score += one.phrase.weight * _REPEATED[min(times, 2)] * (1.5 if one.in_title else 1.0)
    return score
