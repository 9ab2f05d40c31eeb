"""The clauses of a rule's condition, as data: what must be true of an article, and how close together.

Each file is one kind of clause and all it means: how it is written, where it is true, its rows in the index, its proof,
and how near it came when it is false.
"""

from services.alert.clauses import all_of, any_of, at_least, within
from services.alert.clauses.all_of import AllOf
from services.alert.clauses.any_of import AnyOf
from services.alert.clauses.at_least import AtLeast
from services.alert.clauses.clause import ARTICLE, PARAGRAPH, SENTENCE, Clause, Scope, terms_of
from services.alert.clauses.negation import Not
from services.alert.clauses.points import Points
from services.alert.clauses.syntax import Syntax
from services.alert.clauses.term import Term, TermKind
from services.alert.clauses.within import Within, scope_mistakes

# The operators of `when:`; names, "phrases", `and`, `or`, `not` and parentheses are the grammar's own (condition.py).
OPERATORS: tuple[Syntax, ...] = (within.SYNTAX, any_of.SYNTAX, all_of.SYNTAX, at_least.SYNTAX)

__all__ = [
    "ARTICLE", "OPERATORS", "PARAGRAPH", "SENTENCE", "AllOf", "AnyOf", "AtLeast", "Clause", "Not", "Points", "Scope",
    "Syntax", "Term", "TermKind", "Within", "scope_mistakes", "terms_of",
]  # fmt: skip
