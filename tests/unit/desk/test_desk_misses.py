"""What an analyst is told when a rule stays silent: the nearest places, as a reader counts them, and what would do."""

import pytest

from services.alert.clauses.seen import Seen
from tests.unit.alert.given_alerts import a_rule
from tests.unit.desk.test_desk_explain import explained

TWO_NIGERS = (
    "Niger spoke.\n\nA. B. C. Russia spoke.\n\nD.\n\nNiger spoke."  # sentences 1, 5 and 7, paragraphs 1, 2 and 4
)


@pytest.mark.parametrize(
    ("rule", "text", "miss"),
    [
        pytest.param(
            a_rule("(Niger and Russia) within sentence"), TWO_NIGERS,
            "Niger in sentence 7, Russia in sentence 5; the rule allows the same sentence",
            id="the nearest by sentences",
        ),
        pytest.param(
            a_rule("(Niger and Russia) within paragraph"), TWO_NIGERS,
            "Niger in sentence 1, Russia in sentence 5 (paragraphs 1, 2); the rule allows the same paragraph",
            id="the nearest by paragraphs",
        ),
        pytest.param(
            a_rule("(Niger and Russia) within 2 sentences"), "Niger. A. Russia.",
            "Niger in sentence 1, Russia in sentence 3; the rule allows 2 sentences in a row",
            id="sentences in a row",
        ),
        pytest.param(
            a_rule("(Niger and Russia) within 2 words"), "Niger a b c d Russia a b c Niger.",
            "Niger in sentence 1, Russia in sentence 1 with 3 words between them; the rule allows 2 words between them",
            id="the nearest by words",
        ),
        pytest.param(
            a_rule('(Burkina Faso and "burkina faso border patrols" and Mali) within 1 words'),
            "Burkina Faso border patrols left for Mali.",
            'Burkina Faso in sentence 1, "burkina faso border patrols" in sentence 1, Mali in sentence 1 with 2 words'
            " between them; the rule allows 1 words between them",
            id="of two that begin together the longer one",
        ),
        pytest.param(
            a_rule("(Niger and Chad and Mali) within sentence"), "Niger.",
            "Chad is not mentioned; Mali is not mentioned", id="all that is missing",
        ),
        pytest.param(
            a_rule("(Niger and (Chad or Mali)) within sentence"), "Niger.",
            "none of Chad, Mali is there", id="a choice is missing",
        ),
        pytest.param(
            a_rule("(Niger and (Chad or Mali and coup)) within paragraph"), "Niger.",
            "Chad or (Mali and coup) is not there", id="a choice of more than names is missing",
        ),
        pytest.param(
            a_rule("(Niger and 2 of (Chad, Mali, Ghana)) within paragraph"), "Niger met Mali.",
            "1 of 3 are there, the rule wants 2; missing: Chad, Ghana", id="some of several are missing",
        ),
        pytest.param(
            a_rule("2 of (Niger, Mali, Chad)", within="sentence"), "Niger. Mali.",
            "2 of (Niger, Mali, Chad) is nowhere true within sentence", id="nothing to measure",
        ),
        pytest.param(a_rule("Niger and (Chad or Mali)"), "Niger.", "none of Chad, Mali is there", id="a choice"),
        pytest.param(
            a_rule("(Niger and not Mali) within sentence"), "Niger met Mali.",
            "the rule excludes Mali, which is there (sentence 1: 'Mali')", id="excluded within",
        ),
        pytest.param(
            a_rule("(Niger and (Chad or not Mali)) within sentence"), "Niger met Mali.",
            "Chad or not Mali is not there", id="a choice of what may be missing",
        ),
        pytest.param(
            a_rule("((Niger and Chad) within sentence and Russia) within paragraph"), "Niger. Chad. Russia.",
            "Niger in sentence 1, Chad in sentence 2; the rule allows the same sentence", id="a within in a within",
        ),
        pytest.param(
            a_rule("Niger and not (Mali or not Chad)"), "Niger.",
            "the rule excludes Mali or not Chad, which is there", id="excluded, and nowhere to be seen",
        ),
        pytest.param(
            a_rule("Chad", weights="{threshold: 4, points: {Niger: 2, coup: 3}}"), "Chad.",
            "0 points (nothing); the rule wants 4", id="no points",
        ),
    ],
)  # fmt: skip
def test_a_miss_names_the_nearest_places_and_what_would_do(rule: str, text: str, miss: str) -> None:
    told = explained(rule, text)

    assert (told.holds, told.misses) == (False, (miss,))


def test_what_stands_in_the_text_is_nearer_than_what_stands_in_the_title() -> None:
    text = "Russia spoke. A. B. Niger spoke."

    assert explained(a_rule("(Niger and Russia) within sentence"), text, title="Niger").misses == (
        "Niger in sentence 4, Russia in sentence 1; the rule allows the same sentence",
    )


def test_words_in_the_text_are_counted_although_the_title_is_nearer_by_sentences() -> None:
    told = explained(a_rule("(Niger and Russia) within 3 words"), "A. B. Russia a b c d e Niger.", title="Niger")

    assert told.misses == (
        "Niger in sentence 3, Russia in sentence 3 with 5 words between them; the rule allows 3 words between them",
    )


def test_what_is_there_is_shown_with_its_place() -> None:
    """Offsets are those of the article's text, so that a page can mark it."""
    told = explained(a_rule("Niger"), "It is said of Niger.\n\nNiger again.")

    assert told.condition.seen == (Seen("Niger", 1, 14, 19, "Niger", "lede"), Seen("Niger", 2, 22, 27, "Niger", "body"))


@pytest.mark.parametrize(("scope", "allowed"), [("3 words", "3 words between them"), ("sentence", "the same sentence")])
def test_between_title_and_text_no_words_are_counted(scope: str, allowed: str) -> None:
    told = explained(a_rule(f"(Niger and Russia) within {scope}"), "A. Russia spoke.", title="Niger")

    assert told.misses == (f"Niger in the title, Russia in sentence 2; the rule allows {allowed}",)


def test_of_very_many_places_the_first_hundred_are_compared() -> None:
    """An analyst waits for the answer; what is near is then told of the beginning."""
    told = explained(a_rule("(Niger and Russia) within sentence"), "Niger. " * 120 + "Russia.")

    assert told.misses == ("Niger in sentence 100, Russia in sentence 121; the rule allows the same sentence",)


def test_a_miss_says_where_an_excluded_name_stands() -> None:
    assert explained(a_rule("Niger and not Mali"), "Niger.", title="Mali").misses == (
        "the rule excludes Mali, which is there (the title: 'Mali')",
    )


def test_a_miss_names_every_zone_in_which_a_name_stands() -> None:
    rule = a_rule("Niger", where="{zones: [title]}")

    assert explained(rule, "Niger.\n\nNiger.").misses == (
        "Niger stands only in the body, lede; the rule reads other zones",
    )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param(a_rule("2 of (Niger, Mali, Chad)"), "Niger. Chad.", id="n of"),
        pytest.param(
            a_rule("Niger", weights="{threshold: 3, points: {Niger: 2, coup: 1}}"), "Niger coup.", id="points"
        ),
        pytest.param(a_rule("(Niger and Russia) within 2 words"), "Niger a b Russia.", id="words"),
        pytest.param(a_rule("(Niger and Russia) within 3 sentences"), "Niger. A. Russia.", id="sentences"),
    ],
)
def test_what_is_just_enough_is_enough(rule: str, text: str) -> None:
    told = explained(rule, text)

    assert (told.holds, told.misses) == (True, ())
