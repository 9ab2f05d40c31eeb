"""`tocsin clean --explain` and `tocsin tag --explain`: what was taken, what was not, and why."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from runtime.errors import TocsinError
from schemas import Page
from services.produce.sources.files import pages_from_paths


def explain_clean(files: list[Path]) -> None:
    """Print each block of each page: kept or dropped, and why."""
    from services.clean.explain import explain  # noqa: PLC0415  (loads trafilatura)

    console = Console()
    for page in _pages(console, files):
        try:
            verdicts = explain(page)
        except TocsinError as error:
            console.print(f"refused: {error} ({error.reason})", style="red", markup=False)
            continue
        for verdict in verdicts:
            mark, style = ("+", "green") if verdict.kept else ("-", "dim")
            line = Text(f"{mark} ", style=style)
            line.append(" ".join(verdict.text.split()), style="default" if verdict.kept else "dim")
            line.append(f"   [{verdict.reason}]", style="italic " + style)
            console.print(line)


def _pages(console: Console, files: list[Path]) -> list[Page]:
    found = []
    for one in pages_from_paths(files, datetime.now(UTC)):
        if isinstance(one, Page):
            found.append(one)
        else:
            console.print(f"refused {one} ({one.reason})", style="red", markup=False)
    return found
