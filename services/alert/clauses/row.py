"""A row of the index: what must be there, together, and absent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from services.alert.clauses.clause import ARTICLE, Scope

if TYPE_CHECKING:
    from services.alert.clauses.term import Term

MOST_ROWS: Final = 8  # of one rule; more branches become one choice and a closer look


@dataclass(frozen=True, slots=True)
class Row:
    """A conjunction: atoms in the article, atoms that share a place of one scope, terms that must be absent."""

    anywhere: tuple[int, ...] = ()
    together: tuple[int, ...] = ()
    scope: Scope = ARTICLE
    absent: "tuple[Term, ...]" = ()
    is_exact: bool = True

    def joined(self, other: "Row") -> "Row":
        """Return the conjunction of two rows; inexact when each asks for a place of its own."""
        first, second, is_exact = self, other, self.is_exact and other.is_exact
        if not first.together:
            first, second = second, first
        anywhere, together = first.anywhere + second.anywhere, first.together
        if second.together:
            anywhere, is_exact = anywhere + second.together, False
        return Row(anywhere, together, first.scope, first.absent + second.absent, is_exact)

    def with_atoms(self, instead: Mapping[int, int]) -> "Row":
        """Return the row with other atoms in the place of some."""
        anywhere, together = (
            tuple(dict.fromkeys(instead.get(atom, atom) for atom in atoms)) for atoms in (self.anywhere, self.together)
        )
        return replace(self, anywhere=anywhere, together=together)


def join(rows: Iterable[Row]) -> Row:
    """Return the conjunction of rows."""
    joined, *others = rows
    for row in others:
        joined = joined.joined(row)
    return joined
