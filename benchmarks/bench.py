"""`make bench`: speed, as ratios in one run: `python -m benchmarks.bench [--shared DIR] [name…]`.

A benchmark is a module of this folder with `main() -> int | None` and a row below; `main` reads its options from the
command line, and returns 1 when a figure is under its floor.
"""

import argparse
import importlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Bench:
    """What a benchmark measures, and the options it is given; {shared} is the folder of the benchmark data."""

    text: str
    options: tuple[str, ...] = ()
    is_default: bool = True  # the others take minutes, and run when they are named

    @property
    def needs_shared(self) -> bool:
        """Whether it cannot run without the benchmark data."""
        return any("{shared}" in option for option in self.options)


SHARED = ("--shared", "{shared}")

# The module of a row is benchmarks.<name>.
BENCHES = {
    "stage_speed": Bench("messages/s of a stage: ours, FastStream's single-message handlers, a raw redis-py loop"),
    "pipeline_speed": Bench("page → alert latency at 10 pages/s; pages/s end to end against the tutorials' stack"),
    "clean_speed": Bench("pages/s and F1 of the cleaner beside its peers", SHARED),
    "clean_worst": Bench("seconds and memory of pages made to hurt", ("--shared", "{shared}"), is_default=False),
    "tag_speed": Bench("articles/s of the tagger beside its peers", SHARED),
    "alert_index": Bench("articles/s against up to a million rules, beside its peers"),
    "alert_reload": Bench("ten thousand rules reloaded under load: seconds, and the longest pause"),
    "alert_windows": Bench("window events/s, and backtests against real time"),
    "alert_stories": Bench("articles/s that are put into stories, and how well", SHARED),
    "deliver_streams": Bench("a thousand event streams at fifty alerts a second"),
    "produce_feeds": Bench("CPU of a thousand feeds on schedule"),
    "produce_warc": Bench("pages/s out of WARC files"),
    "produce_bytes": Bench("real pages over HTTP, byte for byte", ("--shared", "{shared}/bench"), is_default=False),
    "scale": Bench("one server against a cluster, one partition against many", is_default=False),
    "soak": Bench("memory, latency and counts over a while of steady load", is_default=False),
}


PEERS = "make peers"


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks; returns 1 when one of them says that a figure is under its floor."""
    rows = "\n".join(f"  {name:<16} {bench.text}" for name, bench in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=f"Speed, as ratios in one run:\n{rows}",
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with bench/ (default ../shared)")
    parser.add_argument("names", nargs="*", metavar="name", help="benchmarks to run (default: those of a few minutes)")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in BENCHES]:
        parser.error(f"unknown: {', '.join(unknown)}; one of: {', '.join(BENCHES)}")
    names = given.names or [name for name, bench in BENCHES.items() if bench.is_default]
    under = [name for name in names if not _run(name, BENCHES[name], given.shared)]
    if under:
        print(f"\nunder the floor: {', '.join(under)}")
    return int(bool(under))


def _run(name: str, bench: Bench, shared: Path) -> bool:
    """Run one benchmark; returns whether its figures are right. What lacks data or peers is passed over, aloud."""
    print(f"\n## {name}: {bench.text}", flush=True)
    if bench.needs_shared and not (shared / "bench").is_dir():
        print(f"passed over: no benchmark data in {shared} (see --shared)")
        return True
    started = time.monotonic()
    sys.argv = [name, *(option.format(shared=shared) for option in bench.options)]
    try:
        is_under = importlib.import_module(f"benchmarks.{name}").main()
    except ModuleNotFoundError as error:
        print(f"passed over: {error.name} is not installed; what we are measured against comes with {PEERS}")
        return True
    print(f"\n({time.monotonic() - started:.0f} s)", flush=True)
    return not is_under


if __name__ == "__main__":
    sys.exit(main())
