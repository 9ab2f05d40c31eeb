"""Explain: each block of a page, kept or dropped, and why."""

from dataclasses import dataclass

from schemas import Page
from services.clean.blocks_to_verdicts import reason
from services.clean.limits import CleanLimits
from services.clean.page_to_article import read_page

_LIMITS = CleanLimits()


@dataclass(frozen=True, slots=True)
class BlockVerdict:
    """One block of a page: its text, whether it is part of the article, and why."""

    text: str
    kept: bool
    reason: str


def explain(page: Page) -> list[BlockVerdict]:
    """Return a verdict for every block of the page in its order; raises NotText or TooLarge like `page_to_article`."""
    reading = read_page(page, _LIMITS)
    return [
        BlockVerdict(item.text, verdict.kept, reason(item, verdict))
        for item, verdict in zip(reading.blocks, reading.verdicts, strict=True)
    ]
