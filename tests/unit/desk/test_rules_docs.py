"""The rules in docs/rules.md are rules, their tests pass, and every construct and state is in it."""

import re
from pathlib import Path

import pytest

from services.alert.ledger import STATES
from services.alert.rule_parser import FIELDS
from services.desk.rule_tests import run_tests
from tests.unit.desk.given_desk import a_desk

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_is_a_rule_file_and_its_tests_pass(example: str) -> None:
    desk = a_desk().with_rules({"docs.yaml": example})

    assert [result for result in run_tests(desk) if not result.passed] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_rule_of_an_example_shows_what_fires_it_and_what_does_not(example: str) -> None:
    """An example that is only parsed proves nothing of what it means."""
    rules = a_desk().with_rules({"docs.yaml": example}).rulebook.rules.values()
    kinds = {rule.id: {kind for test in rule.tests for kind in test} for rule in rules if rule.id != "canary"}

    assert [id for id, shown in kinds.items() if not ({"fires", "silent"} <= shown or "timeline" in shown)] == []


def test_every_field_and_every_state_is_documented() -> None:
    missing = [name for name in (*FIELDS, *STATES) if f"`{name}`" not in PAGE]
    assert missing == []
