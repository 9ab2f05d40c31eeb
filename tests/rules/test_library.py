"""The rules that come with Tocsin: every test passes, every clause is needed, and nothing looks wrong."""

import pytest

from services.desk.lint import lint
from services.desk.mutants import mutants
from services.desk.rule_tests import run_rule
from tests.unit.desk.given_desk import a_desk

LIBRARY = {id: rule for id, rule in a_desk().rulebook.rules.items() if id != "canary"}


@pytest.mark.parametrize("id", LIBRARY)
def test_every_test_of_a_rule_passes(id: str) -> None:
    assert [f"{one.file}:{one.line}: {one.detail}" for one in run_rule(a_desk(), LIBRARY[id]) if not one.passed] == []


@pytest.mark.parametrize("id", LIBRARY)
def test_no_clause_of_a_rule_can_be_left_out_unnoticed(id: str) -> None:
    unnoticed = [
        left_out
        for left_out, mutant in mutants(LIBRARY[id])
        if all(result.passed for result in run_rule(a_desk(), mutant))
    ]
    assert unnoticed == []


@pytest.mark.parametrize("id", LIBRARY)
def test_every_rule_has_tests_that_fire_and_tests_that_do_not(id: str) -> None:
    kinds = {kind for test in LIBRARY[id].tests for kind in test}
    assert {"fires", "silent"} <= kinds


def test_the_library_is_large_enough_to_start_with_and_lint_finds_nothing() -> None:
    assert len(LIBRARY) >= 25
    assert lint(a_desk()) == []
