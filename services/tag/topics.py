"""Topics: weighted phrases found in a text become topic hits, with the phrases as evidence.

What an article is about stands in its title and its first sentences: a strong phrase there is enough. Further down a
topic must be said in more than one way, and often enough for the length.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.tag.automaton import Hit
from services.tag.candidates import counts_in
from services.tag.catalogue import Topic, TopicPhrase

# A text too short to say it twice: one medium phrase is enough there.
_SHORT_WORDS = 60
_SHORT_THRESHOLD = 0.5
_LONG_WORDS = 250  # a longer text says it twice, or is about something else
LEDE_CHARS = 400  # two long sentences: flat texts come as one paragraph, which is no lede
_STRONG, _MEDIUM = 2.0, 1.0
_STEM_CHARS = 5  # attaque and attaques are one word that comes back, not two that agree
# What a repeated phrase still adds: the same words again say less than other words.
_REPEATED = (1.0, 0.5, 0.25)


class Found(NamedTuple):
    """A topic phrase at [start, end) of the title (`in_title`) or the text; `in_lede` when the text begins there."""

    start: int
    end: int
    phrase: TopicPhrase
    in_title: bool
    in_lede: bool = False


class Scored(NamedTuple):
    """A topic that reaches its threshold."""

    topic: str
    score: float
    found: tuple[Found, ...]


def found_phrases(
    text: str, hits: Iterable[Hit], language: str | None, *, in_title: bool, lede_end: int = 0
) -> list[Found]:
    """Return the topic phrases among the hits: per topic leftmost-longest, without those that an exclusion hides."""
    spans = [
        Found(start, end, phrase, in_title, not in_title and start < lede_end)
        for start, end, pattern in hits
        if pattern.topics
        for phrase in pattern.topics
        if counts_in(phrase.language, language) and (phrase.language != "fr" or _is_spelt(phrase, text[start:end]))
    ]
    spans.sort(key=_leftmost_longest)
    taken: dict[str, int] = {}
    kept = []
    for one in spans:
        if one.start >= taken.get(one.phrase.topic, 0):
            taken[one.phrase.topic] = one.end
            kept.append(one)
    return kept


def _is_spelt(phrase: TopicPhrase, surface: str) -> bool:
    """Return whether no letter has an accent that the phrase lacks: basé is not base, while etat may be état."""
    if surface.isascii():
        return True
    pairs = zip(phrase.text.lower(), surface.lower(), strict=False)
    return all(
        wanted == found or not (wanted.isascii() and wanted.isalpha()) or found.isascii() for wanted, found in pairs
    )


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
            if score >= least and (_is_prominent(evidence) or _is_enough(evidence, score, topic, word_count)):
                hits.append(Scored(topic.id, round(score, 2), evidence))
    return hits


def _is_prominent(evidence: Iterable[Found]) -> bool:
    """Return whether a strong phrase stands in the title or the lede."""
    return any(one.phrase.weight >= _STRONG and (one.in_title or one.in_lede) for one in evidence)


def _is_enough(evidence: tuple[Found, ...], score: float, topic: Topic, word_count: int) -> bool:
    """Return whether the topic is said densely enough, not by weak words alone, and in a long text by two words."""
    if score < topic.per_1000_words * word_count / 1000 or all(one.phrase.weight < _MEDIUM for one in evidence):
        return False
    return word_count < _LONG_WORDS or len({one.phrase.text[:_STEM_CHARS].lower() for one in evidence}) > 1


def _score(spans: list[Found]) -> float:
    """Return the summed weights; a phrase counts less each time it comes back, and half more in the title."""
    seen: dict[str, int] = {}
    score = 0.0
    for one in spans:
        times = seen.get(one.phrase.text, 0)
        seen[one.phrase.text] = times + 1
        score += one.phrase.weight * _REPEATED[min(times, 2)] * (1.5 if one.in_title else 1.0)
    return score
