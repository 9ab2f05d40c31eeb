"""The evaluator at its edges; that it agrees with the oracle for everything else is shown in test_alert_index.py."""

import pytest

from schemas import Source
from services.alert.evaluate import holds
from tests.unit.alert.given_alerts import a_rule, a_rulebook, a_tagged_article

PAPER = Source(id="paper", tier=2, country="NER", owner="house")
NIGER = "Niger spoke.\n\nNiger and Mali left. Niamey is calm."


def does_hold(rule: str, **article: object) -> bool:
    rulebook = a_rulebook(rule)
    tagged = a_tagged_article(NIGER, **{"title": "Chad", "source": PAPER, **article})
    return holds(rulebook.rules["r"], rulebook.view(tagged))


@pytest.mark.parametrize(
    ("asked", "is_so"),
    [
        ("{languages: [en, fr]}", True),
        ("{languages: [fr]}", False),
        ("{sources: {ids: [paper]}}", True),
        ("{sources: {ids: [other]}}", False),
        ("{sources: {not: [other]}}", True),
        ("{sources: {not: [paper]}}", False),
        ("{sources: {tier: [1, 2]}}", True),
        ("{sources: {tier: [1]}}", False),
        ("{sources: {countries: [NER]}}", True),
        ("{sources: {countries: [FRA]}}", False),
        ("{sources: {owners: [house]}}", True),
        ("{sources: {owners: [other]}}", False),
        ("{zones: [lede]}", True),
        ("{zones: [title]}", False),
    ],
)
def test_filters_let_through_what_was_asked_for(asked: str, is_so: bool) -> None:
    assert does_hold(a_rule("Niger", where=asked)) is is_so


@pytest.mark.parametrize(
    ("rule", "is_so"),
    [
        pytest.param(a_rule("Niger", at_least="{mentions: {Niger: 3}}"), True, id="exactly as often"),
        pytest.param(a_rule("Niger", at_least="{mentions: {Niger: 4}}"), False, id="once too few"),
        pytest.param(a_rule("Niger", at_least="{mentions: {Niger: 3, Mali: 2}}"), False, id="one of two too few"),
        pytest.param(
            a_rule("Niger", at_least="{mentions: {Niger: 2}}", where="{zones: [lede]}"), False,
            id="only what stands in the zones is counted",
        ),
        pytest.param(a_rule("Niger and Chad", where="{zones: [title, lede]}"), True, id="in two zones"),
        pytest.param(a_rule("Niger and Mali", where="{zones: [lede]}"), False, id="not in the zone"),
        pytest.param(
            a_rule("Niger and not Mali", where="{zones: [lede]}"), False, id="what is excluded is looked for everywhere"
        ),
    ],
)  # fmt: skip
def test_mentions_are_counted_where_the_rule_reads(rule: str, is_so: bool) -> None:
    assert does_hold(rule) is is_so
