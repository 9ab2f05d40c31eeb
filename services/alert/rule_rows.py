"""Rules as rows of the index: exact where a rule is a conjunction, and otherwise rows it cannot hold without.

A rule that is not exact is *open*: when one of its rows holds, evaluate.py has the last word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from services.alert.expression import ARTICLE, AllOf, AnyOf, AtLeast, Clause, Not, Points, Scope, Term, Within
from services.alert.lexicon import FILTERS, Lexicon, Zones
from services.alert.rule import Rule

MOST_ROWS = 8  # of one rule; more branches become one choice and a closer look


@dataclass(frozen=True, slots=True)
class Row:
    """A conjunction: atoms in the article, atoms that share a place of one scope, terms that must be absent."""

    anywhere: tuple[int, ...] = ()
    together: tuple[int, ...] = ()
    scope: Scope = ARTICLE
    absent: tuple[Term, ...] = ()
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


def rows_of(rule: Rule, lexicon: Lexicon) -> list[Row]:
    """Return rows of which at least one holds whenever the rule does, and only then where they are exact."""
    zones = rule.where.zones
    base = [lexicon.filter(name, asked) for name in FILTERS if (asked := getattr(rule.where, name)) is not None]
    base += [lexicon.count(terms, least, zones) for terms, least in rule.mentions]
    always = Row(anywhere=tuple(base))
    return [always.joined(row) for row in _Rows(lexicon, zones).of(rule.condition)]


@dataclass
class _Rows:
    lexicon: Lexicon
    zones: Zones

    def of(self, clause: Clause) -> list[Row]:
        """Return the rows of a clause that is asked of the whole article."""
        if isinstance(clause, Term):
            return [Row(anywhere=(self.lexicon.term(clause, self.zones),))]
        if isinstance(clause, Not):
            return [self._absent(clause)]
        if isinstance(clause, Within):
            return self._within(clause)
        if isinstance(clause, AllOf):
            branches = [self.of(part) for part in clause.parts]
            if _product(map(len, branches)) > MOST_ROWS:
                return [self._necessary(clause)]
            return [_join(rows) for rows in product(*branches)]
        if isinstance(clause, AnyOf):
            terms = terms_only(clause)
            if terms is not None:
                return [Row(anywhere=(self.lexicon.choice(terms, self.zones),))]
            rows = [row for part in clause.parts for row in self.of(part)]
            return rows if len(rows) <= MOST_ROWS else [self._necessary(clause)]
        return [self._necessary(clause)]

    def _within(self, clause: Within) -> list[Row]:
        """Return the rows of a `within`: exact for terms and choices joined by `and`, in sentences or paragraphs."""
        parts = clause.part.parts if isinstance(clause.part, AllOf) else (clause.part,)
        wanted = [part for part in parts if not isinstance(part, Not)]
        chosen = [terms_only(part) for part in wanted]
        # A `not` that looks at the whole article means the same inside and outside.
        nots = [self._absent(part) for part in parts if isinstance(part, Not) and _looks_everywhere(part)]
        is_plain = all(chosen) and len(wanted) + len(nots) == len(parts) and clause.scope.unit != "words"
        if clause.scope == ARTICLE:
            return self.of(clause.part)
        if not is_plain:
            return [self._necessary(clause)]
        atoms = tuple(self.lexicon.choice(terms, self.zones) for terms in chosen if terms)
        return [_join([Row(together=atoms, scope=clause.scope), *nots])]

    def _absent(self, clause: Not) -> Row:
        part = clause.part.part if isinstance(clause.part, Within) and clause.part.scope == ARTICLE else clause.part
        terms = terms_only(part)
        return Row(is_exact=False) if terms is None else Row(absent=terms)

    def _necessary(self, clause: Clause) -> Row:
        """Return an open row with what a clause cannot be true without."""
        atoms = [self.lexicon.choice(terms, self.zones) for terms in necessary(clause)]
        return Row(anywhere=tuple(dict.fromkeys(atoms)), is_exact=False)


def terms_only(clause: Clause) -> tuple[Term, ...] | None:
    """Return the terms of a term or of a choice of terms; None for anything else."""
    if isinstance(clause, Term):
        return (clause,)
    if isinstance(clause, AnyOf) and clause.parts and all(isinstance(part, Term) for part in clause.parts):
        return tuple(part for part in clause.parts if isinstance(part, Term))
    return None


def necessary(clause: Clause) -> list[frozenset[Term]]:
    """Return choices of terms; an article that has no term of one of them cannot satisfy the clause."""
    if isinstance(clause, Term):
        return [frozenset({clause})]
    if isinstance(clause, Within):
        return necessary(clause.part)
    if isinstance(clause, AllOf):
        return [choice for part in clause.parts for choice in necessary(part)]
    if isinstance(clause, AnyOf):
        return _any_of([necessary(part) for part in clause.parts])
    if isinstance(clause, AtLeast):
        # Of n parts, k are true: so of any n - k + 1 parts at least one is.
        parts = sorted((necessary(part) for part in clause.parts), key=_width)
        return _any_of(parts[: len(parts) - clause.count + 1])
    if isinstance(clause, Points):
        return _any_points(clause)
    return []


def _any_of(parts: Sequence[Sequence[frozenset[Term]]]) -> list[frozenset[Term]]:
    if not all(parts):
        return []
    return [frozenset().union(*(min(choices, key=len) for choices in parts))]


def _any_points(clause: Points) -> list[frozenset[Term]]:
    """Return the terms without which the others do not reach the threshold."""
    gains = sorted(((points, term) for term, points in clause.points if points > 0), key=lambda gain: gain[0])
    left_out = 0
    while gains and left_out + gains[0][0] < clause.threshold:
        left_out += gains.pop(0)[0]
    return [frozenset(term for _, term in gains)] if gains else []


def _looks_everywhere(clause: Not) -> bool:
    return isinstance(clause.part, Within) and clause.part.scope == ARTICLE


def _width(choices: Sequence[frozenset[Term]]) -> int:
    return min(map(len, choices), default=1_000_000)


def _join(rows: Iterable[Row]) -> Row:
    joined = Row()
    for row in rows:
        joined = joined.joined(row)
    return joined


def _product(numbers: Iterable[int]) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result
