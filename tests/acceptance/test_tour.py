"""docs/tour.md, followed word for word."""

import os
import re
import subprocess
import sys
from pathlib import Path

TOUR = (Path(__file__).parents[2] / "docs" / "tour.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(text|yaml|sh)\n(.*?)```", TOUR, re.DOTALL)


def _run(folder: Path, command: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    environ |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"}
    done = subprocess.run(
        command.split("#", maxsplit=1)[0],
        shell=True,
        cwd=folder,
        capture_output=True,
        text=True,
        env=environ,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_tour_does_what_it_says(tmp_path: Path) -> None:
    """Files saved as told: the rule is right, its tests pass, one page rings, and the other says why not."""
    texts = [body for kind, body in BLOCKS if kind == "text"]
    [rule] = [body for kind, body in BLOCKS if kind == "yaml"]
    commands = [line for kind, body in BLOCKS if kind == "sh" for line in body.splitlines()]
    (tmp_path / "pages").mkdir()
    (tmp_path / "mine" / "rules").mkdir(parents=True)
    (tmp_path / "pages" / "one.txt").write_text(texts[0], encoding="utf-8")
    (tmp_path / "mine" / "rules" / "uranium.yaml").write_text(rule, encoding="utf-8")

    kept = _run(tmp_path, commands[0])
    mentions = _run(tmp_path, commands[1])
    checked = _run(tmp_path, commands[2])
    tested = _run(tmp_path, commands[3])
    rang = _run(tmp_path, commands[4])
    (tmp_path / "pages" / "two.txt").write_text(texts[1], encoding="utf-8")
    explained = _run(tmp_path, commands[5])

    assert "+ Mali signed an agreement" in kept
    assert "- Nigeria raises fuel prices again" in kept
    assert "+ RUS “Russian” (demonym)" in mentions
    assert "no mistakes" in checked
    assert "2 passed, 0 failed" in tested
    assert rang.count("uranium-deals") == 1
    assert "uranium-deals does not ring" in explained
    assert "→ " in explained
