"""What is installed is locked by hash, from nowhere in particular, and its licences are listed."""

import json
import re
from pathlib import Path

import pytest

from deploy.verify.advisories import main as audit

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


KNOWN = {"$meta": {"timestamp": 1_775_023_247}, "Jinja2": ["<2.7.2"], "jinja2": [">=3.0.0,<3.1.6"], "lxml": ["<4.6.3"]}


@pytest.mark.parametrize(
    ("pin", "told", "code"),
    [
        ("jinja2==3.1.5", "jinja2 3.1.5 is in >=3.0.0,<3.1.6", 1),
        ("Jinja2==3.1.6", "1 pins, 1 of them listed, 0 vulnerable", 0),
        ("lxml==4.6.2rc1", "lxml 4.6.2rc1 is in <4.6.3", 1),
        ("orjson==3.0", "1 pins, 0 of them listed, 0 vulnerable", 0),
    ],
)
def test_a_vulnerable_pin_is_found_in_a_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pin: str, told: str, code: int
) -> None:
    """`make audit ADVISORIES=…`, where PyPI's own advisories cannot be asked."""
    advisories, lock = tmp_path / "insecure.json", tmp_path / "some.lock"
    advisories.write_text(json.dumps(KNOWN))
    lock.write_text(f"{pin} \\\n    --hash=sha256:00\n")

    assert audit([str(advisories), str(lock)]) == code
    assert told in (printed := capsys.readouterr().out) and "2 packages with advisories, as of 2026-04-01" in printed


META = '"$meta": {"timestamp": 1775023247}'


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", '{"jinja2": ["<3"]}', "no json", f"{{{META}}}", '{"$meta": 1, "a": ["<3"]}', f'{{{META}, "a": "<3"}}'],
)  # fmt: skip
def test_what_is_no_list_of_advisories_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (tmp_path / "some.json").write_text(text)

    assert audit([str(tmp_path / "some.json")]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'some.json'}: ")


@pytest.mark.parametrize(
    ("lock", "told"),
    [
        ("# nothing\n", "expected lines such as name==version, found none"),
        ("odd==1.0 \\\n", "odd: expected version ranges such as '<2.7.2', found 'older than 3'"),
        (None, "No such file"),
    ],
)
def test_what_cannot_be_looked_at_is_no_clean_bill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lock: str | None, told: str
) -> None:
    (tmp_path / "insecure.json").write_text(json.dumps(KNOWN | {"odd": ["older than 3"]}))
    if lock is not None:
        (tmp_path / "some.lock").write_text(lock)

    assert audit([str(tmp_path / "insecure.json"), str(tmp_path / "some.lock")]) == 2
    assert told in capsys.readouterr().err
