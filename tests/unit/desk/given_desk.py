"""Desks with rules of a test's own, on the built-in catalogue."""

from functools import cache
from pathlib import Path

from schemas import Page, Source
from services.desk.desk import Desk, open_desk
from services.desk.rule_tests import page_from_file
from tests.unit.alert.given_alerts import NOON

SEEDS = Path(__file__).parents[3] / "seeds"
AAN = "000_358a4b9e5b634885.txt"
NEWSUNPLUG = "002_62f4774eb39e6342.txt"


@cache
def _built_in() -> Desk:
    return open_desk()


def a_desk(*rules: str) -> Desk:
    """Return a desk with these rules (YAML of list elements), or with the built-in ones."""
    if not rules:
        return _built_in()
    text = "rules:\n" + "\n".join(
        "  - " + "\n".join("    " + line for line in rule.strip().splitlines()).lstrip() for rule in rules
    )
    return _built_in().with_rules({"rules.yaml": text + "\n"})


def a_seed(name: str = NEWSUNPLUG) -> Page:
    return page_from_file(SEEDS / name, Source(), NOON)
