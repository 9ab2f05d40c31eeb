"""Whether a rule holds for an article: the meaning of every clause, in one place.

The index (index.py) finds the same rules faster; where it cannot decide alone it asks here. The tests hold both
against a third, naive reading of the language.
"""

from collections.abc import Sequence

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
        for near in near_places(clause, view):
            for place in near:
                mask |= 1 << place.sentence
        return mask
    return true_places(clause.part, clause.scope, view, whole)


def near_places(clause: Within, view: ArticleView, limit: int = 64) -> list[tuple[Place, ...]]:
    """Return the choices of one place for each part that stand close enough, nearest first, at most `limit`.

    Close enough: between the end of the first and the beginning of the last stand at most so many words. The first is
    the one that begins first, and of two that begin together the longer one.
    """
    parts = clause.part.parts if isinstance(clause.part, AllOf) else (clause.part,)
    choices = []
    for part in parts:
        terms = part.parts if isinstance(part, AnyOf) else (part,)
        found = [place for term in terms if isinstance(term, Term) for place in view.places.get(term, ())]
        choices.append(sorted(found, key=lambda place: (place.sentence == 0, place.start)))
    found_near = []
    for chosen in _close(choices):
        first = min(chosen, key=lambda one: (one.start, -one.end))
        last = max(chosen, key=lambda one: one.start)
        words = view.words_between(first, last)
        if words <= clause.scope.size:
            found_near.append((words, chosen))
    found_near.sort(key=lambda one: one[0])
    return [chosen for _, chosen in found_near[:limit]]


def _close(choices: Sequence[Sequence[Place]]) -> list[tuple[Place, ...]]:
    """Return, for each place, the nearest choice of all parts that begins there; title and text apart.

    For every place taken as the first, the best partner of each other part is its next place at or after it, so
    no more combinations have to be looked at.
    """
    combinations: set[tuple[Place, ...]] = set()
    for in_title in (True, False):
        sides = [[place for place in places if (place.sentence == 0) == in_title] for places in choices]
        if not all(sides):
            continue
        for first in {place for places in sides for place in places}:
            nexts = [next((place for place in places if place.start >= first.start), None) for places in sides]
            chosen = tuple(place for place in nexts if place is not None)
            if len(chosen) == len(sides):
                combinations.add(chosen)
    return sorted(combinations)


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
