"""What a rule makes of its condition: `within` worked in, and whether it asks for anything at all."""

from services.alert.article_view import ArticleView
from services.alert.clauses import ARTICLE, AllOf, Clause, Scope, Term, Within, scope_mistakes

_EMPTY = ArticleView({}, (0, 1))  # an article that mentions nothing at all


def bounded(clause: Clause, scope: Scope) -> tuple[Clause, tuple[str, ...]]:
    """Return a clause with a rule's `within` worked in, and what is wrong with that.

    What the rule asks for must stand within the scope; what it excludes (`not`) is looked for in the whole article.
    """
    if scope == ARTICLE:
        return clause, ()
    parts = clause.parts if isinstance(clause, AllOf) else (clause,)
    wanted = tuple([part.nots_everywhere() for part in parts if part.is_wanted])
    unwanted = tuple([part for part in parts if not part.is_wanted])
    if not wanted:
        return clause, ()
    together = wanted[0] if len(wanted) == 1 else AllOf(wanted)
    inside = Within(together, scope)
    return (AllOf((inside, *unwanted)) if unwanted else inside), scope_mistakes(together, scope)


def rings_for_nothing(condition: Clause) -> bool:
    """Return whether a condition is true of an article that mentions nothing at all."""
    first = condition
    while isinstance(first, AllOf | Within):
        first = first.children()[0]
    if isinstance(first, Term):  # as in nearly all: it must be there
        return False
    return bool(condition.true_places(ARTICLE, _EMPTY, _EMPTY))
