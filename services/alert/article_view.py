"""A tagged article as rules see it: where each actor, topic and phrase stands, by sentence, paragraph and zone.

Sentence 0 is the title. A *mask* is an int with bit n set for sentence n; masks make `and`, `or` and `not` one step.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from schemas import Source, TaggedArticle
from schemas.article import ZoneKind
from services.alert.clauses import Scope, Term
from services.alert.phrases import Phrases

WORD = re.compile(r"\w+(?:['’-]\w+)*")


class Place(NamedTuple):
    """One place where a term stands; offsets are code points of the title (sentence 0) or of the text."""

    sentence: int
    start: int
    end: int
    zone: ZoneKind
    kind: str | None = None  # how an actor is named there


@dataclass(frozen=True)
class ArticleView:
    """Where the terms of the rules stand in one article."""

    places: Mapping[Term, tuple[Place, ...]]
    paragraph_of: tuple[int, ...]  # for each sentence
    language: str | None = None
    source: Source = field(default_factory=Source)
    title: str = ""
    text: str = ""

    @cached_property
    def everything(self) -> int:
        """Mask of all sentences."""
        return (1 << len(self.paragraph_of)) - 1

    @cached_property
    def masks(self) -> dict[Term, int]:
        """For each term, the sentences it stands in."""
        masks = {}
        for term, places in self.places.items():
            mask = 0
            for place in places:
                mask |= 1 << place.sentence
            masks[term] = mask
        return masks

    @cached_property
    def paragraph_masks(self) -> tuple[int, ...]:
        """For each sentence, the sentences of its paragraph."""
        of_paragraph: dict[int, int] = {}
        for sentence, paragraph in enumerate(self.paragraph_of):
            of_paragraph[paragraph] = of_paragraph.get(paragraph, 0) | 1 << sentence
        return tuple(of_paragraph[paragraph] for paragraph in self.paragraph_of)

    @cached_property
    def word_starts(self) -> list[int]:
        """Where each word of the text begins."""
        return [word.start() for word in WORD.finditer(self.text)]

    @cached_property
    def title_word_starts(self) -> list[int]:
        """Where each word of the title begins."""
        return [word.start() for word in WORD.finditer(self.title)]

    def words_between(self, first: Place, last: Place) -> int:
        """Return how many words begin after `first` and before `last`; both in the title, or both in the text."""
        starts = self.title_word_starts if first.sentence == 0 else self.word_starts
        return max(0, bisect_left(starts, last.start) - bisect_left(starts, first.end))

    def only(self, zones: Iterable[str]) -> "ArticleView":
        """Return the view of someone who reads only these zones."""
        wanted = frozenset(zones)
        kept = {term: tuple(one for one in places if one.zone in wanted) for term, places in self.places.items()}
        return ArticleView(
            {term: places for term, places in kept.items() if places},
            self.paragraph_of,
            self.language,
            self.source,
            self.title,
            self.text,
        )

    def spread(self, mask: int, scope: Scope) -> int:
        """Return the places of a scope that hold a sentence of the mask.

        A place is named by a sentence: for a paragraph by each of its sentences, for n sentences in a row by the last
        of them, for the article by every sentence. The title is a paragraph of its own and next to no sentence.
        """
        if not mask or (scope.unit == "sentence" and scope.size == 1):
            return mask
        if scope.unit == "article":
            return self.everything
        if scope.unit == "paragraph":
            wide, rest = 0, mask
            while rest:
                sentence = (rest & -rest).bit_length() - 1
                wide |= self.paragraph_masks[sentence]
                rest &= ~wide
            return wide
        body = mask & ~1
        for step in range(1, scope.size):
            body |= (mask & ~1) << step
        return (body | mask & 1) & self.everything

    def sentences_of(self, place: int, scope: Scope) -> int:
        """Return the mask of the sentences that make up one place of a scope (named as in `spread`)."""
        if scope.unit == "article":
            return self.everything
        if scope.unit == "paragraph":
            return self.paragraph_masks[place]
        if scope.unit == "words" or place == 0:
            return 1 << place
        first = max(1, place - scope.size + 1)
        return ((1 << place + 1) - 1) & ~((1 << first) - 1)


def view_of(tagged: TaggedArticle, phrases: Phrases) -> ArticleView:
    """Return the view of a tagged article, with the places of the rules' phrases."""
    places: dict[Term, list[Place]] = {}
    for mention in tagged.mentions:
        place = Place(mention.sentence, mention.start, mention.end, mention.zone, mention.kind)
        places.setdefault(Term("actor", mention.actor), []).append(place)
    for hit in tagged.topics:
        if not hit.spans:
            continue
        places.setdefault(Term("topic", hit.topic), []).extend(
            Place(span.sentence, span.start, span.end, span.zone) for span in hit.spans
        )
    article, sentences = tagged.article, tagged.sentences
    for phrase, start, end in phrases.find(article.title):
        places.setdefault(Term("phrase", phrase), []).append(Place(0, start, end, "title"))
    starts = [sentence.start for sentence in sentences[1:]]
    for phrase, start, end in phrases.find(article.text):
        number = bisect_right(starts, start)
        if number and end <= sentences[number].end:
            places.setdefault(Term("phrase", phrase), []).append(Place(number, start, end, sentences[number].zone))
    return ArticleView(
        {term: tuple(found) for term, found in places.items()},
        tuple(sentence.paragraph for sentence in sentences),
        article.language,
        article.source,
        article.title,
        article.text,
    )
