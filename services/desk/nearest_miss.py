"""How near a false clause came to being true: "Niger in sentence 4, Russia in 9; the rule allows the same sentence"."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from services.alert.article_view import ArticleView, Place
from services.alert.evaluate import true_places
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
    terms_of,
    text_of,
)

MOST_COMBINATIONS = 10_000  # of places that are compared; the first ones of each part, when there are more


@dataclass(frozen=True, slots=True)
class Seen:
    """A place where a term stands."""

    term: str
    sentence: int  # 0 is the title
    start: int
    end: int
    text: str
    zone: str


def places_of(terms: Sequence[Term], view: ArticleView) -> list[Seen]:
    """Return where terms stand, in the order of the article."""
    found = [
        Seen(text_of(term), place.sentence, place.start, place.end, _text(place, view), place.zone)
        for term in terms
        for place in view.places.get(term, ())
    ]
    return sorted(found, key=lambda one: (one.sentence, one.start))


def nearest_miss(clause: Clause, true_parts: Sequence[bool], view: ArticleView, whole: ArticleView) -> str:
    """Return why a clause is false and how near it came; "" when its parts say it already."""
    if isinstance(clause, Term):
        elsewhere = places_of((clause,), whole)
        if elsewhere:
            zones = ", ".join(sorted({one.zone for one in elsewhere}))
            return f"{text_of(clause)} stands only in the {zones}; the rule reads other zones"
        return f"{text_of(clause)} is not mentioned"
    if isinstance(clause, Not):
        found = places_of(tuple(terms_of(clause.part)), whole)
        where = f" ({_where(found[0])}: '{found[0].text}')" if found else ""
        return f"the rule excludes {text_of(clause.part)}, which is there{where}"
    if isinstance(clause, AtLeast):
        missing = [text_of(part) for part, is_true in zip(clause.parts, true_parts, strict=True) if not is_true]
        there = f"{sum(true_parts)} of {len(true_parts)} are there"
        return f"{there}, the rule wants {clause.count}; missing: {_list(missing)}"
    if isinstance(clause, Points):
        gained = [(term, n) for (term, n), is_true in zip(clause.points, true_parts, strict=True) if is_true]
        told = ", ".join(f"{text_of(term)} {n:+d}" for term, n in gained) or "nothing"
        return f"{sum(n for _, n in gained)} points ({told}); the rule wants {clause.threshold}"
    if isinstance(clause, AnyOf) and all(isinstance(part, Term) for part in clause.parts):
        return f"none of {_list([text_of(part) for part in clause.parts])} is there"
    if isinstance(clause, Within):
        return _within_miss(clause, view, whole)
    return ""


def _within_miss(clause: Within, view: ArticleView, whole: ArticleView) -> str:
    """Return how far apart the things stand that a `within` wants together; what is missing altogether comes first."""
    parts = clause.part.parts if isinstance(clause.part, AllOf) else (clause.part,)
    missing = [part for part in parts if not true_places(part, ARTICLE, view, whole)]
    if missing:
        return "; ".join(dict.fromkeys(_missing(part, view, whole) for part in missing))
    wanted = [part for part in parts if not isinstance(part, Not)]
    most = max(3, int(MOST_COMBINATIONS ** (1 / max(len(wanted), 1))))
    choices = [_nearby(part, view)[:most] for part in wanted]
    if len(wanted) < 2 or not all(choices):
        return f"{text_of(clause.part)} is nowhere true within {clause.scope}"
    nearest = min(product(*choices), key=lambda chosen: _spread(chosen, clause.scope, view))
    told = _list([f"{text_of(part)} in {_where_place(place)}" for part, place in zip(wanted, nearest, strict=True)])
    if clause.scope.unit == "words" and len({place.sentence == 0 for place in nearest}) == 1:
        told += f" with {_spread(nearest, clause.scope, view)[1]} words between them"
    if clause.scope.unit == "paragraph":
        told += f" (paragraphs {', '.join(str(view.paragraph_of[place.sentence]) for place in nearest)})"
    return f"{told}; the rule allows {_allowed(clause.scope)}"


def _missing(part: Clause, view: ArticleView, whole: ArticleView) -> str:
    inner = [bool(true_places(one, ARTICLE, view, whole)) for one in getattr(part, "parts", ())]
    return nearest_miss(part, inner, view, whole) or f"{text_of(part)} is not there"


def _nearby(part: Clause, view: ArticleView) -> list[Place]:
    return sorted({place for term in terms_of(part) for place in view.places.get(term, ())}, key=lambda one: one[:2])


def _spread(chosen: Sequence[Place], scope: Scope, view: ArticleView) -> tuple[bool, int]:
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


def _where(seen: Seen) -> str:
    return "the title" if seen.sentence == 0 else f"sentence {seen.sentence}"


def _where_place(place: Place) -> str:
    return "the title" if place.sentence == 0 else f"sentence {place.sentence}"


def _text(place: Place, view: ArticleView) -> str:
    return (view.title if place.sentence == 0 else view.text)[place.start : place.end]


def _list(texts: Sequence[str]) -> str:
    return ", ".join(texts)
