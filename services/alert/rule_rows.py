"""Rules as rows of the index: exact where a rule is a conjunction, and otherwise rows it cannot hold without.

A rule that is not exact is *open*: when one of its rows holds, evaluate.py has the last word.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.alert.clauses import Clause, Scope, Term
from services.alert.clauses.row import Row
from services.alert.columns import ABSENT
from services.alert.lexicon import Lexicon, Zones
from services.alert.rule import Rule


def rows_of(rule: Rule, lexicon: Lexicon) -> list[Row]:
    """Return rows of which at least one holds whenever the rule does, and only then where they are exact."""
    zones = rule.where.zones
    counts = [lexicon.count(terms, least, zones) for terms, least in rule.mentions]
    always = (*lexicon.filters_of(rule.where), *counts)
    rows = [row.with_more(always) for row in rule.condition.rows(RuleRows(lexicon, zones))]
    # A term that must be there twice is there: its count, which has the same places, stands for it.
    instead = {atom: count for count in counts if (atom := lexicon.counted.get(count)) is not None}
    return [row.with_atoms(instead) for row in rows] if instead else rows


class RuleRows(NamedTuple):
    """What clauses make the rows of one rule with."""

    lexicon: Lexicon
    zones: Zones

    def atom(self, part: Clause) -> int | None:
        """Return the atom of a term or of a choice of terms; None for any other clause."""
        if isinstance(part, Term):  # nine of ten
            return self.lexicon.term(part, self.zones)
        terms = part.alternatives()
        return self.lexicon.choice(terms, self.zones) if terms else None

    def necessary(self, clause: Clause) -> Row:
        """Return an open row with what a clause cannot be true without."""
        atoms = [self.lexicon.choice(terms, self.zones) for terms in clause.necessary()]
        return Row(anywhere=tuple(dict.fromkeys(atoms)), is_exact=False)


def absent_atoms(row: Row, lexicon: Lexicon) -> tuple[int, ...]:
    """Return the atoms that must be absent: the terms themselves, or one choice when they are more than fit."""
    if not row.absent:  # as in most
        return ()
    terms = tuple(dict.fromkeys(row.absent))
    if len(terms) > ABSENT:
        return (lexicon.choice(terms),)
    return tuple(lexicon.term(term) for term in terms)


def slots_of(row: Row, scopes: Mapping[Scope, int], atoms: int) -> list[int]:
    """Return the slots of a row; an atom that shares a place need not be asked for in the article as well."""
    first = scopes[row.scope] * atoms
    slots = [first + atom for atom in row.together]
    slots += [atom for atom in row.anywhere if atom not in row.together]
    return slots if len(set(slots)) == len(slots) else list(dict.fromkeys(slots))
