"""A made-up newsroom: articles with 5–30 tags, and rules of 2–4 terms with scopes, exclusions, filters and counts.

Deterministic by seed. Terms follow Zipf's law, and beats (80 of them, 250 actors each) make terms of one beat meet in
articles and in rules, so that rules hold about once in 1 200 articles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schemas import Source
from services.alert.article_view import ArticleView, Place
from services.alert.clauses import ARTICLE, PARAGRAPH, SENTENCE, AllOf, AnyOf, Clause, Not, Term, Within
from services.alert.rule import Rule, Where

ACTORS, TOPICS, BEATS, BEAT_ACTORS, SOURCES = 5000, 100, 80, 250, 400
TERMS = tuple(Term("actor", f"a{n}") for n in range(ACTORS)) + tuple(Term("topic", f"t{n}") for n in range(TOPICS))
LANGUAGES = ("en", "es", "fr", "ar", "ru", "zh", "pt", "de")
LANGUAGE_SHARES = (0.45, 0.15, 0.10, 0.08, 0.08, 0.06, 0.04, 0.04)
SCOPES = (ARTICLE, PARAGRAPH, SENTENCE)


@dataclass(frozen=True, slots=True)
class MadeRule:
    """A rule by numbers of terms."""

    terms: tuple[int, ...]
    absent: tuple[int, ...]
    scope: int
    language: str | None
    source: int | None
    least: int


@dataclass(frozen=True, slots=True)
class MadeArticle:
    """An article by numbers of terms and sentences."""

    language: str
    source: int
    paragraph_of: tuple[int, ...]
    sentences: dict[int, tuple[int, ...]]  # of each term


class Newsroom:
    """Draws terms as newsrooms do."""

    def __init__(self, seed: int) -> None:
        self.dice = np.random.default_rng(seed)
        fixed = np.random.default_rng(7)
        self.everywhere = _zipf(ACTORS, 1.0)
        self.topics = _zipf(TOPICS, 0.8)
        self.beats = [self._beat(fixed) for _ in range(BEATS)]
        self.in_beat, self.of_beats, self.sources = _zipf(BEAT_ACTORS, 1.0), _zipf(BEATS, 0.7), _zipf(SOURCES, 0.9)

    def _beat(self, dice: np.random.Generator) -> list[int]:
        actors: dict[int, None] = {}
        while len(actors) < BEAT_ACTORS:
            anywhere = int(np.searchsorted(self.everywhere, dice.random()))
            actors[anywhere if dice.random() < 0.4 else int(dice.integers(0, ACTORS))] = None
        return list(actors)

    def pick(self, shares: np.ndarray) -> int:
        return int(np.searchsorted(shares, self.dice.random()))

    def topic(self) -> int:
        return ACTORS + self.pick(self.topics)

    def actor(self, beat: Sequence[int], share: float) -> int:
        return beat[self.pick(self.in_beat)] if self.dice.random() < share else self.pick(self.everywhere)

    def article(self) -> MadeArticle:
        dice, beat = self.dice, self.beats[self.pick(self.of_beats)]
        count, terms = int(dice.integers(5, 31)), {self.topic() for _ in range(int(dice.integers(1, 5)))}
        while len(terms) < count:
            terms.add(self.actor(beat, 0.75))
        last = int(dice.integers(20, 41))
        paragraphs: list[int] = []
        while len(paragraphs) < last:
            paragraphs += [len(set(paragraphs))] * int(dice.integers(1, 5))
        sentences = {}
        for term in terms:
            times = 1 + min(int(dice.geometric(0.45)) - 1, 6)
            where = np.minimum((dice.beta(1, 1.6, times) * last).astype(int), last - 1)
            sentences[term] = tuple(sorted(where.tolist()))
        language = LANGUAGES[int(dice.choice(len(LANGUAGES), p=LANGUAGE_SHARES))]
        return MadeArticle(language, self.pick(self.sources), tuple(paragraphs[:last]), sentences)

    def rule(self) -> MadeRule:
        dice, beat = self.dice, self.beats[self.pick(self.of_beats)]
        count, share = (2, 3, 4)[int(np.searchsorted((0.35, 0.8), dice.random()))], 1.0 if dice.random() < 0.7 else 0.0
        terms = {self.topic()} if dice.random() < 0.5 else set()
        while len(terms) < count:
            terms.add(self.actor(beat, share))
        absent = set()
        if dice.random() < 0.3:
            for _ in range(int(dice.integers(1, 3))):
                absent.add(self.actor(beat, 1.0) if dice.random() < 0.6 else self.topic())
        return MadeRule(
            tuple(sorted(terms)),
            tuple(sorted(absent - terms)),
            (0, 0, 1, 2, 2)[int(dice.integers(0, 5))],
            LANGUAGES[int(dice.choice(len(LANGUAGES), p=LANGUAGE_SHARES))] if dice.random() < 0.15 else None,
            self.pick(self.sources) if dice.random() < 0.05 else None,
            int(dice.integers(2, 4)) if dice.random() < 0.05 else 1,
        )


def _zipf(count: int, steepness: float) -> np.ndarray:
    shares = 1 / np.arange(1, count + 1) ** steepness
    return np.cumsum(shares / shares.sum())


def as_rule(made: MadeRule, number: int, scope: bool = True) -> Rule:
    """Return a made rule as the alerter keeps it; without `scope`, as an article-wide conjunction with exclusions."""
    terms = tuple(TERMS[term] for term in made.terms)
    together: Clause = AllOf(terms)
    if scope and made.scope:
        together = Within(together, SCOPES[made.scope])
    absent = tuple(TERMS[term] for term in made.absent)
    nots = (Not(absent[0] if len(absent) == 1 else AnyOf(absent)),) if absent else ()
    parts = (*(together.parts if isinstance(together, AllOf) else (together,)), *nots)
    where, mentions = Where(), ()
    if scope:
        where = Where(
            languages=frozenset({made.language}) if made.language else None,
            sources=frozenset({f"s{made.source}"}) if made.source is not None else None,
        )
        mentions = tuple(((term,), made.least) for term in terms) if made.least > 1 else ()
    condition = parts[0] if len(parts) == 1 else AllOf(parts)
    return Rule(f"r{number:07d}", "", "", condition, "v", where=where, mentions=mentions)


def as_view(made: MadeArticle) -> ArticleView:
    """Return a made article as rules see it; sentence 0 is the (empty) title."""
    places = {
        TERMS[term]: tuple(Place(sentence + 1, 0, 1, "body") for sentence in sentences)
        for term, sentences in made.sentences.items()
    }
    paragraphs = (0, *(paragraph + 1 for paragraph in made.paragraph_of))
    return ArticleView(places, paragraphs, made.language, Source(id=f"s{made.source}"))
