"""What YAML allows and no rule file needs is told as a mistake: lists as names, endless aliases, bottomless nesting."""

import pytest

from services.alert.rulebook import BadRules, parse_rules
from tests.unit.alert.given_alerts import NAMES

BOMB = "\n".join(
    ["rules:", "  - {id: r0, when: Niger, tests: &a0 [x, x, x, x, x, x, x, x, x]}"]
    + [f"  - {{id: r{n}, when: Niger, tests: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12)]
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("rules: [{{}: 1}]", "a rule has no", id="a mapping as a name"),
        pytest.param("groups: {sahel: {Mali: Niger}}\nrules: []", "a member", id="a mapping as a member"),
        pytest.param("rules: &all [*all]", "stands inside itself", id="a list in itself"),
        pytest.param("rules: [&r {id: r, when: Niger, tests: [{fires: *r}]}]", "stands inside itself", id="in a test"),
        pytest.param(BOMB, "stands for more than", id="a bomb of aliases"),
        pytest.param("[" * 20_000, "", id="lists without end"),
        pytest.param("{a: " * 20_000, "", id="mappings without end"),
    ],
)
def test_a_file_that_yaml_allows_and_rules_do_not_is_told(text: str, told: str) -> None:
    with pytest.raises(BadRules) as caught:
        parse_rules({"rules.yaml": text}, NAMES)

    assert told in str(caught.value)
    assert "rules.yaml:" in str(caught.value)


def test_an_alias_that_ends_is_allowed() -> None:
    text = "rules: [{id: a, when: Niger, tags: &tags [x, y]}, {id: b, when: Mali, tags: *tags}]"

    assert parse_rules({"rules.yaml": text}, NAMES).rules["b"].tags == ("x", "y")
