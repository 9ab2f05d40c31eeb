"""`2 of (…)`: at least so many parts are true."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from services.alert.clauses.all_of import AllOf
from services.alert.clauses.any_of import AnyOf, one_of
from services.alert.clauses.clause import Clause, Parted, Scope
from services.alert.clauses.syntax import Say, Syntax

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView
    from services.alert.clauses.term import Term


@dataclass(frozen=True, slots=True)
class AtLeast(Parted):
    """At least `count` parts are true (`2 of (…)`)."""

    count: int
    parts: tuple[Clause, ...]

    def text(self) -> str:
        return f"{self.count} of ({', '.join(part.text() for part in self.parts)})"

    def meaning(self) -> str:
        return f"AtLeast{self.count}({','.join(part.meaning() for part in self.parts)})"

    def with_parts(self, parts: Iterable[Clause]) -> Clause | None:
        found = tuple(parts)
        if not found:
            return None
        return AtLeast(self.count, found) if len(found) > self.count else AllOf(found)

    def nots_everywhere(self) -> Clause:
        return AtLeast(self.count, tuple(part.nots_everywhere() for part in self.parts))

    def true_places(self, scope: Scope, view: "ArticleView", whole: "ArticleView") -> int:
        reached = [0] * (self.count + 1)  # reached[n]: places where at least n parts so far are true
        for part in self.parts:
            mask = part.true_places(scope, view, whole)
            for n in range(self.count, 1, -1):
                reached[n] |= reached[n - 1] & mask
            reached[1] |= mask
        return reached[self.count]

    def composed(self, truths: Sequence[bool]) -> bool:
        return sum(truths) >= self.count

    def necessary(self) -> "list[frozenset[Term]]":
        # Of n parts, k are true: so of any n - k + 1 parts at least one is.
        if all(choices := [part.alternatives() for part in self.parts]):  # names, nearly always
            fewest = sorted((terms for terms in choices if terms), key=len)[: len(choices) - self.count + 1]
            return [frozenset(chain.from_iterable(fewest))]
        parts = sorted((part.necessary() for part in self.parts), key=_width)
        return one_of(parts[: len(parts) - self.count + 1])

    def miss(self, truths: Sequence[bool], view: "ArticleView", whole: "ArticleView") -> str:
        missing = [part.text() for part, is_true in zip(self.parts, truths, strict=True) if not is_true]
        there = f"{sum(truths)} of {len(truths)} are there"
        return f"{there}, the rule wants {self.count}; missing: {', '.join(missing)}"


def _width(choices: "Sequence[frozenset[Term]]") -> int:
    return min(map(len, choices), default=1_000_000)


def _build(found: list[Any], say: Say) -> Clause:
    number, parts = found
    count = int(number)
    if not 1 <= count <= len(parts):
        say(number, f"{count} of {len(parts)} can never be: choose 1 to {len(parts)}")
    if count == 1:
        return AnyOf.of(parts)
    return AllOf.of(parts) if count == len(parts) else AtLeast(count, parts)


SYNTAX = Syntax("at_least", "NUMBER _OF members", _build)
