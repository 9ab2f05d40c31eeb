"""Flat text → blocks: the lines of a plain-text rendering, without their bullets and indents.

Bounded: at most `CleanLimits.blocks` blocks; a line longer than `CleanLimits.line_chars` is cut at sentence ends.
"""

import re
from collections.abc import Iterator

from services.clean.limits import CleanLimits
from services.clean.sheet import Sheet, sheet_of

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


def texts_of(raw: str, line_chars: int) -> tuple[list[str], bool]:
    """Return the texts of the blocks in a line, mostly one or none, and whether the line has a bullet."""
    line = raw.strip()
    bullet = _BULLET.match(line) if line and (line[0] in _BULLETS or line[0].isdigit()) else None
    if bullet:
        line = line[bullet.end() :]
    if not line:
        return [], False
    if len(line) <= line_chars:
        return [plain(line) or line], bullet is not None
    return [plain(piece) or piece for piece in pieces(line, line_chars)], bullet is not None


def text_to_sheet(text: str, limits: CleanLimits) -> Sheet:
    """Return the blocks of a flat text in the order of its lines; none for a text without words."""
    texts: list[str] = []
    layout: list[tuple[bool, int, bool]] = []  # of each: has it a bullet, how far is it indented, is it after a gap
    gap = True
    for raw in text.split("\n"):
        found, bulleted = texts_of(raw, limits.line_chars)
        if not found:
            gap = True
            continue
        indent = min((len(raw) - len(raw.lstrip())) // 2, 6) if raw[0].isspace() else 0
        for one in found:
            texts.append(one)
            layout.append((bulleted, indent, gap))
            gap = False
        if len(texts) >= limits.blocks:
            break
    sheet = sheet_of(texts)
    gaps = [gap_before for _, _, gap_before in layout[1:]] + [True]
    for item, (bulleted, indent, gap_before), gap_after in zip(sheet.blocks, layout, gaps, strict=False):
        item.bullet, item.indent, item.gap_before, item.gap_after = bulleted, indent, gap_before, gap_after
    return sheet
