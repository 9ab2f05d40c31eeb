"""Weights with a threshold: the points of the terms that are there reach it. Written in `weights:`, not in `when:`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.alert.clauses.clause import Clause, Scope
from services.alert.clauses.spot import Shown, Spot
from services.alert.clauses.term import Term

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView


@dataclass(frozen=True, slots=True)
class Points(Clause):
    """The points of the terms that are there reach the threshold; points may be negative."""

    threshold: int
    points: tuple[tuple[Term, int], ...]

    def children(self) -> tuple[Clause, ...]:
        return tuple(term for term, _ in self.points)

    def text(self) -> str:
        return f"{self.threshold} points of ({', '.join(f'{term.text()} {n}' for term, n in self.points)})"

    def meaning(self) -> str:
        return f"{self.threshold}<={[(term.meaning(), points) for term, points in self.points]}"

    def true_places(self, scope: Scope, view: "ArticleView", whole: "ArticleView") -> int:
        masks = [(term.true_places(scope, view, whole), points) for term, points in self.points]
        reaching, rest = 0, view.everything
        while rest:
            place = rest & -rest
            if sum(points for mask, points in masks if mask & place) >= self.threshold:
                reaching |= place
            rest &= ~place
        return reaching

    def composed(self, truths: Sequence[bool]) -> bool:
        return sum(points for _, points in self._true(truths)) >= self.threshold

    def necessary(self) -> list[frozenset[Term]]:
        # The terms without which the others do not reach the threshold.
        gains = sorted(((points, term) for term, points in self.points if points > 0), key=lambda gain: gain[0])
        left_out = 0
        while gains and left_out + gains[0][0] < self.threshold:
            left_out += gains.pop(0)[0]
        return [frozenset(term for _, term in gains)] if gains else []

    def to_show(self, spot: Spot) -> Iterator[Shown]:
        for term, points in self.points:
            if points > 0:
                yield from spot.terms_to_show((term,))

    def miss(self, truths: Sequence[bool], view: "ArticleView", whole: "ArticleView") -> str:
        gained = self._true(truths)
        told = ", ".join(f"{term.text()} {n:+d}" for term, n in gained) or "nothing"
        return f"{sum(n for _, n in gained)} points ({told}); the rule wants {self.threshold}"

    def _true(self, truths: Sequence[bool]) -> list[tuple[Term, int]]:
        return [pair for pair, is_true in zip(self.points, truths, strict=True) if is_true]
