"""`or`, `any of`, a group: at least one part is true."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from services.alert.clauses.clause import Joined, Scope
from services.alert.clauses.row import MOST_ROWS, Row
from services.alert.clauses.spot import Shown, Spot
from services.alert.clauses.syntax import Syntax
from services.alert.clauses.term import Term

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView
    from services.alert.rule_rows import RuleRows


class AnyOf(Joined):
    """At least one part is true (`or`, `any of`, a group)."""

    __slots__ = ()
    word = "or"

    def true_places(self, scope: Scope, view: "ArticleView", whole: "ArticleView") -> int:
        mask = 0
        for part in self.parts:
            mask |= part.true_places(scope, view, whole)
        return mask

    def composed(self, truths: Sequence[bool]) -> bool:
        return any(truths)

    def alternatives(self) -> tuple[Term, ...] | None:
        terms = tuple(part for part in self.parts if isinstance(part, Term))
        return terms if terms and len(terms) == len(self.parts) else None

    def necessary(self) -> list[frozenset[Term]]:
        return one_of([part.necessary() for part in self.parts])

    def rows(self, of: "RuleRows") -> list[Row]:
        if (terms := self.alternatives()) is not None:
            return [Row(anywhere=(of.lexicon.choice(terms, of.zones),))]
        rows = [row for part in self.parts for row in part.rows(of)]
        return rows if len(rows) <= MOST_ROWS else [of.necessary(self)]

    def to_show(self, spot: Spot) -> Iterator[Shown]:
        terms = tuple(part for part in self.parts if isinstance(part, Term))
        if any(map(spot.is_true, terms)):
            yield from spot.terms_to_show(terms)
            return
        true = (part for part in self.parts if not isinstance(part, Term) and spot.is_true(part))
        if (first := next(true, None)) is not None:
            yield from first.to_show(spot)

    def miss(self, truths: Sequence[bool], view: "ArticleView", whole: "ArticleView") -> str:
        if not all(isinstance(part, Term) for part in self.parts):
            return ""
        return f"none of {', '.join(part.text() for part in self.parts)} is there"


def one_of(parts: Sequence[Sequence[frozenset[Term]]]) -> list[frozenset[Term]]:
    """Return what is necessary when one of some parts is, of which each has these necessary choices."""
    if not all(parts):
        return []
    return [frozenset().union(*(min(choices, key=len) for choices in parts))]


SYNTAX = Syntax("any_of_list", "_ANY _OF members", lambda found, _: AnyOf.of(found[0]))
