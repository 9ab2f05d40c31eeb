"""Holds what the lock files pin against known vulnerabilities in a file: `make audit ADVISORIES=insecure.json`.

For a machine that cannot ask PyPI's advisories. The file maps each package to the version ranges that are vulnerable,
as `data/insecure.json` of github.com/pyupio/safety-db does (its licence forbids commercial use; it is a month behind
the paid one, so a package it does not list is not thereby clean).
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\\\s;]+)", re.MULTILINE)

Advisories = Mapping[str, Sequence[str]]  # package → ranges of vulnerable versions


def read_advisories(text: str) -> tuple[Advisories, str]:
    """Return vulnerable ranges by package, and the day of the list; raises ValueError when it is no such list."""
    told = json.loads(text)
    made = told.pop("$meta", {}).get("timestamp") if isinstance(told, dict) else None
    if not made or not all(isinstance(ranges, list) for ranges in told.values()):
        raise ValueError("expected a mapping of packages to version ranges, with '$meta' and its 'timestamp'")
    ranges: dict[str, list[str]] = {}
    for name, found in told.items():
        ranges.setdefault(canonicalize_name(name), []).extend(found)
    return ranges, f"{datetime.fromtimestamp(int(made), UTC):%Y-%m-%d}"


def vulnerable(lock: str, advisories: Advisories) -> Iterator[str]:
    """Yield each pin of a lock file that lies in a vulnerable range, and the range."""
    for name, version in PIN.findall(lock):
        for ranges in advisories.get(canonicalize_name(name), ()):
            if SpecifierSet(ranges, prereleases=True).contains(version):
                yield f"{name} {version} is in {ranges}"


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each lock file and each hit; returns 1 when there is one, 2 when the list cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("locks", type=Path, nargs="*", default=sorted(ROOT.glob("requirements*.lock")))
    given = parser.parse_args(arguments)
    try:
        advisories, day = read_advisories(given.file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{given.file}: {error}", file=sys.stderr)
        return 2
    print(f"{len(advisories):,} packages with advisories, as of {day}")
    hits = 0
    for lock in given.locks:
        text = lock.read_text(encoding="utf-8")
        found, pins = list(vulnerable(text, advisories)), [canonicalize_name(name) for name, _ in PIN.findall(text)]
        listed = sum(name in advisories for name in pins)
        print(f"{lock.name}: {len(pins)} pins, {listed} of them listed, {len(found)} vulnerable")
        for one in found:
            print(f"  {one}")
        hits += len(found)
    return int(hits > 0)


if __name__ == "__main__":
    sys.exit(main())
