"""An explanation agrees with the engine, and a miss is told with its distance."""

from random import Random

import pytest

from services.desk.explain import Explanation, explain
from tests.unit.alert.chance import a_random_article
from tests.unit.alert.given_alerts import NOON, a_rule, a_rulebook, a_tagged_article
from tests.unit.alert.test_alert_index import random_rules

SCATTERED = "Mali spoke. Chad spoke. Ghana spoke. Niger spoke. A. B. C. D. Russia spoke."


def explained(rule: str, text: str, **article: object) -> Explanation:
    (one,) = a_rulebook(rule).rules.values()
    return explain(one, a_tagged_article(text, **article), now=NOON)


def test_an_explanation_agrees_with_the_engine(is_long: bool) -> None:
    """Ten thousand random pairs in the long form."""
    dice = Random(5)
    rulebook = random_rules(dice, 500 if is_long else 60)
    articles = [a_random_article(dice) for _ in range(20)]

    agreed = {True: 0, False: 0}
    for article in articles:
        found = {rule.id for rule in rulebook.index.match([rulebook.view(article)])[0]}
        for rule in rulebook.rules.values():
            told = explain(rule, article, now=NOON)
            assert told.holds == (rule.id in found), rule.when
            assert told.holds or told.misses, f"no reason is given why this does not hold: {rule.when}"
            agreed[told.holds] += 1
    assert min(agreed.values()) > 10


@pytest.mark.parametrize(
    ("rule", "miss"),
    [
        pytest.param(
            a_rule("Niger and Russia", within="sentence"),
            "Niger in sentence 4, Russia in sentence 9; the rule allows the same sentence",
            id="sentence",
        ),
        pytest.param(
            a_rule("(Niger and Russia) within 3 words"),
            "Niger in sentence 4, Russia in sentence 9 with 5 words between them; the rule allows 3 words between them",
            id="words",
        ),
        pytest.param(a_rule("Niger and sport"), "sport is not mentioned", id="missing"),
        pytest.param(
            a_rule("Niger and not Russia"),
            "the rule excludes Russia, which is there (sentence 9: 'Russia')",
            id="excluded",
        ),
        pytest.param(
            a_rule("3 of (Niger, Wagner, France, Mali)"),
            "2 of 4 are there, the rule wants 3; missing: Wagner, France",
            id="n of",
        ),
        pytest.param(
            a_rule("Niger", at_least="{mentions: {Niger: 2}}"),
            "Niger is mentioned 1 times; the rule wants 2",
            id="mentions",
        ),
        pytest.param(
            a_rule("Niger", where="{sources: {tier: [1, 2]}}"),
            "tiers: unknown; the rule wants one of 1, 2",
            id="filter",
        ),
        pytest.param(
            a_rule("Niger", where="{zones: [title]}"),
            "Niger stands only in the lede; the rule reads other zones",
            id="zones",
        ),
        pytest.param(
            a_rule("Niger", weights="{threshold: 4, points: {Niger: 2, coup: 3, Mali: -1}}"),
            "1 points (Niger +2, Mali -1); the rule wants 4",
            id="weights",
        ),
    ],
)
def test_a_miss_says_how_near_it_was(rule: str, miss: str) -> None:
    told = explained(rule, SCATTERED)

    assert not told.holds
    assert told.misses == (miss,)


def test_an_explanation_says_in_which_state_the_article_would_end() -> None:
    assert explained(a_rule("Niger", over="{origins: 2, window: 1h}"), "Niger spoke.").outcome == "below_threshold"
    assert explained(a_rule("Niger"), "Niger spoke.").outcome == "rang"
    assert explained(a_rule("Niger"), "Mali spoke.").outcome == "no_match"


def test_an_old_article_is_explained() -> None:
    told = explained(a_rule("Niger", where="{max_age: 30d}"), "Niger spoke.", published="2026-01-01")

    assert (told.holds, told.outcome) == (True, "stale")
    assert told.misses == ("published 59 days ago; the rule wants it no older than 30 days, 0:00:00",)
