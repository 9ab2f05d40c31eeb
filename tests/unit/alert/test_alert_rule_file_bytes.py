"""A rule file with bytes that no YAML may hold is a mistake with its line, not a crash."""

from services.alert.rule_file import RuleFile


def test_a_control_character_is_named_with_its_place() -> None:
    file = RuleFile("own.yaml", "rules:\n  - id: a\x01b\n")

    assert file.root() is None
    [problem] = file.problems
    assert (problem.line, problem.column) == (2, 10)
    assert "U+0001" in problem.message
