"""How much work a page is: counted in Python calls, which no busy machine changes."""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from runtime.errors import TocsinError
from services.clean.blocks_to_verdicts import verdicts
from services.clean.html_to_blocks import html_to_sheet
from services.clean.html_to_body import parse
from services.clean.limits import CleanLimits
from services.clean.page_to_article import page_to_article
from services.clean.text_to_blocks import text_to_sheet
from tests.given import a_page

SENTENCE = "The border was closed again on Monday, officials said. "
SHAPES: dict[str, tuple[str, Callable[[int], str]]] = {
    "paragraphs of text": ("text/plain", lambda many: f"{SENTENCE * 3}\n\n" * many),
    "one long line": ("text/plain", lambda many: SENTENCE * many),
    "headlines with labels": (
        "text/plain",
        lambda many: "".join(f"Read: one two three four {n}\n" for n in range(many)),
    ),
    "dates": ("text/plain", lambda many: "3 March 2024, 10:30\n" * many),
    "paragraphs": ("text/html", lambda many: f"<div><p>{SENTENCE * 3}</p></div>" * many),
    "links in lists": ("text/html", lambda many: f"<ul>{'<li><a href=/x>One two three four</a></li>' * many}</ul>"),
    "inline elements": ("text/html", lambda many: "<p>" + "<b><i>one</i></b> " * many),
    "rows of tables": ("text/html", lambda many: f"<table>{'<tr><td>one<td>two</tr>' * many}</table>"),
    "nested tables": ("text/html", lambda many: "<table><tr><td>one " * many),
    "nested elements": ("text/html", lambda many: "<div class=related>one " * many),
}


def calls(content_type: str, body: str) -> int:
    """How many calls of Python and C functions cleaning the page takes."""
    count = 0

    def watch(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    page = a_page(body, content_type=content_type)
    sys.setprofile(watch)
    try:
        page_to_article(page)
    except TocsinError:
        pass
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(("content_type", "make"), SHAPES.values(), ids=SHAPES.keys())
def test_four_times_the_page_is_hardly_more_than_four_times_the_work(content_type, make):
    """No shape of page makes the work grow faster than the page."""
    calls(content_type, make(10))  # tables and models are loaded once
    one, four = calls(content_type, make(300)), calls(content_type, make(1200))

    assert four < 5 * one + 2_000


def test_the_richest_page_that_is_read_is_bounded_work():
    """Beyond the limits of CleanLimits a page costs nothing more: no more blocks, no more elements."""
    limits = CleanLimits()

    assert len(text_to_sheet("word\n" * 100_000, limits).blocks) == limits.blocks
    tree = parse("<html><body>" + "<p>x</p>" * 150_000)
    assert tree is not None
    sheet, origins = html_to_sheet(tree, limits)
    assert len(sheet.blocks) == len(origins.found) == limits.blocks
    assert len(origins.elements) <= limits.html_nodes


def test_blocks_beyond_the_limit_are_not_walked():
    """A page of ten times the blocks that are read takes hardly more calls than one of as many as are read."""
    calls("text/html", "<p>x</p>")  # tables and models are loaded once
    full, far_beyond = (calls("text/html", "<div><p>x</p></div>" * many) for many in (6_000, 55_000))

    assert far_beyond < 1.2 * full


def test_a_page_without_a_likely_block_is_decided_in_time_that_grows_with_its_length():
    """Four times as many blocks, of which none is likely, take about four times as long, not sixteen times."""

    def seconds(count: int) -> float:
        blocks = text_to_sheet("word\n" * count, CleanLimits(blocks=count)).blocks
        spent = []
        for _ in range(5):
            started = time.process_time()
            verdicts(blocks, np.zeros(count, np.float32), (0.5, 0.6, 0.8))
            spent.append(time.process_time() - started)
        return min(spent)

    assert seconds(16_000) < 9 * seconds(4_000)
