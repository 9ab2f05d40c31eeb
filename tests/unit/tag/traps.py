"""The traps of this folder: one sentence each, around the false friends of an actor; written before they were run."""

from pathlib import Path

from benchmarks.tag_traps import Trap, read_traps

__all__ = ["Trap", "traps"]
HERE = Path(__file__).parent


def traps(language: str) -> list[Trap]:
    """Return the traps of a language in the order of its file."""
    return read_traps(HERE / f"traps_{language}.txt")
