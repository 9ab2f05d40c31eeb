"""Whether a rule holds for an article: the meaning of every clause, in one place.

The index (index.py) finds the same rules faster; where it cannot decide alone it asks here. The tests hold both
against a third, naive reading of the language.
"""

from collections.abc import Iterator, Sequence

from schemas import Source
from services.alert.article_view import ArticleView, Place
from services.alert.expression import (
    ARTICLE,
    AllOf,
    AnyOf,
    AtLeast,
    Clause,
    Not,
    Points,
    Scope,
    Term,
    Within,
    parts_of,
)
from services.alert.rule import Rule, Where


def holds(rule: Rule, view: ArticleView) -> bool:
    """Return whether an article satisfies a rule: filters, mentions and condition; time is not asked here."""
    if not passes(rule.where, view.language, view.source):
        return False
    seen = view if rule.where.zones is None else view.only(rule.where.zones)
    if not all(mentions_of(terms, seen) >= least for terms, least in rule.mentions):
        return False
    return true_places(rule.condition, ARTICLE, seen, view) != 0


def passes(where: Where, language: str | None, source: Source) -> bool:
    """Return whether an article from this source in this language is asked for; unknown attributes never are."""
    asked_and_found = (
        (where.languages, language),
        (where.tiers, source.tier),
        (where.sources, source.id),
        (where.countries, source.country),
        (where.owners, source.owner),
    )
    if any(asked is not None and found not in asked for asked, found in asked_and_found):
        return False
    return where.not_sources is None or source.id not in where.not_sources


def mentions_of(terms: Sequence[Term], view: ArticleView) -> int:
    """Return how often any of the terms is mentioned."""
    return sum(len(view.places.get(term, ())) for term in terms)


def true_places(clause: Clause, scope: Scope, view: ArticleView, whole: ArticleView | None = None) -> int:
    """Return the mask of the places of a scope in which a clause is true (see `ArticleView.spread`).

    `whole` is the view with all zones: a `not` looks at all of them, so that a filter on zones cannot hide a reason
    for silence.
    """
    whole = whole or view
    if isinstance(clause, Term):
        return view.spread(view.masks.get(clause, 0), scope)
    if isinstance(clause, Within):
        return view.spread(places_within(clause, view, whole), scope)
    if isinstance(clause, Not):
        return view.everything & ~true_places(clause.part, scope, whole)
    if isinstance(clause, Points):
        return _reaching(clause, scope, view)
    masks = [true_places(part, scope, view, whole) for part in parts_of(clause)]
    if isinstance(clause, AllOf):
        mask = view.everything
        for one in masks:
            mask &= one
        return mask
    if isinstance(clause, AnyOf):
        mask = 0
        for one in masks:
            mask |= one
        return mask
    assert isinstance(clause, AtLeast)
    return _at_least(clause.count, masks)


def places_within(clause: Within, view: ArticleView, whole: ArticleView) -> int:
    """Return the mask of the sentences that name the true places of a `within`."""
    if clause.scope.unit == "words":
        mask = 0
        for _, chosen in _near(clause, view):
            for places in chosen:
                for place in places:
                    mask |= 1 << place.sentence
        return mask
    return true_places(clause.part, clause.scope, view, whole)


def near_places(clause: Within, view: ArticleView) -> tuple[Place, ...]:
    """Return one place for each part of a `within … words`: the nearest, in the text rather than the title."""
    best: tuple[tuple[bool, int], tuple[Place, ...]] | None = None
    for first, chosen in _near(clause, view):
        nearest = tuple(min(places, key=lambda place: place.start) for places in chosen)
        words = view.words_between(first, max(nearest, key=lambda place: place.start))
        if best is None or (first.sentence == 0, words) < best[0]:
            best = (first.sentence == 0, words), nearest
    return best[1] if best else ()


def _near(clause: Within, view: ArticleView) -> Iterator[tuple[Place, list[list[Place]]]]:
    """Yield, for each place that can be the first, the places of each part that are close enough to it.

    Close enough: between the end of the first and the beginning of the last stand at most so many words. The first is
    the one that begins first, and of two that begin together the longer one.
    """
    parts = clause.part.parts if isinstance(clause.part, AllOf) else (clause.part,)
    choices = []
    for part in parts:
        terms = part.parts if isinstance(part, AnyOf) else (part,)
        choices.append([place for term in terms if isinstance(term, Term) for place in view.places.get(term, ())])
    if not all(choices):
        return
    for mine, places in enumerate(choices):
        for first in places:
            chosen = [
                [first] if part == mine else [one for one in others if _is_near(first, one, clause.scope.size, view)]
                for part, others in enumerate(choices)
            ]
            if all(chosen):
                yield first, chosen


def _is_near(first: Place, other: Place, most_words: int, view: ArticleView) -> bool:
    if other.start < first.start or (other.sentence == 0) != (first.sentence == 0):
        return False
    return view.words_between(first, other) <= most_words


def _at_least(count: int, masks: Sequence[int]) -> int:
    """Return the bits that are set in at least `count` of the masks."""
    reached = [0] * (count + 1)  # reached[n]: bits set at least n times so far
    for mask in masks:
        for n in range(count, 1, -1):
            reached[n] |= reached[n - 1] & mask
        reached[1] |= mask
    return reached[count]


def _reaching(clause: Points, scope: Scope, view: ArticleView) -> int:
    """Return the places whose points reach the threshold."""
    masks = [(true_places(term, scope, view), points) for term, points in clause.points]
    reaching, rest = 0, view.everything
    while rest:
        place = rest & -rest
        if sum(points for mask, points in masks if mask & place) >= clause.threshold:
            reaching |= place
        rest &= ~place
    return reaching
