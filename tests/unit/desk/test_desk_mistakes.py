"""Mistakes in rule files: each is told with its place and what to write instead, all at once, whatever is written."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.alert.rulebook import BadRules, Rulebook, parse_rules
from tests.unit.alert.given_alerts import NAMES, a_rule, a_rulebook
from tests.unit.desk.given_desk import a_desk

PIECES = [
    'Niger', 'Russia', 'and', 'or', 'not', 'any of', '2 of', 'all of', '(', ')', ',', '"oil"', '“uranium”',
    'sahel', 'within', 'sentence', '3 sentences', '8 words', 'paragraph', 'article', 'Rusia', '99', "'", '"',
    '…', '\n', '  ',
]  # fmt: skip
YAML_PIECES = [
    'rules:', '\n', '  - ', 'id: a', 'when: Niger', 'within: sentence', 'where: {', '}', '[', ']', 'tests:',
    '- fires: x', 'over: {origins: 2, window: 6h}', 'groups: {a: [Mali]}', ':', '&x', '*x',
    '!!python/object:os.system', '? ', '| ', '\t', '\x01', '🦊', 'mute: {until: 2026-12-01}', '#', "'",
    'quiet: {hours: 1-2, zone: X}', 'weights: {threshold: 3}',
]  # fmt: skip


def problems_of(text: str) -> list[str]:
    try:
        parse_rules({"rules.yaml": text}, NAMES)
    except BadRules as error:
        return [f"{one.line}:{one.column}: {one.message}" for one in error.problems]
    return []


def test_all_mistakes_of_all_files_are_told_at_once_with_their_places() -> None:
    files = {
        "a.yaml": 'rules:\n  - id: A!\n    when: Niger and Rusia or "\n    cooldown: soon\n    shadow: perhaps\n',
        "b.yaml": "rules:\n  - id: b\n    when: (Chad or\n      3 of (Mali, Chad))\n    over: {origins: 1}\n    x: 1\n",
    }
    with pytest.raises(BadRules) as caught:
        parse_rules(files, NAMES)

    told = [(one.file, one.line, one.column) for one in caught.value.problems]
    assert told == sorted(told) and {file for file, _, _ in told} == {"a.yaml", "b.yaml"}
    assert {(file, line) for file, line, _ in told} == {
        ("a.yaml", 2), ("a.yaml", 3), ("a.yaml", 4), ("a.yaml", 5), ("b.yaml", 4), ("b.yaml", 5), ("b.yaml", 6),
    }  # fmt: skip
    for problem in caught.value.problems:
        *_, source, caret = str(problem).splitlines()
        assert caret.index("^") - 4 <= len(source) - 4


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("Niger and Rusia", "3:21: 'Rusia' is no known actor, topic or group; did you mean 'Russia'?"),
        ("Niger Russia and", "3:27: expected "),
        ("3 of (Mali, Chad)", "3:11: 3 of 2 can never be: choose 1 to 2"),
        ("Niger and Russia within sentence", "3:28: put parentheses around what must stand together"),
        ("not Niger", "3:11: this rings for an article that mentions nothing of it; ask for something"),
        ("(Niger and not Mali) within 3 words", "within … words takes names, phrases and choices of them"),
        ("(Niger and Mali) within 30 sentences", "choose 1 to 20 sentences"),
    ],
)
def test_a_mistake_says_where_and_what_to_write(condition: str, told: str) -> None:
    (problem,) = problems_of(f"rules:\n  - id: a\n    when: {condition}\n")

    assert told in problem


@pytest.mark.parametrize("within", ["2", "² sentences", "0 words", "21 sentences", "page"])
def test_what_is_no_scope_is_told(within: str) -> None:
    (problem,) = problems_of(f"rules:\n  - id: a\n    when: Niger\n    within: {within}\n")

    assert "within is sentence, 2 to 20 sentences, paragraph, 1 to 200 words, or article" in problem


def test_a_name_that_a_condition_takes_for_two_is_given_with_its_id() -> None:
    """`Sao Tome and Principe` reads as two things joined by `and`."""
    with pytest.raises(BadRules) as caught:
        a_desk(a_rule("military and (Sao Tome and Principe or St. Vincent and the Grenadines)"))

    hints = {one.message.partition("; ")[2] for one in caught.value.problems}
    assert hints == {
        "'Sao Tome and Principe' has an 'and' in it, write its id: STP",
        "'St. Vincent and the Grenadines' has an 'and' in it, write its id: VCT",
    }


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_any_text_is_a_condition_or_a_mistake_inside_it(text: str) -> None:
    """Nothing crashes, every mistake stands inside the file, and what parses means the same when written again."""
    whole = "rules:\n  - id: a\n    when: >-\n" + "".join(f"      {line}\n" for line in text.splitlines() or [""])
    try:
        rulebook: Rulebook | None = parse_rules({"rules.yaml": whole}, NAMES)
    except BadRules as error:
        rulebook = None
        for problem in error.problems:
            assert 1 <= problem.line <= whole.count("\n") + 1
            assert 1 <= problem.column <= max(map(len, whole.splitlines())) + 1
            assert problem.message
    if rulebook is not None:
        condition = rulebook.rules["a"].condition
        assert a_rulebook(a_rule(f"'{condition.text()}'", id="a")).rules["a"].condition == condition


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.lists(st.sampled_from(YAML_PIECES), max_size=16).map("".join), st.text(max_size=60)))
def test_any_file_is_a_rule_file_or_told_with_mistakes(text: str) -> None:
    for problem in problems_of(text):
        assert problem


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        pytest.param("where: {languages: [EN]}", "3:25: a language is a code of ISO 639-1, such as en", id="language"),
        pytest.param(
            "where: {sources: {countries: [Niger]}}", "3:35: a country is a code of ISO 3166-1 alpha-3, such as NER",
            id="country",
        ),
        pytest.param("spike: {at_least: 257}", "3:23: at_least is a whole number from 1 to 256", id="spike"),
    ],
)  # fmt: skip
def test_a_filter_that_nothing_can_pass_is_a_mistake(fields: str, told: str) -> None:
    assert problems_of(f"rules:\n  - id: a\n    {fields}\n    when: Niger\n") == [told]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "rules:\n  - id: a\n    when: " + "(Mali or (Niger and " * 500 + "Niger" + "))" * 500, id="condition"
        ),
        pytest.param("rules:\n  - id: a\n    when: " + "not (not " * 2000 + "Niger" + ")" * 2000, id="not"),
        pytest.param("rules: " + "[" * 100_000, id="lists"),
        pytest.param("rules: " + "[[],{a: " * 50_000, id="mappings"),
        pytest.param("rules:\n" + "- " * 50_000 + "x", id="dashes"),
        pytest.param("rules:\n" + "".join(" " * n + "a:\n" for n in range(3000)), id="steps"),
    ],
)
def test_what_is_nested_too_deep_is_a_mistake_and_no_end_of_the_process(text: str) -> None:
    (problem,) = problems_of(text)
    assert "more than 50 levels" in problem


def test_a_phrase_means_the_same_however_its_accents_are_typed() -> None:
    """A Mac's file names and some editors take an accented letter apart."""
    assert a_rulebook(a_rule("'\"Se\u0301gou\"'")).phrases.wanted == {"s\u00e9gou"}
