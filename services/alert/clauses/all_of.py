"""`and`, `all of`: every part is true."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from services.alert.clauses.clause import Joined, Scope
from services.alert.clauses.row import MOST_ROWS, Row, join
from services.alert.clauses.syntax import Syntax

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView
    from services.alert.clauses.term import Term
    from services.alert.rule_rows import RuleRows


class AllOf(Joined):
    """Every part is true (`and`)."""

    __slots__ = ()
    word = "and"

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
        atoms = [of.atom(part) for part in self.parts]
        plain = Row(tuple([atom for atom in atoms if atom is not None]))
        branches = [part.rows(of) for part, atom in zip(self.parts, atoms, strict=True) if atom is None]
        if prod(map(len, branches)) > MOST_ROWS:
            return [of.necessary(self)]
        return [join((plain, *rows)) for rows in product(*branches)] if branches else [plain]


SYNTAX = Syntax("all_of_list", "_ALL _OF members", lambda found, _: AllOf.of(found[0]))
