"""What each construct of the language means, by one article that has it and one that has not."""

from itertools import count

import pytest

from services.alert.costs import Costs, RuleCost
from services.alert.tagged_article_to_alerts import candidate_of, match_article, matches
from tests.unit.alert.given_alerts import a_rule, a_rulebook, a_tagged_article

APART = "Niger spoke. Russia listened.\n\nThe military watched."
TOGETHER = "Niger and Russia signed a military pact. Mali left."


def fires(rule: str, text: str, groups: str = "", **article: object) -> bool:
    return bool(matches(a_tagged_article(text, **article), a_rulebook(rule, groups=groups)))


@pytest.mark.parametrize(
    ("rule", "yes", "no"),
    [
        pytest.param(a_rule("Niger and Russia"), APART, "Niger spoke.", id="and"),
        pytest.param(a_rule("Niger or Chad"), "Chad spoke.", "Mali spoke.", id="or"),
        pytest.param(a_rule("Niger and not sport"), "Niger spoke.", "Niger plays football.", id="not"),
        pytest.param(a_rule("Niger and (Chad or Mali)"), "Niger. Mali.", "Niger. Ghana.", id="parentheses"),
        pytest.param(a_rule("any of (Chad, Mali) and Niger"), "Niger. Chad.", "Chad. Mali.", id="any of"),
        pytest.param(a_rule("2 of (Chad, Mali, Niger)"), "Mali. Niger.", "Mali. Mali.", id="n of"),
        pytest.param(a_rule("any of sahel and Russia"), "Burkina Faso. Russia.", "Chad. Russia.", id="group"),
        pytest.param(
            a_rule('Niger and "joint  Exercises"'),
            "Niger holds joint exercises.",
            "Niger exercises jointly.",
            id="phrase",
        ),
        pytest.param(a_rule("'\"oil\"'"), "Of oil.", "Of turmoil and oils.", id="phrase of whole words"),
        pytest.param(a_rule("Niger and Russia", within="sentence"), TOGETHER, APART, id="sentence"),
        pytest.param(a_rule("Niger and Russia", within="2 sentences"), APART, "Niger. Mali. Russia.", id="2 sentences"),
        pytest.param(a_rule("Niger and Russia", within="paragraph"), APART, "Niger.\n\nRussia.", id="paragraph"),
        pytest.param(
            a_rule("(Niger and Russia) within sentence and Mali"), TOGETHER, "Niger. Russia. Mali.", id="within inside"
        ),
        pytest.param(
            a_rule("(Niger and Russia) within 3 words"),
            "Niger met with Russia.",
            "Niger met with two envoys of Russia.",
            id="words",
        ),
        pytest.param(
            a_rule("'(Burkina Faso and \"burkina faso army\") within 1 words'"),
            "The Burkina Faso army left.",
            "The army of Burkina Faso left.",
            id="words, of two that begin together",
        ),
        pytest.param(
            a_rule("Niger and not Mali", within="sentence"),
            "Niger. Chad.",
            TOGETHER,
            id="a not of the rule looks everywhere",
        ),
        pytest.param(
            a_rule("(Niger and not Mali) within sentence"),
            TOGETHER,
            "Niger met Mali.",
            id="a not inside a within looks there",
        ),
        pytest.param(a_rule("Niger", at_least="{mentions: {Niger: 2}}"), "Niger. Niamey.", "Niger.", id="mentions"),
        pytest.param(
            a_rule("Niger", weights="{threshold: 3, points: {Niger: 2, coup: 1, sport: -5}}"),
            "Niger coup.",
            "Niger coup and football.",
            id="weights",
        ),
        pytest.param(a_rule("Niger", where="{zones: [lede]}"), "Niger.", "Mali.\n\nNiger.", id="zones"),
        pytest.param(
            a_rule("Niger or Mali", where="{zones: [lede]}"), "Mali.", "Chad.\n\nMali.", id="a choice in zones"
        ),
        pytest.param(
            a_rule("2 of (Chad, Mali, Niger)"), "Chad. Niger.", "Niger.", id="the first and the last of three"
        ),
        pytest.param(
            a_rule("3 of (Chad, Mali, Niger, Ghana, Russia)"), "Chad. Niger. Russia.", "Chad. Russia.", id="3 of 5"
        ),
        pytest.param(
            a_rule("4 of (Chad, Mali, Niger, Ghana, Russia)"),
            "Mali. Niger. Ghana. Russia.",
            "Chad. Mali. Niger.",
            id="4 of 5",
        ),
        pytest.param(
            a_rule("(2 of (Chad, Mali, Niger) and Russia) within sentence"),
            "Chad and Niger met Russia.",
            "Chad met Russia. Niger met Russia.",
            id="n of, within",
        ),
        pytest.param(
            a_rule("(Chad and Mali) within sentence and (Niger and Russia) within sentence"),
            "Chad met Mali. Niger met Russia.",
            "Chad met Niger. Mali met Russia.",
            id="two withins",
        ),
        pytest.param(
            a_rule("Chad", weights="{threshold: 5, points: {Chad: 2, Mali: 2, Niger: 2, coup: 1}}"),
            "Chad. Mali. The coup.",
            "Chad. Niger.",
            id="weights of several",
        ),
    ],
)
def test_a_rule_fires_on_what_it_asks_for_and_on_nothing_else(rule: str, yes: str, no: str) -> None:
    assert fires(rule, yes)
    assert not fires(rule, no)


