"""The Lua scripts: each moves a message from one state to the next in one atomic step."""

from pathlib import Path


def source(name: str) -> str:
    """Return the text of `runtime/scripts/<name>.lua`."""
    return (Path(__file__).parent / f"{name}.lua").read_text(encoding="utf-8")
