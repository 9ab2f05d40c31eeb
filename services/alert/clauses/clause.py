"""What every clause of a condition can say of itself. Each kind of clause is one file beside this one.

A clause is true or false of each *place* of an article (`ArticleView.spread`). Its text, as an analyst would write it,
comes from `text`; parsing that text again gives the same clause.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView
    from services.alert.clauses.row import Row
    from services.alert.clauses.spot import Shown, Spot
    from services.alert.clauses.term import Term
    from services.alert.rule_rows import RuleRows

ScopeUnit = Literal["sentence", "paragraph", "article", "words"]


@dataclass(frozen=True, slots=True)
class Scope:
    """How close together: one sentence (`size` 1), `size` of them in a row, a paragraph, `size` words, the article."""

    unit: ScopeUnit
    size: int = 1

    def __str__(self) -> str:
        if self.unit in ("paragraph", "article"):
            return self.unit
        return self.unit if (self.unit, self.size) == ("sentence", 1) else f"{self.size} {self.unit.rstrip('s')}s"


SENTENCE = Scope("sentence")
PARAGRAPH = Scope("paragraph")
ARTICLE = Scope("article")


class Clause:
    """A clause. A new kind has to say its text and where it is true; the rest has an answer that is never wrong."""

    __slots__ = ()
    is_wanted: ClassVar[bool] = True  # False: it is what the rule excludes

    def text(self) -> str:
        """Return the clause as an analyst would write it."""
        raise NotImplementedError

    def true_places(self, scope: Scope, view: "ArticleView", whole: "ArticleView") -> int:
        """Return the mask of the places of a scope in which the clause is true.

        `whole` is the view with all zones: a `not` looks at all of them, so that a filter on zones cannot hide a reason
        for silence.
        """
        raise NotImplementedError

    def children(self) -> tuple["Clause", ...]:
        """Return the clauses this one is made of; a term has none."""
        return ()

    def bracketed(self) -> str:
        """Return the text as a part of another clause's text."""
        return self.text()

    def meaning(self) -> str:
        """Return what the clause means, whatever its names are called today; a rule's version is made of it."""
        return f"{type(self).__name__}({','.join([part.meaning() for part in self.children()])})"

    @property
    def looks_everywhere(self) -> bool:
        """Whether it means the same inside and outside of a `within`."""
        return False

    def alternatives(self) -> "tuple[Term, ...] | None":
        """Return the terms of a term or of a choice of terms; None for anything else."""
        return None

    def nots_everywhere(self) -> "Clause":
        """Return the clause with every `not` looking at the whole article, except inside a `within` of its own."""
        return self

    def without(self) -> "Iterator[tuple[Clause, Clause | None]]":
        """Yield each clause that can be left out of this one, and this one without it (None: nothing is left)."""
        return iter(())

    def composed(self, truths: Sequence[bool]) -> bool | None:
        """Return whether it is true of the article by the truth of its children; None: only `true_places` can say."""
        return None

    def necessary(self) -> "list[frozenset[Term]]":
        """Return choices of terms; an article that has no term of one of them cannot satisfy the clause."""
        return []

    def rows(self, of: "RuleRows") -> "list[Row]":
        """Return rows of the index of which at least one holds when the clause is true of the article."""
        return [of.necessary(self)]

    def to_show(self, spot: "Spot") -> "Iterator[Shown]":
        """Yield what has to be shown for the clause, which is true in a spot."""
        for part in self.children():
            if spot.is_true(part):
                yield from part.to_show(spot)

    def miss(self, truths: Sequence[bool], view: "ArticleView", whole: "ArticleView") -> str:
        """Return why the clause is false and how near it came; "" when its children say it already."""
        return ""


class Parted(Clause):
    """A clause of any number of parts that mean the same wherever they stand among the others."""

    __slots__ = ()
    parts: tuple[Clause, ...]

    def children(self) -> tuple[Clause, ...]:
        return self.parts

    def with_parts(self, parts: Iterable[Clause]) -> Clause | None:
        """Return the clause with other parts; one that is left alone stands for itself, None for none."""
        raise NotImplementedError

    def nots_everywhere(self) -> Clause:
        parts = tuple([part.nots_everywhere() for part in self.parts])
        return (self.with_parts(parts) or self) if parts != self.parts else self

    def without(self) -> Iterator[tuple[Clause, Clause | None]]:
        for number, part in enumerate(self.parts):
            before, after = self.parts[:number], self.parts[number + 1 :]
            yield part, self.with_parts((*before, *after))
            for clause, rest in part.without():
                yield clause, self.with_parts((*before, *(() if rest is None else (rest,)), *after))


@dataclass(frozen=True, slots=True)
class Joined(Parted):
    """Parts with a word between them: `and`, `or`."""

    word: ClassVar[str]
    parts: tuple[Clause, ...]

    @classmethod
    def of(cls, parts: Iterable[Clause]) -> Clause:
        """Return the clause of these parts, each once and without needless nesting."""
        found = parts if isinstance(parts, list) else list(parts)
        if any([isinstance(part, cls) for part in found]):
            found = list(chain.from_iterable([part.parts if isinstance(part, cls) else (part,) for part in found]))
        unique = tuple(dict.fromkeys(found))
        return unique[0] if len(unique) == 1 else cls(unique)

    def text(self) -> str:
        return f" {self.word} ".join(part.bracketed() for part in self.parts)

    def bracketed(self) -> str:
        return f"({self.text()})"

    def with_parts(self, parts: Iterable[Clause]) -> Clause | None:
        found = tuple(parts)
        return type(self)(found) if len(found) > 1 else found[0] if found else None


def terms_of(clause: Clause) -> "Iterator[Term]":
    """Yield every term of a clause, in the order they are written, with repeats."""
    if (terms := clause.alternatives()) is not None:
        yield from terms
        return
    for part in clause.children():
        yield from terms_of(part)
