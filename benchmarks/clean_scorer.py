"""The benchmark's own scorer, loaded from the folder of the benchmark, so that its figures are the benchmark's."""

import importlib.util
import os
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
