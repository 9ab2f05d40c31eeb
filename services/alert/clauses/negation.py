"""`not`: the part is not true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.alert.clauses.clause import ARTICLE, Clause, Scope, terms_of
from services.alert.clauses.row import Row
from services.alert.clauses.seen import places_of
from services.alert.clauses.spot import Shown, Spot
from services.alert.clauses.within import Within

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView
    from services.alert.rule_rows import RuleRows


@dataclass(frozen=True, slots=True)
class Not(Clause):
    """The part is not true; it is looked for in all zones."""

    part: Clause

    @classmethod
    def of(cls, part: Clause) -> Clause:
        """Return the opposite of a clause, without needless nesting."""
        return part.part if isinstance(part, cls) else cls(part)

    def children(self) -> tuple[Clause, ...]:
        return (self.part,)

    def text(self) -> str:
        return f"not {self.part.bracketed()}"

    def meaning(self) -> str:
        return f"!{self.part.meaning()}"

    def nots_everywhere(self) -> Clause:
        return Not(Within(self.part, ARTICLE))

    def without(self) -> Iterator[tuple[Clause, Clause | None]]:
        for clause, rest in self.part.without():
            yield clause, None if rest is None else Not(rest)

    def true_places(self, scope: Scope, view: "ArticleView", whole: "ArticleView") -> int:
        return view.everything & ~self.part.true_places(scope, whole, whole)

    def composed(self, truths: Sequence[bool]) -> bool:
        return not truths[0]

    is_wanted = False

    @property
    def looks_everywhere(self) -> bool:
        """Whether it means the same inside and outside of a `within`."""
        return isinstance(self.part, Within) and self.part.scope == ARTICLE

    def absent_row(self) -> Row:
        """Return the row of terms that must be absent; an open row for anything else."""
        part = self.part.part if isinstance(self.part, Within) and self.part.scope == ARTICLE else self.part
        terms = part.alternatives()
        return Row(is_exact=False) if terms is None else Row(absent=terms)

    def rows(self, of: "RuleRows") -> list[Row]:
        return [self.absent_row()]

    def to_show(self, spot: Spot) -> Iterator[Shown]:
        return iter(())  # what is not there cannot be shown

    def miss(self, truths: Sequence[bool], view: "ArticleView", whole: "ArticleView") -> str:
        found = places_of(tuple(terms_of(self.part)), whole)
        where = f" ({found[0].where}: '{found[0].text}')" if found else ""
        return f"the rule excludes {self.part.text()}, which is there{where}"
