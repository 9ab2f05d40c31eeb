"""What clauses say of themselves: their text, what can be left out of them, and what makes a rule another version."""

import pytest

from services.alert.clauses import Clause
from tests.unit.alert.given_alerts import a_rule, a_rulebook


def condition(when: str, **fields: str) -> Clause:
    return a_rulebook(a_rule(f"'{when}'", **fields)).rules["r"].condition


@pytest.mark.parametrize(
    "text",
    [
        "Niger and Russia and military",
        "Niger or Chad or Mali",
        "Niger and (Chad or (Mali and coup))",
        "Niger and not sport",
        "Niger and not (Chad or Mali)",
        "2 of (Niger, Chad, Mali)",
        "3 of (Niger, Chad, Mali, Ghana and coup)",
        '"Joint Drill" and Niger',
        "(Niger and Russia) within sentence",
        "(Niger and Russia) within 2 sentences",
        "(Niger and Russia) within 3 words",
        "(Niger and Russia) within paragraph",
    ],
)
def test_a_condition_is_told_as_it_would_be_written(text: str) -> None:
    assert condition(text).text() == text


def test_weights_are_told_with_their_points() -> None:
    told = condition("Niger", weights="{threshold: 3, points: {Niger: 2, coup: 1, sport: -5}}").text()

    assert told == "Niger and 3 points of (Niger 2, coup 1, sport -5)"


@pytest.mark.parametrize(
    ("when", "without"),
    [
        ("Niger and Chad", {"Niger": "Chad", "Chad": "Niger"}),
        ("Niger or Chad or Mali", {"Niger": "Chad or Mali", "Chad": "Niger or Mali", "Mali": "Niger or Chad"}),
        (
            "2 of (Niger, Chad, Mali)",
            {"Niger": "Chad and Mali", "Chad": "Niger and Mali", "Mali": "Niger and Chad"},
        ),
        (
            "2 of (Niger, Chad, Mali, Ghana)",
            {
                "Niger": "2 of (Chad, Mali, Ghana)",
                "Chad": "2 of (Niger, Mali, Ghana)",
                "Mali": "2 of (Niger, Chad, Ghana)",
                "Ghana": "2 of (Niger, Chad, Mali)",
            },
        ),
        (
            "Niger and (Chad or Mali)",
            {"Niger": "Chad or Mali", "Chad or Mali": "Niger", "Chad": "Niger and Mali", "Mali": "Niger and Chad"},
        ),
        (
            "(Niger and Chad) within sentence",
            {
                "Niger": "(Chad) within sentence",
                "Chad": "(Niger) within sentence",
                "(Niger and Chad) within sentence": "Niger and Chad",
            },
        ),
        ("Niger and not Chad", {"Niger": "not Chad", "not Chad": "Niger"}),
        (
            "Niger and not (Chad or Mali)",
            {
                "Niger": "not (Chad or Mali)",
                "not (Chad or Mali)": "Niger",
                "Chad": "Niger and not Mali",
                "Mali": "Niger and not Chad",
            },
        ),
    ],
)
def test_each_clause_can_be_left_out_of_a_condition(when: str, without: dict[str, str]) -> None:
    """Lint and the library's tests ask of each clause what it decides: by what the rule is without it."""
    found = condition(when).without()

    assert {clause.text(): rest.text() for clause, rest in found if rest} == without


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Niger and Chad", "Niger or Chad"),
        ("Niger and Chad", "Niger and Mali"),
        ("2 of (Niger, Chad, Mali, Ghana)", "3 of (Niger, Chad, Mali, Ghana)"),
        ("2 of (Niger, Chad, Mali)", "2 of (Niger, Chad, Ghana)"),
        ("Niger and Chad", "Niger and not Chad"),
        ('Niger and "chad"', "Niger and Chad"),
        ("(Niger and Chad) within sentence", "(Niger and Chad) within paragraph"),
        ("(Niger and Chad) within 2 sentences", "(Niger and Chad) within 3 sentences"),
        ("(Niger and Chad) within sentence", "(Niger and Mali) within sentence"),
    ],
)
def test_conditions_that_differ_mean_something_else(one: str, other: str) -> None:
    """A rule's version is made of it, and so is lint's search for rules that are the same."""
    assert condition(one).meaning() != condition(other).meaning()


def test_weights_that_differ_mean_something_else() -> None:
    weighed = {
        condition("Niger", weights=f"{{threshold: {least}, points: {{Niger: {points}, {other}: 1}}}}").meaning()
        for least, points, other in ((2, 2, "coup"), (3, 2, "coup"), (2, 3, "coup"), (2, 2, "sport"))
    }

    assert len(weighed) == 4


def test_other_names_for_the_same_mean_the_same() -> None:
    assert condition("Niger and (Russia or Mali)").meaning() == condition("Niger  and any of (Moscow, Mali)").meaning()


def test_a_rule_whose_words_stand_for_something_else_now_is_another_version() -> None:
    """Its text is what it was; the group it names is not."""
    one, other = (
        a_rulebook(a_rule("any of mine"), groups=f"{{mine: [{members}]}}").rules["r"].version
        for members in ("Mali, Niger", "Mali, Chad")
    )

    assert one != other
