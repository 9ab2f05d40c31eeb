"""`make quality` and `make bench` know their tables, and a figure on the wrong side of its floor is told."""

import importlib.util
from pathlib import Path

import pytest

from benchmarks import bench, quality
from benchmarks.quality import Floor, floors_of, judge


@pytest.mark.parametrize(
    ("floor", "figure", "verdict"),
    [
        pytest.param(Floor(least=0.9), 0.9, "ok", id="exactly at the floor"),
        pytest.param(Floor(least=0.9), 0.85, "BELOW by 0.05", id="below"),
        pytest.param(Floor(most=0.04), 0.05, "ABOVE by 0.01", id="above the most"),
        pytest.param(Floor(least=0.9), float("nan"), "BELOW by nan", id="nothing was measured"),
    ],
)
def test_a_figure_is_judged_by_its_floor(floor: Floor, figure: float, verdict: str) -> None:
    assert floor.verdict(figure) == verdict


def test_a_floor_without_its_figure_is_told() -> None:
    """A benchmark that stops to measure something does not pass for it."""
    assert judge({"a": 1.0}, {"b": Floor(least=1)}) == [
        ("a", "1", "—", "no floor"),
        ("b", "—", "≥ 1", "NOT MEASURED"),
    ]


def test_a_floor_needs_a_bound() -> None:
    with pytest.raises(ValueError, match=r"m\.f1: expected least and/or most"):
        floors_of("[m]\nf1 = { floor = 0.9 }")


def test_the_floors_are_of_modules_that_exist() -> None:
    """A floor of a module nobody runs would hold for ever."""
    assert floors_of(quality.FLOORS.read_text(encoding="utf-8")).keys() <= set(quality.QUALITY)


@pytest.mark.parametrize("name", [*bench.BENCHES, *quality.QUALITY])
def test_every_row_is_a_module(name: str) -> None:
    assert importlib.util.find_spec(f"benchmarks.{name}")


@pytest.mark.parametrize("main", [bench.main, quality.main])
def test_an_unknown_name_is_refused_with_the_known_ones(main: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["speling"])  # type: ignore[operator]

    assert "unknown: speling; one of: " in capsys.readouterr().err


def test_missing_data_is_told_by_its_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        quality.main(["--shared", str(tmp_path)])

    assert f"{tmp_path / 'bench'} is no folder" in capsys.readouterr().err
