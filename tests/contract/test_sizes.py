"""Files and functions stay short enough to be read at once: at most 300 and 50 lines, everywhere."""

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE_LINES, FUNCTION_LINES = 300, 50


def too_long(text: str, name: str) -> list[str]:
    """Return what is too long in a file; decorators are not counted, since they hold tables of cases."""
    lines = text.count("\n")
    found = [f"{name}: {lines} lines"] if lines > FILE_LINES else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                found.append(f"{name}:{node.lineno}: {node.name} has {lines} lines")
    return found


def test_no_file_has_over_300_lines_and_no_function_over_50() -> None:
    """In every Python file of the repository, whatever it is for."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    paths = [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]

    assert len(paths) > 300
    assert [one for path in paths for one in too_long(path.read_text("utf-8"), str(path.relative_to(ROOT)))] == []


def test_what_is_too_long_is_noticed() -> None:
    """One line over the limit is named; the limit itself is not."""
    body = "def f():\n" + "    pass\n" * FUNCTION_LINES
    method = "class C:\n    async def m(self):\n" + "        pass\n" * (FUNCTION_LINES - 1)

    assert too_long(body, "a.py") == ["a.py:1: f has 51 lines"]
    assert too_long(method, "b.py") == []
    assert too_long("x = 1\n" * (FILE_LINES + 1), "c.py") == ["c.py: 301 lines"]
