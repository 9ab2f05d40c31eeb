"""The clauses of a rule's condition, as data: what must be true of an article, and how close together.

A clause is true or false of each *place* of an article (evaluate.py). The text of a clause, as an analyst would
write it, comes from `text_of`; parsing that text again gives the same clause.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

TermKind = Literal["actor", "topic", "phrase"]


class Term(str):
    """Something an article can mention: an actor, a topic, or an exact phrase (folded, see phrases.py).

    A text of its own, `kind:key`, so that looking one up costs as little as looking up a text.
    """

    __slots__ = ("key", "kind", "label")
    kind: TermKind
    key: str  # actor id, topic id, or the folded phrase
    label: str  # as the analyst wrote it; no part of what the term means

    def __new__(cls, kind: TermKind, key: str, label: str = "") -> "Term":
        """Return the term; terms of one kind and key are equal, whatever their labels."""
        term = super().__new__(cls, f"{kind}:{key}")
        term.kind, term.key, term.label = kind, key, label
        return term

    def __repr__(self) -> str:
        return f"Term({str(self)!r})"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part is true (`and`)."""

    parts: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part is true (`or`, `any of`, a group)."""

    parts: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not true."""

    part: "Clause"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `count` parts are true (`2 of (…)`)."""

    count: int
    parts: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Points:
    """The points of the terms that are there reach the threshold; points may be negative."""

    threshold: int
    points: tuple[tuple[Term, int], ...]


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


@dataclass(frozen=True, slots=True)
class Within:
    """The part is true inside one unit of the scope."""

    part: "Clause"
    scope: Scope


Clause = Term | AllOf | AnyOf | Not | AtLeast | Points | Within


def parts_of(clause: Clause) -> tuple[Clause, ...]:
    """Return the clauses a clause is made of; a term has none."""
    if isinstance(clause, AllOf | AnyOf | AtLeast):
        return clause.parts
    if isinstance(clause, Not | Within):
        return (clause.part,)
    if isinstance(clause, Points):
        return tuple(term for term, _ in clause.points)
    return ()


def terms_of(clause: Clause) -> Iterator[Term]:
    """Yield every term of a clause, in the order they are written, with repeats."""
    if isinstance(clause, Term):
        yield clause
    for part in parts_of(clause):
        yield from terms_of(part)


def text_of(clause: Clause) -> str:
    """Return the clause as an analyst would write it."""
    if isinstance(clause, Term):
        return f'"{clause.label or clause.key}"' if clause.kind == "phrase" else clause.label or clause.key
    if isinstance(clause, AllOf | AnyOf):
        return (" and " if isinstance(clause, AllOf) else " or ").join(map(_bracketed, clause.parts))
    if isinstance(clause, Not):
        return f"not {_bracketed(clause.part)}"
    if isinstance(clause, AtLeast):
        return f"{clause.count} of ({', '.join(map(text_of, clause.parts))})"
    if isinstance(clause, Points):
        return f"{clause.threshold} points of ({', '.join(f'{text_of(term)} {n}' for term, n in clause.points)})"
    return f"({text_of(clause.part)}) within {clause.scope}"


def _bracketed(clause: Clause) -> str:
    return f"({text_of(clause)})" if isinstance(clause, AllOf | AnyOf) else text_of(clause)
