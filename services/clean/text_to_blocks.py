"""Flat text → blocks: the lines of a plain-text rendering, without their bullets and indents.

Bounded: at most `CleanLimits.blocks` blocks; a line longer than `CleanLimits.line_chars` is cut at sentence ends.
"""

import re
from collections.abc import Iterator

from services.clean.block import Block, block, compare, page_stopwords
from services.clean.limits import CleanLimits

_BULLETS = frozenset("•◦▪‣●○■*·–-")
_BULLET = re.compile(r"(?:[•◦▪‣●○■*·–-]|\d{1,3}\.(?!\s*[^\W\d]*\.?\s*(?:19|20)\d\d))(?:\s+|$)")  # no day of a date
_SPACES = re.compile(r"[ \t\n\u00a0\u200b\ufeff\u2028\u2029\v\f\x00-\x08\x0e-\x1f]+")
_CUT = re.compile(r"(?<=[.!?。！？])\s+")


def pieces(line: str, line_chars: int) -> Iterator[str]:
    """Yield the line, or its sentences gathered up to `line_chars` when it is longer."""
    while len(line) > line_chars:
        cuts = [match.end() for match in _CUT.finditer(line, 1, line_chars)]
        cut = cuts[-1] if cuts else line_chars
        yield line[:cut].strip()
        line = line[cut:]
    yield line.strip()


def plain(text: str) -> str:
    """Return `text` with every run of spaces as one space, and none at its ends."""
    if text.isprintable() and "  " not in text:  # nothing but single ASCII spaces
        return text.strip()
    joined = " ".join(text.split())
    return joined if joined.isprintable() else _SPACES.sub(" ", joined).strip()


def text_to_blocks(text: str, limits: CleanLimits) -> list[Block]:
    """Return the blocks of a flat text in the order of its lines; empty for a text without words."""
    stopwords = page_stopwords(text)
    blocks: list[Block] = []
    gap = True
    for raw in text.split("\n"):
        line = raw.strip()
        bullet = _BULLET.match(line) if line and (line[0] in _BULLETS or line[0].isdigit()) else None
        if bullet:
            line = line[bullet.end() :]
        if not line:
            gap = True
            if blocks:
                blocks[-1].gap_after = True
            continue
        for piece in pieces(line, limits.line_chars) if len(line) > limits.line_chars else (line,):
            item = block(plain(piece) or piece, stopwords)
            item.bullet = bullet is not None
            item.indent = min((len(raw) - len(raw.lstrip())) // 2, 6) if raw[0].isspace() else 0
            item.gap_before = gap
            gap = False
            blocks.append(item)
        if len(blocks) >= limits.blocks:
            break
    if blocks:
        blocks[-1].gap_after = True
    compare(blocks)
    return blocks
