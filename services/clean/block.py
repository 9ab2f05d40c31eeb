"""Block: one line of a flat text or one block element of an HTML page, with what can be told from its words alone.

Offsets and order are the page's. A block knows nothing of its neighbours except the blank lines around it and the
blocks that say the same. Blocks are made by `sheet.py`, all of a page at once; what only the network asks of a block
stays in the sheet's counts.
"""

import re
from heapq import nlargest
from operator import attrgetter
from typing import NamedTuple

WORD = re.compile(r"\w+")
_ENDS = frozenset(".!?…。！？؟।։።")
_CLOSERS = "\"'”’»“‘)]›」』* \u00a0"  # what may follow the full stop
_HALF_ENDS = frozenset(':;,"”’»“')
MOST_LONG = 100
TRAILS, ASKS, LEADS, CLOSES = 1, 2, 4, 8  # bits of `tail`


class Block(NamedTuple):
    """One block and its own signals; a word of scripts without spaces is taken as two characters."""

    text: str
    words: list[str]  # lower case
    key: str  # the words joined: equal for blocks that say the same
    size: int  # words
    ends: int  # 2: as a sentence does; 1: with a colon, a comma or a quote mark; 0: without
    flags: int  # of `phrases`
    capitals: float  # share of words with a capital first letter
    digits: float  # share of words that start with a digit
    glued: int  # lower case followed by upper case inside a word: "FacebookTwitter", two links in one
    quoted: bool  # opens with a quotation mark
    dated: bool  # holds a date or a time of day
    repeats: int  # other blocks with the same key
    echoes: bool  # the block before or after says nearly the same
    teases: bool  # "label: HEADLINE" where HEADLINE is another block
    bullet: bool
    gap_before: bool
    gap_after: bool
    level: int  # 1 to 6 for a heading of HTML
    is_caption: bool  # stands in a figcaption of HTML


def longest(blocks: list[Block], least: int) -> list[Block]:
    """Return the longest of the blocks with at least so many words, at most MOST_LONG.

    A hidden copy of a page's text is among them, and of a page of a thousand long blocks not each is held against all.
    """
    return nlargest(MOST_LONG, [item for item in blocks if item.size >= least], key=attrgetter("size"))


def ending(text: str) -> int:
    """Return 2 when `text` ends as a sentence does, 1 after a colon, comma or quote mark, else 0."""
    bare = text.rstrip(_CLOSERS)
    if bare and bare[-1] in _ENDS:
        return 2
    return 1 if text[-1] in _HALF_ENDS else 0


def tail(text: str) -> int:
    """Return the bits of how `text` ends: trailing off, asking, leading on with a colon, closing a bracket."""
    return (
        (TRAILS if text.endswith(("…", "...", "[…]", "[...]")) else 0)
        | (ASKS if text[-1] == "?" else 0)
        | (LEADS if text[-1] == ":" else 0)
        | (CLOSES if text[-1] in ")]" else 0)
    )
