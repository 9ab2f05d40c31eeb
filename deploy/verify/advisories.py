"""Holds what the lock files pin against known vulnerabilities in a file: `make audit ADVISORIES=insecure.json`.

For a machine that cannot ask PyPI's advisories. The file maps each package to the version ranges that are vulnerable,
as `data/insecure.json` of github.com/pyupio/safety-db does (its licence forbids commercial use; it is a month behind
the paid one, so a package it does not list is not thereby clean).
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\\\s;]+)", re.MULTILINE)

Advisories = Mapping[str, Sequence[str]]  # package → ranges of vulnerable versions


def read_advisories(text: str) -> tuple[Advisories, str]:
    """Return vulnerable ranges by package, and the day of the list; raises ValueError when it is no such list."""
    told = json.loads(text)
    meta = told.pop("$meta", None) if isinstance(told, dict) else None
    made = meta.get("timestamp") if isinstance(meta, dict) else None
    if not isinstance(made, int) or not told or not all(isinstance(ranges, list) for ranges in told.values()):
        raise ValueError("expected a mapping of packages to lists of ranges, with '$meta' and its 'timestamp'")
    advisories: dict[str, list[str]] = {}
    for name, ranges in told.items():
        advisories.setdefault(canonicalize_name(name), []).extend(map(str, ranges))
    return advisories, f"{datetime.fromtimestamp(made, UTC):%Y-%m-%d}"


def read_pins(lock: Path) -> list[tuple[str, str]]:
    """Return the packages and versions that a lock file pins; raises ValueError when there is none."""
    pins = [(canonicalize_name(name), version) for name, version in PIN.findall(lock.read_text(encoding="utf-8"))]
    if not pins:
        raise ValueError(f"{lock}: expected lines such as name==version, found none")
    return pins


def vulnerable(pins: Iterable[tuple[str, str]], advisories: Advisories) -> Iterator[str]:
    """Yield each pin that lies in a vulnerable range, and the range; raises ValueError for one that cannot be read.

    Public lists have a few such ranges, of packages that nobody here pins.
    """
    for name, version in pins:
        for ranges in advisories.get(name, ()):
            try:
                is_in = SpecifierSet(ranges, prereleases=True).contains(version)
            except InvalidSpecifier:
                raise ValueError(f"{name}: expected version ranges such as '<2.7.2', found '{ranges}'") from None
            if is_in:
                yield f"{name} {version} is in {ranges}"


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each lock file and each hit; returns 1 when there is one, 2 when a file cannot be read."""
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
        try:
            pins = read_pins(lock)
            found = list(vulnerable(pins, advisories))
        except (OSError, ValueError) as error:
            print(error, file=sys.stderr)
            return 2
        listed = sum(name in advisories for name, _ in pins)
        print(f"{lock.name}: {len(pins)} pins, {listed} of them listed, {len(found)} vulnerable")
        for one in found:
            print(f"  {one}")
        hits += len(found)
    return int(hits > 0)


if __name__ == "__main__":
    sys.exit(main())
