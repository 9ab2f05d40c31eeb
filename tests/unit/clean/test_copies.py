"""A block that says the whole text again is dropped; a long paragraph that quotes some of it never is."""

import numpy as np

from services.clean.block import MOST_LONG, longest
from services.clean.blocks_to_verdicts import verdicts
from services.clean.limits import CleanLimits
from services.clean.text_to_blocks import text_to_sheet

PARAGRAPHS = [
    f"On day {number} the ministers of both countries met again, and agreed to talk about the border in week {number}."
    for number in range(12)
]
OTHER = " ".join(f"In year {number} nobody spoke of the border, which had been closed long." for number in range(12))


def _kept(*texts: str) -> list[bool]:
    """Which texts are kept of a page all of whose blocks the network finds likely."""
    blocks = text_to_sheet("\n\n".join(texts), CleanLimits()).blocks
    return [verdict.kept for verdict in verdicts(blocks, np.ones(len(blocks), np.float32), (0.5, 0.65, 0.8))]


def test_a_copy_of_the_whole_text_in_one_block_is_dropped():
    """As pages hide it for sharing or for reading aloud: before the paragraphs, or after them."""
    copy = " ".join(PARAGRAPHS)

    assert _kept(*PARAGRAPHS, copy) == [True] * 12 + [False]
    assert _kept(copy, *PARAGRAPHS) == [False] + [True] * 12


def test_a_copy_is_found_among_very_many_long_paragraphs():
    """Of those only the longest are held against all others: a copy of the text is longer than what it copies."""
    long = [OTHER.replace("year", f"year {number} after") for number in range(2 * MOST_LONG)]
    copy = " ".join(PARAGRAPHS)
    blocks = text_to_sheet("\n\n".join(long), CleanLimits()).blocks

    assert longest(blocks, 1) == sorted(blocks, key=lambda item: -item.size)[:MOST_LONG]
    assert longest(blocks, 10_000) == []
    assert _kept(*long, *PARAGRAPHS, copy) == [True] * (len(long) + 12) + [False]


def test_a_long_block_that_repeats_a_little_is_kept():
    """Less than half of its words were said before."""
    assert _kept(*PARAGRAPHS, f"{OTHER} {' '.join(PARAGRAPHS[:4])}") == [True] * 13
