"""The benchmark's own scorer, loaded from the folder of the benchmark, so that its figures are the benchmark's."""

import argparse
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType


def scorer(shared: Path) -> ModuleType:
    """Return the module `bench/clean/score.py` under `shared`, reading its data from beside itself."""
    folder = (shared / "bench" / "clean").resolve()
    os.environ["CLEAN_BENCH"] = str(folder)
    spec = importlib.util.spec_from_file_location("clean_bench_score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def print_figures(measure: Callable[[Path], dict[str, float]], description: str | None) -> None:
    """Print what `measure` finds in the folder that the command line names: one figure a line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    for name, value in measure(parser.parse_args().shared).items():
        print(f"{name:<42} {value:8.4f}")
