"""Mutants: a rule with one clause less, to see whether its tests would notice."""

from collections.abc import Iterator
from dataclasses import replace

from services.alert.clauses import Points
from services.alert.rule import Rule, Where

_FILTERS = ("languages", "tiers", "sources", "not_sources", "countries", "owners", "zones", "max_age")


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Yield what is left out, and the rule without it: each clause, each filter, each count, each window."""
    for clause, rest in rule.condition.without():
        if rest is not None:
            yield clause.text(), replace(rule, condition=rest)
    if isinstance(rule.condition, Points):
        for term, _ in rule.condition.points:
            left = tuple(pair for pair in rule.condition.points if pair[0] != term)
            yield f"points of {term.text()}", replace(rule, condition=replace(rule.condition, points=left))
    for name in _FILTERS:
        if getattr(rule.where, name) is not None:
            where: Where = replace(rule.where, **{name: None})
            yield f"where {name}", replace(rule, where=where)
    for number, (terms, least) in enumerate(rule.mentions):
        mentions = (*rule.mentions[:number], *rule.mentions[number + 1 :])
        yield f"at least {least} mentions of {terms[0].text()}", replace(rule, mentions=mentions)
    if rule.over is not None:
        yield "over", replace(rule, over=None)
    if rule.spike is not None:
        yield "spike", replace(rule, spike=None)
