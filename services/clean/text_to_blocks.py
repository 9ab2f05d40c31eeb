"""Flat text → blocks: the lines of a plain-text rendering, without their bullets and indents.

Bounded: at most `CleanLimits.blocks` blocks; a line longer than `CleanLimits.line_chars` is cut at sentence ends.
"""

import re
from collections.abc import Iterator

from services.clean.limits import CleanLimits
from services.clean.sheet import Layout, Sheet, sheet_of

_BULLETS = frozenset("•◦▪‣●○■*·–-")
_NUMBERED = re.compile(r"\d{1,3}\.(?!\s*[^\W\d]*\.?\s*(?:19|20)\d\d)(?:\s+|$)")  # no day of a date
_SPACES = re.compile(r"[ \t\n\u00a0\u200b\ufeff\u2028\u2029\v\f\x00-\x08\x0e-\x1f]+")
_MOST_INDENT = 6  # steps of two spaces
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
    line, bulleted = _without_bullet(raw.strip())
    if not line:
        return [], False
    if len(line) <= line_chars:
        return [plain(line) or line], bulleted
    return [plain(piece) or piece for piece in pieces(line, line_chars)], bulleted


def _without_bullet(line: str) -> tuple[str, bool]:
    """Return a line without its bullet or number, and whether it has one; a mark before a word is none."""
    if line[:1] in _BULLETS:
        return (line[1:].lstrip(), True) if line[1:2].isspace() or len(line) == 1 else (line, False)
    numbered = _NUMBERED.match(line) if line[:1].isdigit() else None
    return (line[numbered.end() :], True) if numbered else (line, False)


def text_to_sheet(text: str, limits: CleanLimits) -> Sheet:
    """Return the blocks of a flat text in the order of its lines; none for a text without words."""
    texts: list[str] = []
    bullets: list[bool] = []
    indents: list[int] = []
    gaps: list[bool] = []  # before each
    gap = True
    for raw in text.split("\n"):
        found, bulleted = texts_of(raw, limits.line_chars)
        if not found:
            gap = True
            continue
        indent = min((len(raw) - len(raw.lstrip())) // 2, _MOST_INDENT) if raw[0].isspace() else 0
        for one in found:
            texts.append(one)
            bullets.append(bulleted)
            indents.append(indent)
            gaps.append(gap)
            gap = False
        if len(texts) >= limits.blocks:
            break
    count = len(texts)
    return sheet_of(texts, Layout(bullets, gaps, [*gaps[1:], True], [0] * count, [False] * count, indents))
