"""`(…) within sentence`: the part is true inside one sentence, some in a row, a paragraph, or so many words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.alert.clauses.all_of import AllOf
from services.alert.clauses.clause import ARTICLE, Clause, Scope
from services.alert.clauses.nearness import near_places, nearness_miss, places_near
from services.alert.clauses.row import Row, join
from services.alert.clauses.spot import Shown, Spot, bits
from services.alert.clauses.syntax import Say, Syntax

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView
    from services.alert.clauses.term import Term
    from services.alert.rule_rows import RuleRows


@dataclass(frozen=True, slots=True)
class Within(Clause):
    """The part is true inside one unit of the scope."""

    part: Clause
    scope: Scope

    def children(self) -> tuple[Clause, ...]:
        return (self.part,)

    @property
    def joined(self) -> tuple[Clause, ...]:
        """What must stand together."""
        return self.part.parts if isinstance(self.part, AllOf) else (self.part,)

    def text(self) -> str:
        return f"({self.part.text()}) within {self.scope}"

    def meaning(self) -> str:
        return f"{self.part.meaning()}@{self.scope}"

    def without(self) -> Iterator[tuple[Clause, Clause | None]]:
        for clause, rest in self.part.without():
            yield clause, None if rest is None else Within(rest, self.scope)
        if self.scope != ARTICLE:
            yield self, self.part

    def true_places(self, scope: Scope, view: "ArticleView", whole: "ArticleView") -> int:
        return view.spread(self._places(view, whole), scope)

    def _places(self, view: "ArticleView", whole: "ArticleView") -> int:
        """Return the mask of the sentences that name the units in which the part is true."""
        if self.scope.unit != "words":
            return self.part.true_places(self.scope, view, whole)
        mask = 0
        for _, chosen in places_near(self.joined, self.scope.size, view):
            for places in chosen:
                for place in places:
                    mask |= 1 << place.sentence
        return mask

    def composed(self, truths: Sequence[bool]) -> bool | None:
        return truths[0] if self.scope == ARTICLE else None

    def necessary(self) -> "list[frozenset[Term]]":
        return self.part.necessary()

    def rows(self, of: "RuleRows") -> list[Row]:
        """Return exact rows for terms and choices joined by `and`, in sentences or paragraphs."""
        if self.scope == ARTICLE:
            return self.part.rows(of)
        if self.scope.unit == "words":
            return [of.necessary(self)]
        nots, atoms = [], []
        for part in self.joined:
            if (atom := of.atom(part)) is not None:
                atoms.append(atom)
            elif part.looks_everywhere:  # a `not` that means the same inside and outside; its row is exact by itself
                nots += part.rows(of)
            else:
                return [of.necessary(self)]
        row = Row((), tuple(atoms), self.scope)
        return [join([row, *nots])] if nots else [row]

    def to_show(self, spot: Spot) -> Iterator[Shown]:
        """Yield what shows one place in which it is true, in the text rather than the title."""
        view = spot.view
        if self.scope.unit == "words":
            for place in near_places(self.joined, self.scope.size, view):
                yield Shown(tuple(term for term, found in view.places.items() if place in found), 1 << place.sentence)
            return
        true = self._places(view, spot.whole)
        here = [one for one in bits(true) if view.spread(1 << one, spot.scope) >> spot.place & 1]
        if here:
            chosen = next((one for one in here if one), here[0])
            yield from self.part.to_show(Spot(self.scope, chosen, view, spot.whole))

    def miss(self, truths: Sequence[bool], view: "ArticleView", whole: "ArticleView") -> str:
        return nearness_miss(self.joined, self.scope, view, whole) or (
            f"{self.part.text()} is nowhere true within {self.scope}"
        )


def scope_mistakes(part: Clause, scope: Scope) -> tuple[str, ...]:
    """Return why a clause cannot stand within a scope: distances in words are between names, phrases and choices."""
    if scope.unit != "words":
        return ()
    joined = Within(part, scope).joined
    if not all(one.alternatives() for one in joined):
        return ("within … words takes names, phrases and choices of them joined by 'and'",)
    if len(joined) < 2:
        return ("within … words needs two things joined by 'and'",)
    return ()


def _build(found: list[Any], say: Say) -> Clause:
    part, within, scope = found
    for message in scope_mistakes(part, scope):
        say(within, message)
    return Within(part, scope)


SYNTAX = Syntax("within", '"(" either ")" WITHIN scope', _build, {"WITHIN": "within"})
