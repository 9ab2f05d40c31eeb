"""Takes the picture of a terminal for the README: `python -m tests.acceptance.take_terminal_picture`.

What is shown is what `tocsin run --once` prints for the second seed page, in the colours it prints it in.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.acceptance.conftest import ARGUMENTS, find_chromium

ROOT = Path(__file__).parents[2]
COLUMNS, LINES = 112, 34
BLACK_TO_WHITE = [
    (0, 0, 0),
    (224, 80, 80),
    (90, 180, 90),
    (210, 170, 60),
    (90, 140, 220),
    (180, 110, 200),
    (80, 180, 190),
]
BRIGHT = [(90, 90, 90), (255, 110, 110), (130, 220, 130), (250, 210, 90), (130, 170, 255), (220, 150, 240)]
GREY = (222, 222, 222)
DARK = TerminalTheme((24, 26, 31), GREY, [*BLACK_TO_WHITE, GREY], [*BRIGHT, (120, 220, 230), (255, 255, 255)])
STATUS = re.compile(r"clean \d+.*→")  # a line that is there for a moment only
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # they would come from another host


def printed() -> str:
    """Return what a first run prints, colours included."""
    with tempfile.TemporaryDirectory() as folder:
        command = [Path(sys.executable).parent / "tocsin", "run", "--once", "--data-dir", folder, "seeds"]
        environ = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.replace(folder, ".tocsin")


def as_svg(said: str) -> str:
    """Return the last screen of it as a terminal shows it."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    lines = [line for line in said.rstrip("\n").splitlines() if not STATUS.search(line)]
    console.print(Text("$ make run ARGS=--once", style="bold"), Text("…", style="dim"), sep="\n")
    console.print(Text.from_ansi("\n".join(lines[-LINES:])))
    svg = console.export_svg(title="tocsin", theme=DARK, font_aspect_ratio=0.6)
    return FONTS.sub("", svg).replace("Fira Code", "DejaVu Sans Mono")


async def take() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "terminal.html"
        file.write_text(
            f"<style>body{{margin:0}} svg{{width:1100px;height:auto}}</style><body>{as_svg(printed())}</body>",
            encoding="utf-8",
        )
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=find_chromium(playwright.chromium.executable_path), args=ARGUMENTS
            )
            page = await browser.new_page(viewport={"width": 1400, "height": 900})
            await page.goto(file.as_uri())
            await page.locator("svg").first.screenshot(path=ROOT / "docs/pictures/terminal.png")
            await browser.close()


if __name__ == "__main__":
    asyncio.run(take())
