"""How many pages are pushed at once: enough to be quick, few enough to fit into memory."""

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from schemas import Page

MAX_PAGES: Final = 100
MAX_CHARS: Final = 16 * 1024 * 1024  # of bodies; the largest page allowed may come on top

Item = TypeVar("Item")


def next_batch(items: Iterator[Item], page_in: Callable[[Item], object]) -> list[Item]:
    """Take the next batch; empty at the end. `page_in` gives what an item holds: a page, or what weighs nothing."""
    batch: list[Item] = []
    chars = 0
    for item in items:
        batch.append(item)
        page = page_in(item)
        if isinstance(page, Page):
            chars += len(page.body or page.body_base64 or "")
        if len(batch) >= MAX_PAGES or chars >= MAX_CHARS:
            break
    return batch
