"""What is installed is locked by hash, from nowhere in particular, and its licences are listed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
LOCKED = re.compile(
    r"^([A-Za-z0-9._-]+)==(\S+)([^\\\n]*)\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)
NOT_LISTED = {"setuptools"}  # the licence tool passes over what installs things


def _locked(lock: Path) -> dict[str, tuple[str, str]]:
    """Return name → (version, marker) of what a lock file holds with hashes."""
    found = LOCKED.findall(lock.read_text(encoding="utf-8"))
    return {_plain(name): (version, marker.strip(" ;")) for name, version, marker, _ in found}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_hashes_and_no_address(lock: Path) -> None:
    """Each line that pins a version is followed by its hashes; where it was found is nobody's business."""
    text = lock.read_text(encoding="utf-8")

    assert len(_locked(lock)) == len({_plain(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)})
    assert "://" not in text


def test_every_package_that_runs_stands_in_the_licences() -> None:
    """docs/licences.md is what `make licences` writes for requirements.lock."""
    rows = re.findall(
        r"^\| (\S+) +\| (\S+) +\| (.+?) +\|", (ROOT / "docs/licences.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    listed = {_plain(name): version for name, version, _ in rows}
    runs_here = {name: version for name, (version, marker) in _locked(ROOT / "requirements.lock").items() if not marker}

    assert len(runs_here) > 50
    assert {name: version for name, version in runs_here.items() if name not in NOT_LISTED} == {
        name: version for name, version in listed.items() if name in runs_here
    }
    assert "UNKNOWN" not in {licence for _, _, licence in rows}
