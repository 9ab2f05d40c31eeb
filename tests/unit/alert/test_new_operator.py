"""A new rule operator is one file and one row of a table: everything else takes it up by itself."""

import json
import subprocess
import sys


def test_an_operator_of_one_file_is_written_indexed_proved_and_explained() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.alert.a_new_operator"], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "rings": [["r"], []],
        "text": "(exactly 1 of (Mali, Niger, Chad) and Russia) within sentence",
        "quotes": ["Mali and Russia spoke."],
        "misses": ["2 are there, the rule wants 1 and no more"],
    }
