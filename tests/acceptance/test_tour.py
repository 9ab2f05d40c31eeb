"""The five minutes of the README, pasted block after block; what it shows of the output is what comes out."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
FIVE_MINUTES = README[README.index("## Five minutes") : README.index("## With Compose")]
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _paste(folder: Path, block: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    environ |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"}
    done = subprocess.run(
        ["bash", "-eu", "-c", block], cwd=folder, capture_output=True, text=True, env=environ, timeout=120, check=False
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_five_minutes_do_what_they_say(tmp_path: Path) -> None:
    said, out = [], []
    for kind, block in BLOCK.findall(FIVE_MINUTES):
        if kind == "sh":
            out.append(_paste(tmp_path, block))
        else:  # the output of the block before
            said.append(block)
            for line in block.splitlines():
                assert line in out[-1], f"the README shows {line!r}, and out came\n{out[-1]}"

    read, ruled, rang, explained, _ = out
    assert len(said) == 2
    assert "+ Mali signed an agreement" in read
    assert "- Nigeria raises fuel prices again" in read
    assert "+ RUS “Russian” (demonym)" in read
    assert "no mistakes" in ruled
    assert "2 passed, 0 failed" in ruled
    assert rang.count("uranium-deals") == 1
    assert "uranium-deals does not ring" in explained
    assert (tmp_path / "mine" / "alerts.jsonl").read_text(encoding="utf-8").count("uranium-deals") >= 1
