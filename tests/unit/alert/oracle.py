"""The oracle: the rule language read naively, one rule and one article at a time, with sets of sentences.

It shares nothing with the engine but the parsed rule and the places of the terms. Slow, and easy to believe.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from services.alert.article_view import WORD, ArticleView, Place
from services.alert.clauses import ARTICLE, AllOf, AnyOf, AtLeast, Clause, Not, Points, Scope, Term, Within
from services.alert.rule import Rule

Unit = tuple[frozenset[int], frozenset[int]]  # its sentences, and those of them that name it
Places = dict[Term, list[Place]]


@dataclass(frozen=True)
class Read:
    """An article, and what is the same for every rule: laid out once, for ten thousand rules are asked."""

    view: ArticleView
    everywhere: Places
    units: dict[Scope, list[Unit]] = field(default_factory=dict)

    @classmethod
    def of(cls, view: ArticleView) -> "Read":
        return cls(view, {term: list(places) for term, places in view.places.items()})

    def units_of(self, scope: Scope) -> list[Unit]:
        if scope not in self.units:
            self.units[scope] = list(units(scope, self.view))
        return self.units[scope]


def oracle_holds(rule: Rule, read: Read) -> bool:
    where, view, source = rule.where, read.view, read.view.source
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
    here = read.everywhere
    if where.zones is not None:
        here = {term: [one for one in places if one.zone in where.zones] for term, places in here.items()}
    for terms, least in rule.mentions:
        if sum(len(here.get(term, [])) for term in terms) < least:
            return False
    return is_true(rule.condition, read.units_of(ARTICLE)[0], here, read)


def is_true(clause: Clause, unit: Unit, here: Places, read: Read) -> bool:
    def ask(part: Clause) -> bool:
        return is_true(part, unit, here, read)

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
        return not is_true(clause.part, unit, read.everywhere, read)
    assert isinstance(clause, Within)
    if clause.scope.unit == "words":
        return any({place.sentence for place in chosen} & unit[0] for chosen in near(clause, here, read.view))
    return any(
        not named.isdisjoint(unit[0]) and is_true(clause.part, (sentences, named), here, read)
        for sentences, named in read.units_of(clause.scope)
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


@lru_cache(maxsize=100_000)
def words_between(text: str, first: int, last: int) -> int:
    return sum(first <= word.start() < last for word in WORD.finditer(text))


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
        if words_between(text, first_end, last_start) <= clause.scope.size:
            yield chosen
