"""A browser for the tests of the page. Without one they are not run, and say so; they never count as passed."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
NONE_FOUND = "browser tests not run: no Chromium found"


def find_chromium(of_playwright: str) -> str | None:
    """Return the path of a Chromium: of this machine, or Playwright's own."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or (of_playwright if Path(of_playwright).is_file() else None)


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    """A real browser."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        pytest.skip(NONE_FOUND + " (and Playwright is not installed)")
    async with async_playwright() as playwright:
        path = find_chromium(playwright.chromium.executable_path)
        if path is None:
            pytest.skip(NONE_FOUND)
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()
