"""Conditions at the edge of the grammar: what they mean, or where they are wrong and what was expected there."""

import pytest

from services.alert.clauses import Clause, Term
from services.alert.condition import MOST_LEVELS, Mistake, parse_condition
from services.alert.vocabulary import Names
from tests.unit.alert.given_alerts import NAMES

GROUPS = {
    "mine": (Term("actor", "MLI", "Mali"), Term("actor", "NER", "Niger")),
    "niger": (Term("actor", "TCD", "Chad"),),  # a file's own groups win over names
}
START = 'expected ( or a "phrase" or a name or a number or all of or any of or not, found '
KNOWN = "is no known actor, topic or group"
IN_QUOTES = 'for the words themselves, put them in "quotes"'
AROUND = "put parentheses around what must stand together: (… and …) within sentence"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("MALI AND NOT chad", "MALI and not chad"),
        ("not not Mali", "Mali"),
        ("Mali and Mali", "Mali"),
        ("Mali and (Chad and (Ghana and Mali))", "Mali and Chad and Ghana"),
        ("“oil”", '"oil"'),
        ("Burkina Faso and Mali", "Burkina Faso and Mali"),
        ("any of sahel", "Mali or Niger or Burkina Faso"),
        ("any of Mali", "Mali"),
        ("mine", "Mali or Niger"),
        ("any of Mine", "Mali or Niger"),
        ("all of mine", "Mali and Niger"),
        ("2 of mine", "Mali and Niger"),
        ("niger", "Chad"),
        ("any of niger", "Chad"),
        ("1 of (Mali, Chad)", "Mali or Chad"),
        ("2 of (Mali, Chad)", "Mali and Chad"),
        ("(Mali and Chad) within 1 sentence", "(Mali and Chad) within sentence"),
        ("(Mali and Chad) Within 20 Sentences", "(Mali and Chad) within 20 sentences"),
        ("(Mali and Chad) within 200 words", "(Mali and Chad) within 200 words"),
        ("(Mali and Chad) within 1 words", "(Mali and Chad) within 1 words"),
        ("(Mali and Chad) within article", "(Mali and Chad) within article"),
    ],
)
def test_what_a_condition_means(text: str, meaning: str) -> None:
    found = parse_condition(text, NAMES, GROUPS)

    assert isinstance(found, Clause) and found.text() == meaning


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("", 0, START + "the end"),
        ("Mali and", 8, START + "the end"),
        ("Mali and  ", 8, START + "the end"),
        ("Mali and $", 9, START + "'$'"),
        ("$", 0, START + "'$'"),
        ("Mali and $ Chad", 9, START + "'$'"),
        ("Mali (Chad)", 5, "expected a name or a number or and or or or the end, found '('"),
        ("Mali)", 4, "expected the end, found ')'"),
        ("any of (Mali", 12, "expected ) or a comma, found the end"),
        ("Mali and (Chad, Ghana)", 14, "expected ), found ','"),
        ("(Mali and Chad) within 3 pages", 25, "expected sentences or words, found 'pages'"),
        ("(Mali and Chad) within", 22, "expected a number or article or paragraph or sentence, found the end"),
        ("(Mali and Chad) within 0 sentences", 23, "choose 1 to 20 sentences"),
        ("(Mali and Chad) within 21 sentences", 23, "choose 1 to 20 sentences"),
        ("(Mali and Chad) within 201 words", 23, "choose 1 to 200 words"),
        ("0 of (Mali, Chad)", 0, "0 of 2 can never be: choose 1 to 2"),
        ("Chad or 3 of (Mali, Chad)", 8, "3 of 2 can never be: choose 1 to 2"),
        ("Mali or (Mali and (Chad or (Ghana and coup))) within 3 words", 46,
         "within … words takes names, phrases and choices of them joined by 'and'"),
        ("(Mali) within 3 words", 7, "within … words needs two things joined by 'and'"),
        ("Mali and Ghama", 9, f"'Ghama' {KNOWN}; did you mean 'Ghana'?"),
        ("Mali and New Xyzzy", 9, f"'New Xyzzy' {KNOWN}; {IN_QUOTES}"),
        ('Mali and ""', 9, "the phrase is empty"),
        ('Mali and "--"', 9, "the phrase is empty"),
        ("Mali and Chad within sentence", 14, AROUND),
        ("Mali Within sentence", 5, AROUND),
    ],
)  # fmt: skip
def test_a_mistake_stands_where_it_is_and_says_what_was_expected(text: str, offset: int, message: str) -> None:
    assert parse_condition(text, NAMES, GROUPS) == (Mistake(offset, message),)


def test_every_unknown_name_is_told_at_its_place() -> None:
    assert parse_condition("Ghama and any of (Rusia, Mali)", NAMES, {}) == (
        Mistake(0, f"'Ghama' {KNOWN}; did you mean 'Ghana'?"),
        Mistake(18, f"'Rusia' {KNOWN}; did you mean 'Russia'?"),
    )


@pytest.mark.parametrize(
    ("text", "offsets"),
    [
        ("Sao Tome and Principe", (0, 13)),
        ("Niger or (Sao Tome and Principe)", (10, 23)),
        ("any of (Sao Tome and Principe, Niger)", (8, 21)),
        ("Niger and Sao Tome and Principe and Niger", (10, 23)),
    ],
)
def test_a_name_with_and_in_it_is_told_with_its_id_wherever_it_stands(text: str, offsets: tuple[int, int]) -> None:
    names = Names({"Sao Tome and Principe": ("actor", "STP"), "Niger": ("actor", "NER")})
    hint = "'Sao Tome and Principe' has an 'and' in it, write its id: STP"

    assert parse_condition(text, names, {}) == tuple(
        Mistake(offset, f"'{part}' {KNOWN}; {hint}")
        for offset, part in zip(offsets, ("Sao Tome", "Principe"), strict=True)
    )


def test_clauses_may_stand_inside_each_other_so_deep_and_no_deeper() -> None:
    deep, deeper = ("(Mali or " * levels + "Niger" + ")" * levels for levels in (MOST_LEVELS, MOST_LEVELS + 1))

    assert isinstance(parse_condition(deep, NAMES, {}), Clause)
    assert parse_condition(deeper, NAMES, {}) == (
        Mistake(0, f"more than {MOST_LEVELS} levels of parentheses; nobody can read that"),
    )
