"""`exactly 1 of (…)`, an operator that Tocsin does not have: one file and one row, as docs/growing.md says.

Run as a program it adds its row to the table, then writes, indexes, matches, proves and explains a rule with it.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from services.alert import clauses
from services.alert.article_view import ArticleView
from services.alert.clauses import Clause, Scope
from services.alert.clauses.syntax import Syntax


@dataclass(frozen=True, slots=True)
class Exactly(Clause):
    """Exactly so many parts are true."""

    count: int
    parts: tuple[Clause, ...]

    def children(self) -> tuple[Clause, ...]:
        return self.parts

    def text(self) -> str:
        return f"exactly {self.count} of ({', '.join(part.text() for part in self.parts)})"

    def true_places(self, scope: Scope, view: ArticleView, whole: ArticleView) -> int:
        masks = [part.true_places(scope, view, whole) for part in self.parts]
        places = range(len(view.paragraph_of))
        return sum(1 << place for place in places if sum(mask >> place & 1 for mask in masks) == self.count)

    def miss(self, truths: Sequence[bool], view: ArticleView, whole: ArticleView) -> str:
        return f"{sum(truths)} are there, the rule wants {self.count} and no more"


SYNTAX = Syntax(
    "exactly",
    "EXACTLY NUMBER _OF members",
    lambda found, _: Exactly(int(found[1]), found[2]),
    {"EXACTLY": "exactly"},
)


def main() -> None:
    clauses.OPERATORS = (*clauses.OPERATORS, SYNTAX)

    # Only now: the grammar is made when its module is loaded.
    from services.alert.index import RuleIndex
    from services.desk.explain import explain
    from tests.unit.alert.given_alerts import NOON, a_rule, a_rulebook, a_tagged_article

    rulebook = a_rulebook(a_rule("(exactly 1 of (Mali, Niger, Chad) and Russia) within sentence"))
    (rule,) = rulebook.rules.values()
    one, two = a_tagged_article("Mali and Russia spoke."), a_tagged_article("Mali, Niger and Russia spoke.")
    index = RuleIndex.of(rulebook.rules.values())
    told = {
        "rings": [[rule.id for rule in rules] for rules in index.match([rulebook.view(one), rulebook.view(two)])],
        "text": rule.condition.text(),
        "quotes": explain(rule, one, now=NOON).quotes,
        "misses": explain(rule, two, now=NOON).misses,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
