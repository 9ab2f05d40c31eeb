"""Things that stand so many words apart, and how far apart they stand when they do not."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

from services.alert.clauses.clause import ARTICLE, Clause, Scope, terms_of
from services.alert.clauses.seen import where

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView, Place

MOST_COMBINATIONS = 10_000  # of places that are compared; the first ones of each part, when there are more


def near_places(parts: Sequence[Clause], most_words: int, view: "ArticleView") -> "tuple[Place, ...]":
    """Return one place for each part, near each other: the nearest, in the text rather than the title."""
    best: tuple[tuple[bool, int], tuple[Place, ...]] | None = None
    for first, chosen in places_near(parts, most_words, view):
        nearest = tuple(min(places, key=lambda place: place.start) for places in chosen)
        words = view.words_between(first, max(nearest, key=lambda place: place.start))
        if best is None or (first.sentence == 0, words) < best[0]:
            best = (first.sentence == 0, words), nearest
    return best[1] if best else ()


def places_near(
    parts: Sequence[Clause], most_words: int, view: "ArticleView"
) -> "Iterator[tuple[Place, list[list[Place]]]]":
    """Yield, for each place that can be the first, the places of each part that are close enough to it.

    Close enough: between the end of the first and the beginning of the last stand at most so many words. The first is
    the one that begins first, and of two that begin together the longer one.
    """
    choices = [[place for term in part.alternatives() or () for place in view.places.get(term, ())] for part in parts]
    if not all(choices):
        return
    for mine, places in enumerate(choices):
        for first in places:
            chosen = [
                [first] if part == mine else [one for one in others if _is_near(first, one, most_words, view)]
                for part, others in enumerate(choices)
            ]
            if all(chosen):
                yield first, chosen


def _is_near(first: "Place", other: "Place", most_words: int, view: "ArticleView") -> bool:
    if other.start < first.start or (other.sentence == 0) != (first.sentence == 0):
        return False
    return view.words_between(first, other) <= most_words


def nearness_miss(parts: Sequence[Clause], scope: Scope, view: "ArticleView", whole: "ArticleView") -> str:
    """Return how far apart the parts stand that a scope wants together; what is missing altogether comes first.

    "" when there is nothing to compare.
    """
    missing = [part for part in parts if not part.true_places(ARTICLE, view, whole)]
    if missing:
        return "; ".join(dict.fromkeys(_missing(part, view, whole) for part in missing))
    wanted = [part for part in parts if part.is_wanted]
    most = max(3, int(MOST_COMBINATIONS ** (1 / max(len(wanted), 1))))
    choices = [_nearby(part, view)[:most] for part in wanted]
    if len(wanted) < 2 or not all(choices):
        return ""
    nearest = min(product(*choices), key=lambda chosen: _spread(chosen, scope, view))
    told = ", ".join(f"{part.text()} in {where(at.sentence)}" for part, at in zip(wanted, nearest, strict=True))
    if scope.unit == "words" and len({place.sentence == 0 for place in nearest}) == 1:
        told += f" with {_spread(nearest, scope, view)[1]} words between them"
    if scope.unit == "paragraph":
        told += f" (paragraphs {', '.join(str(view.paragraph_of[place.sentence]) for place in nearest)})"
    return f"{told}; the rule allows {_allowed(scope)}"


def _missing(part: Clause, view: "ArticleView", whole: "ArticleView") -> str:
    truths = [bool(one.true_places(ARTICLE, view, whole)) for one in part.children()]
    return part.miss(truths, view, whole) or f"{part.text()} is not there"


def _nearby(part: Clause, view: "ArticleView") -> "list[Place]":
    return sorted({place for term in terms_of(part) for place in view.places.get(term, ())}, key=lambda one: one[:2])


def _spread(chosen: "Sequence[Place]", scope: Scope, view: "ArticleView") -> tuple[bool, int]:
    """Return how far apart places stand: title and text apart from each other last, then words or sentences."""
    is_split = len({place.sentence == 0 for place in chosen}) > 1
    if scope.unit == "words" and not is_split:
        first = min(chosen, key=lambda place: (place.start, -place.end))
        return False, view.words_between(first, max(chosen, key=lambda place: place.start))
    numbers = [view.paragraph_of[p.sentence] if scope.unit == "paragraph" else p.sentence for p in chosen]
    return is_split, max(numbers) - min(numbers)


def _allowed(scope: Scope) -> str:
    if scope.unit == "sentence":
        return "the same sentence" if scope.size == 1 else f"{scope.size} sentences in a row"
    return f"{scope.size} words between them" if scope.unit == "words" else f"the same {scope.unit}"