def test_the_title_is_next_to_no_sentence() -> None:
    """A name in the title and one in the first sentence are not within two sentences."""
    assert not fires(a_rule("Niger and Russia", within="2 sentences"), "Russia spoke.", title="Niger")


@pytest.mark.parametrize(
    "where",
    ["{languages: [en]}", "{sources: {tier: [1]}}", "{sources: {countries: [NER]}}", "{sources: {owners: [x]}}"],
)
def test_an_unknown_attribute_satisfies_no_filter(where: str) -> None:
    assert not fires(a_rule("Niger", where=where), "Niger.", language=None)


def test_evidence_is_the_fewest_sentences_that_show_every_clause() -> None:
    article = a_tagged_article("Niger spoke. Mali spoke. Niger and Russia signed a military pact.", title="Niger")
    (found,) = match_article(article, a_rulebook(a_rule("Niger and Russia and military")))

    (evidence,) = found["evidence"]
    assert evidence["quote"] == "Niger and Russia signed a military pact."
    assert article.article.text[evidence["start"] : evidence["end"]] == evidence["quote"]


def test_a_span_bears_the_name_that_the_rule_gives_it() -> None:
    article = a_tagged_article("Moscow sent troops to Niamey.")
    (found,) = matches(article, a_rulebook(a_rule("Niger and Russian and military")))

    spans = found.evidence[0].spans
    assert [(span.text, span.name) for span in spans] == [
        ("Moscow", "Russian"), ("troops", "military"), ("Niamey", "Niger"),
    ]  # fmt: skip


def test_evidence_quotes_the_title_only_for_what_the_text_does_not_say() -> None:
    article = a_tagged_article("Russia spoke.", title="Niger and Russia")
    (found,) = match_article(article, a_rulebook(a_rule("Niger and Russia")))

    assert [one["zone"] for one in found["evidence"]] == ["title", "lede"]


def test_an_article_is_a_candidate_only_when_a_rule_holds_for_it() -> None:
    rulebook = a_rulebook(a_rule("Niger"))

    assert candidate_of(a_tagged_article("Mali."), rulebook) is None
    assert candidate_of(a_tagged_article("Niger."), rulebook) is not None


def test_what_a_rule_took_is_counted() -> None:
    """A look by the index, where it cannot decide alone, and the proof; a rule it rules out took nothing."""
    costs, clock = Costs(timer=count(0.0).__next__), a_rule("Niger and 2 of (Chad, Mali, Ghana)")

    candidate_of(a_tagged_article("Niger. Mali. Chad."), a_rulebook(clock, a_rule("Russia", id="other")), costs)

    assert costs.by_rule == {"r": RuleCost(candidates=1, hits=1, seconds=2.0)}
