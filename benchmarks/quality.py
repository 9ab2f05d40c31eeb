"""`make quality`: every quality figure against its floor in floors.toml; exit code 1 when one is on the wrong side.

A module of this folder with `measure(shared: Path) -> dict[str, float]` and a row below measures; `shared` holds the
benchmark data, which is not part of this repository. Figures are shares from 0 to 1, seconds, or counts.
"""

import argparse
import importlib
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import print_table

QUALITY = ("clean_quality", "clean_steady", "tag_quality", "tag_blind", "alert_stories")
FLOORS = Path(__file__).parent / "floors.toml"


@dataclass(frozen=True)
class Floor:
    """The least or the most a figure may be."""

    least: float | None = None
    most: float | None = None

    def verdict(self, figure: float) -> str:
        """Return "ok", or by how much the figure is on the wrong side."""
        if self.least is not None and not figure >= self.least:
            return f"BELOW by {self.least - figure:.4g}"
        if self.most is not None and not figure <= self.most:
            return f"ABOVE by {figure - self.most:.4g}"
        return "ok"

    def __str__(self) -> str:
        return " ".join(
            f"{sign} {bound:g}" for sign, bound in (("≥", self.least), ("≤", self.most)) if bound is not None
        )


def floors_of(text: str) -> dict[str, dict[str, Floor]]:
    """Return the floors by module and figure; raises ValueError for a table that says neither least nor most."""
    floors: dict[str, dict[str, Floor]] = {}
    for module, figures in tomllib.loads(text).items():
        for figure, bounds in figures.items():
            if not bounds or bounds.keys() - {"least", "most"}:
                raise ValueError(f"floors.toml: {module}.{figure}: expected least and/or most, found {list(bounds)}")
            floors.setdefault(module, {})[figure] = Floor(**bounds)
    return floors


def judge(figures: Mapping[str, float], floors: Mapping[str, Floor]) -> list[tuple[str, str, str, str]]:
    """Return rows of (figure, value, floor, verdict); a floor whose figure was not measured is on the wrong side."""
    rows = []
    for name, value in figures.items():
        floor = floors.get(name)
        rows.append((name, f"{value:.4g}", str(floor or "—"), floor.verdict(value) if floor else "no floor"))
    rows += [(name, "—", str(floor), "NOT MEASURED") for name, floor in floors.items() if name not in figures]
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Print a table for each module; returns 1 when a figure is on the wrong side of its floor."""
    parser = argparse.ArgumentParser(prog="make quality", description="Quality figures against their floors.")
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with bench/ (default ../shared)")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(QUALITY)} (default: all)")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in QUALITY]:
        parser.error(f"unknown: {', '.join(unknown)}; one of: {', '.join(QUALITY)}")
    if not (given.shared / "bench").is_dir():
        parser.error(
            f"{given.shared / 'bench'} is no folder: expected the benchmark data there (see docs/benchmarks.md)"
        )
    floors = floors_of(FLOORS.read_text(encoding="utf-8"))
    is_below = False
    for name in given.names or QUALITY:
        figures = importlib.import_module(f"benchmarks.{name}").measure(given.shared)
        rows = judge(figures, floors.get(name, {}))
        is_below |= any(verdict not in ("ok", "no floor") for *_, verdict in rows)
        print_table(name, ("figure", "value", "floor", "verdict"), rows)
    return int(is_below)


if __name__ == "__main__":
    sys.exit(main())
