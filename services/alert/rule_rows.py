"""Rules as rows of the index: exact where a rule is a conjunction, and otherwise rows it cannot hold without.

A rule that is not exact is *open*: when one of its rows holds, evaluate.py has the last word.
"""

from typing import NamedTuple

from services.alert.clauses import Clause
from services.alert.clauses.row import Row
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

    def necessary(self, clause: Clause) -> Row:
        """Return an open row with what a clause cannot be true without."""
        atoms = [self.lexicon.choice(terms, self.zones) for terms in clause.necessary()]
        return Row(anywhere=tuple(dict.fromkeys(atoms)), is_exact=False)
