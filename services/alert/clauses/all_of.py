"""`and`, `all of`: every part is true."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from services.alert.clauses.clause import Clause, Parted, Scope, flat
from services.alert.clauses.row import MOST_ROWS, Row, join
from services.alert.clauses.syntax import Syntax

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView
    from services.alert.clauses.term import Term
    from services.alert.rule_rows import RuleRows


@dataclass(frozen=True, slots=True)
class AllOf(Parted):
    """Every part is true (`and`)."""

    parts: tuple[Clause, ...]

    @classmethod
    def of(cls, parts: Iterable[Clause]) -> Clause:
        """Return the clause of these parts, without needless nesting."""
        found = flat(parts, cls)
        return found[0] if len(found) == 1 else cls(found)

    def text(self) -> str:
        return " and ".join(part.bracketed() for part in self.parts)

    def bracketed(self) -> str:
        return f"({self.text()})"

    def with_parts(self, parts: Iterable[Clause]) -> Clause | None:
        found = tuple(parts)
        return AllOf(found) if len(found) > 1 else found[0] if found else None

    def true_places(self, scope: Scope, view: "ArticleView", whole: "ArticleView") -> int:
        mask = view.everything
        for part in self.parts:
            mask &= part.true_places(scope, view, whole)
        return mask

    def composed(self, truths: Sequence[bool]) -> bool:
        return all(truths)

    def necessary(self) -> "list[frozenset[Term]]":
        return [choice for part in self.parts for choice in part.necessary()]

    def rows(self, of: "RuleRows") -> list[Row]:
        branches = [part.rows(of) for part in self.parts]
        if prod(map(len, branches)) > MOST_ROWS:
            return [of.necessary(self)]
        return [join(rows) for rows in product(*branches)]


SYNTAX = Syntax("all_of_list", "_ALL _OF members", lambda found, _: AllOf.of(found[0]))
