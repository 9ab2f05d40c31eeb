"""The oracle: the rule language read naively, one rule and one article at a time, with sets of sentences.

It shares nothing with the engine but the parsed rule and the places of the terms. Slow, and easy to believe.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product

from services.alert.article_view import WORD, ArticleView, Place
from services.alert.clauses import AllOf, AnyOf, AtLeast, Clause, Not, Points, Scope, Term, Within
from services.alert.rule import Rule

Unit = tuple[frozenset[int], frozenset[int]]  # its sentences, and those of them that name it
Places = dict[Term, list[Place]]


def oracle_holds(rule: Rule, view: ArticleView) -> bool:
    where, source = rule.where, view.source
    for asked, found in (
        (where.languages, view.language),
        (where.tiers, source.tier),
        (where.sources, source.id),
        (where.countries, source.country),
        (where.owners, source.owner),
    ):
        if asked is not None and (found is None or found not in asked):
            return False
    if where.not_sources and source.id in where.not_sources:
        return False
    everywhere = {term: list(places) for term, places in view.places.items()}
    here = {
        term: [one for one in places if where.zones is None or one.zone in where.zones]
        for term, places in everywhere.items()
    }
    for terms, least in rule.mentions:
        if sum(len(here.get(term, [])) for term in terms) < least:
            return False
    article = (frozenset(range(len(view.paragraph_of))),) * 2
    return is_true(rule.condition, article, here, everywhere, view)


def is_true(clause: Clause, unit: Unit, here: Places, everywhere: Places, view: ArticleView) -> bool:
    def ask(part: Clause) -> bool:
        return is_true(part, unit, here, everywhere, view)

    if isinstance(clause, Term):
        return any(place.sentence in unit[0] for place in here.get(clause, []))
    if isinstance(clause, AllOf):
        return all(map(ask, clause.parts))
    if isinstance(clause, AnyOf):
        return any(map(ask, clause.parts))
    if isinstance(clause, AtLeast):
        return sum(map(ask, clause.parts)) >= clause.count
    if isinstance(clause, Points):
        return sum(points for term, points in clause.points if ask(term)) >= clause.threshold
    if isinstance(clause, Not):
        return not is_true(clause.part, unit, everywhere, everywhere, view)
    assert isinstance(clause, Within)
    if clause.scope.unit == "words":
        return any({place.sentence for place in chosen} & unit[0] for chosen in near(clause, here, view))
    return any(
        named & unit[0] and is_true(clause.part, (sentences, named), here, everywhere, view)
        for sentences, named in units(clause.scope, view)
    )


def units(scope: Scope, view: ArticleView) -> Iterator[Unit]:
    last = len(view.paragraph_of)
    if scope.unit == "article":
        yield frozenset(range(last)), frozenset(range(last))
    elif scope.unit == "paragraph":
        for paragraph in set(view.paragraph_of):
            members = frozenset(n for n in range(last) if view.paragraph_of[n] == paragraph)
            yield members, members
    else:
        yield frozenset({0}), frozenset({0})
        for end in range(1, last):
            yield frozenset(range(max(1, end - scope.size + 1), end + 1)), frozenset({end})


@cache
def word_starts(text: str) -> list[int]:
    return [word.start() for word in WORD.finditer(text)]


def near(clause: Within, here: Places, view: ArticleView) -> Iterator[tuple[Place, ...]]:
    parts = clause.part.parts if isinstance(clause.part, AllOf) else (clause.part,)
    choices = []
    for part in parts:
        terms = part.parts if isinstance(part, AnyOf) else (part,)
        choices.append([place for term in terms for place in here.get(term, [])])
    for chosen in product(*choices):
        if len({place.sentence == 0 for place in chosen}) > 1:
            continue
        text = view.title if chosen[0].sentence == 0 else view.text
        start = min(place.start for place in chosen)
        first_end = max(place.end for place in chosen if place.start == start)
        last_start = max(place.start for place in chosen)
        words = sum(first_end <= word < last_start for word in word_starts(text))
        if words <= clause.scope.size:
            yield chosen
