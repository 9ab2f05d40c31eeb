"""`make bench`: every speed benchmark, or those named: `python -m benchmarks.bench stage_speed pipeline_speed`.

A benchmark is a module of this folder with `main() -> int | None` and a row below. It returns 1 when a figure is under
its floor.
"""

import argparse
import importlib
import sys
import time

# name → what it measures; the module is benchmarks.<name>
BENCHES = {
    "stage_speed": "messages/s of one stage: ours, FastStream's single-message handlers, a raw redis-py loop",
    "pipeline_speed": "page → alert latency at 10 pages/s, and pages/s end to end against the stack of the tutorials",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks; returns 1 when one of them says that a figure is under its floor."""
    rows = "\n".join(f"  {name:<16} {text}" for name, text in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=f"Speed, as ratios in one run:\n{rows}",
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="name", help="benchmarks to run (default: all)")
    names = parser.parse_args(arguments).names or list(BENCHES)
    if unknown := [name for name in names if name not in BENCHES]:
        parser.error(f"unknown: {', '.join(unknown)}; one of: {', '.join(BENCHES)}")
    under = []
    for name in names:
        print(f"\n## {name}: {BENCHES[name]}", flush=True)
        started = time.monotonic()
        if importlib.import_module(f"benchmarks.{name}").main():
            under.append(name)
        print(f"\n({time.monotonic() - started:.0f} s)", flush=True)
    if under:
        print(f"\nunder the floor: {', '.join(under)}")
    return int(bool(under))


if __name__ == "__main__":
    sys.exit(main())
