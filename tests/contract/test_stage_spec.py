"""Every MUST of docs/stage-spec.md has a test that carries its number, and no test carries a number that is none."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _musts() -> set[str]:
    text = (ROOT / "docs" / "stage-spec.md").read_text(encoding="utf-8")
    return set(re.findall(r"^- \*\*(S\d+)\*\* ", text, re.MULTILINE))


@cache
def _proven() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in [*(ROOT / "tests" / "stages").glob("test_*.py"), *(ROOT / "tests" / "contract").glob("test_*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for number in re.findall(r"\((S\d+)\)", ast.get_docstring(node) or ""):
                    found.setdefault(number, []).append(f"{path.name}::{node.name}")
    return found


def test_every_must_has_a_test() -> None:
    assert _musts()
    assert _musts() - _proven().keys() == set()


def test_every_number_in_a_test_stands_in_the_spec() -> None:
    assert {number: tests for number, tests in _proven().items() if number not in _musts()} == {}


def test_musts_are_numbered_without_a_gap() -> None:
    assert _musts() == {f"S{number}" for number in range(1, len(_musts()) + 1)}
