"""A row of the index: what must be there, together, and absent."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from services.alert.clauses.clause import ARTICLE, Scope

if TYPE_CHECKING:
    from services.alert.clauses.term import Term

MOST_ROWS: Final = 8  # of one rule; more branches become one choice and a closer look


class Row(NamedTuple):
    """A conjunction: atoms in the article, atoms that share a place of one scope, terms that must be absent."""

    anywhere: tuple[int, ...] = ()
    together: tuple[int, ...] = ()
    scope: Scope = ARTICLE
    absent: "tuple[Term, ...]" = ()
    is_exact: bool = True

    def with_more(self, anywhere: tuple[int, ...]) -> "Row":
        """Return the row with more atoms that must be in the article."""
        return Row((*anywhere, *self.anywhere), self.together, self.scope, self.absent, self.is_exact)

    def with_atoms(self, instead: Mapping[int, int]) -> "Row":
        """Return the row with other atoms in the place of some."""
        anywhere, together = (
            tuple(dict.fromkeys(instead.get(atom, atom) for atom in atoms)) for atoms in (self.anywhere, self.together)
        )
        return self._replace(anywhere=anywhere, together=together)


def join(rows: Iterable[Row]) -> Row:
    """Return the conjunction of rows; inexact when more than one asks for a place of its own."""
    anywhere: list[int] = []
    absent: list[Term] = []
    together: tuple[int, ...] = ()
    scope, is_exact = ARTICLE, True
    for row in rows:
        anywhere += row.anywhere
        absent += row.absent
        is_exact = is_exact and row.is_exact and not (together and row.together)
        if together:
            anywhere += row.together
        elif row.together:
            together, scope = row.together, row.scope
    return Row(tuple(anywhere), together, scope, tuple(absent), is_exact)
