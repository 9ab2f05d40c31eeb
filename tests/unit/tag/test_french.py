"""French adjectives in all their forms, as the build script makes them."""

import importlib.util
from pathlib import Path

import pytest

_PATH = Path(__file__).resolve().parents[3] / "watch" / "catalogue" / "french.py"
_SPEC = importlib.util.spec_from_file_location("french", _PATH)
assert _SPEC
assert _SPEC.loader
french = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(french)


@pytest.mark.parametrize(
    ("masculine", "forms"),
    [
        ("nigérien", ["nigérien", "nigérienne", "nigériens", "nigériennes"]),
        ("nigérian", ["nigérian", "nigériane", "nigérians", "nigérianes"]),
        ("français", ["français", "française", "françaises"]),
        ("russe", ["russe", "russes"]),
        ("grec", ["grec", "grecque", "grecs", "grecques"]),
        ("turc", ["turc", "turque", "turcs", "turques"]),
        ("européen", ["européen", "européenne", "européens", "européennes"]),
        ("burkinabè", ["burkinabè", "burkinabès"]),
        ("burkinabé", ["burkinabé", "burkinabée", "burkinabés", "burkinabées"]),
        ("letton", ["letton", "lettone", "lettons", "lettones"]),
    ],
)
def test_an_adjective_is_declined(masculine: str, forms: list[str]) -> None:
    assert french.forms(masculine) == forms
