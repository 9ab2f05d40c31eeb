"""The proof of a match: as few sentences as show every clause, each with the spans that satisfy it.

Every quote slices the article's text; a sentence of the title is quoted only for what no sentence of the text shows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from schemas import Evidence, EvidenceSpan, TaggedArticle
from services.alert.article_view import ArticleView, Place
from services.alert.evaluate import near_places, places_within, true_places
from services.alert.expression import ARTICLE, AnyOf, Clause, Not, Points, Scope, Term, Within, parts_of
from services.alert.rule import Rule

MOST_SENTENCES = 8  # quoted for one alert; a rule asks for fewer things than that, or a reader is lost anyway


class Shown(NamedTuple):
    """A clause to be shown: any of these terms, in one of these sentences."""

    terms: tuple[Term, ...]
    sentences: int  # mask, never empty


@dataclass(frozen=True, slots=True)
class Spot:
    """One place of a scope (named as in `ArticleView.spread`), in which a clause is true and is to be shown."""

    scope: Scope
    place: int
    view: ArticleView
    whole: ArticleView

    @property
    def sentences(self) -> int:
        """Mask of the sentences of the place."""
        return self.view.sentences_of(self.place, self.scope)

    def is_true(self, clause: Clause) -> bool:
        """Whether a clause is true here."""
        return bool(true_places(clause, self.scope, self.view, self.whole) >> self.place & 1)


def evidence_of(rule: Rule, tagged: TaggedArticle, view: ArticleView) -> tuple[Evidence, ...]:
    """Return the sentences that prove a rule for an article it holds for, in the order of the article."""
    seen = view if rule.where.zones is None else view.only(rule.where.zones)
    shown = list(_to_show(rule.condition, Spot(ARTICLE, 0, seen, view)))
    for terms, _ in rule.mentions:
        mask = _mask(terms, seen)
        if mask:
            shown.append(Shown(terms, mask))
    quoted = {term for one in shown for term in one.terms}
    return tuple(_quote(number, quoted, tagged, seen) for number in sorted(_cover(shown)))


def _to_show(clause: Clause, spot: Spot) -> Iterator[Shown]:
    """Yield what has to be shown for a clause that is true in a spot; nothing for a `not`."""
    if isinstance(clause, Within):
        yield from _to_show_within(clause, spot)
    elif isinstance(clause, Term):
        yield from _to_show_terms((clause,), spot)
    elif isinstance(clause, Points):
        for term, points in clause.points:
            if points > 0:
                yield from _to_show_terms((term,), spot)
    elif isinstance(clause, AnyOf):
        terms = tuple(part for part in clause.parts if isinstance(part, Term))
        others = [part for part in clause.parts if not isinstance(part, Term) and spot.is_true(part)]
        if any(map(spot.is_true, terms)):
            yield from _to_show_terms(terms, spot)
        else:
            for other in others[:1]:
                yield from _to_show(other, spot)
    elif not isinstance(clause, Not):
        for part in parts_of(clause):
            if spot.is_true(part):
                yield from _to_show(part, spot)


def _to_show_terms(terms: Sequence[Term], spot: Spot) -> Iterator[Shown]:
    """Yield one clause that any of these terms shows, when one of them stands in the spot."""
    here = tuple(term for term in terms if spot.view.masks.get(term, 0) & spot.sentences)
    if here:
        yield Shown(here, _mask(here, spot.view) & spot.sentences)


def _to_show_within(clause: Within, spot: Spot) -> Iterator[Shown]:
    """Yield what has to be shown for a `within`: one place in which it is true, in the text rather than the title."""
    view = spot.view
    if clause.scope.unit == "words":
        for place in near_places(clause, view):
            yield Shown(tuple(term for term, found in view.places.items() if place in found), 1 << place.sentence)
        return
    true = places_within(clause, view, spot.whole)
    here = [one for one in _bits(true) if view.spread(1 << one, spot.scope) >> spot.place & 1]
    if here:
        chosen = next((one for one in here if one), here[0])
        yield from _to_show(clause.part, Spot(clause.scope, chosen, view, spot.whole))


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _mask(terms: Sequence[Term], view: ArticleView) -> int:
    mask = 0
    for term in terms:
        mask |= view.masks.get(term, 0)
    return mask


def _cover(shown: Sequence[Shown]) -> set[int]:
    """Return few sentences that show everything: again and again the one that shows most, the title last."""
    chosen: set[int] = set()
    left = [one.sentences & ~1 or one.sentences for one in shown]
    while left and len(chosen) < MOST_SENTENCES:
        candidates = {number for mask in left for number in _bits(mask)}
        best = max(candidates, key=lambda number: (sum(mask >> number & 1 for mask in left), -number))
        chosen.add(best)
        left = [mask for mask in left if not mask >> best & 1]
    return chosen


def _quote(number: int, terms: set[Term], tagged: TaggedArticle, view: ArticleView) -> Evidence:
    """Return a sentence with the spans of the terms in it."""
    sentence = tagged.sentences[number]
    text = tagged.article.title if number == 0 else tagged.article.text
    found: list[tuple[Place, Term]] = [
        (place, term) for term in terms for place in view.places.get(term, ()) if place.sentence == number
    ]
    found.sort(key=lambda one: (one[0].start, one[0].end, one[1].kind, one[1].key))
    return Evidence(
        zone="title" if number == 0 else sentence.zone,
        sentence=number,
        paragraph=sentence.paragraph,
        start=sentence.start,
        end=sentence.end,
        quote=text[sentence.start : sentence.end],
        spans=tuple(
            EvidenceSpan(
                start=place.start,
                end=place.end,
                text=text[place.start : place.end],
                actor=term.key if term.kind == "actor" else None,
                topic=term.key if term.kind == "topic" else None,
                phrase=term.key if term.kind == "phrase" else None,
                kind=place.kind,
            )
            for place, term in found
        ),
    )
