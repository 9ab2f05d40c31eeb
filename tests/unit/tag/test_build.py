"""The generated part of the catalogue is what its build script writes, so that a change of either is reviewed."""

import subprocess
import sys
from pathlib import Path

BUILD = Path(__file__).resolve().parents[3] / "watch" / "catalogue" / "build.py"


def test_the_generated_files_are_what_the_script_writes() -> None:
    done = subprocess.run([sys.executable, str(BUILD), "--check"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
