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
_TWICE_READ = "Â\u00a0"  # a space that never breaks, written in UTF-8 and read as something older; no word ends so
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


def _unmarked(line: str) -> tuple[str, bool]:
    """Return a line without the bullet or number before it, and whether it has one; right before a word it is none."""
    if line[0] in _BULLETS:
        if len(line) == 1 or line[1].isspace():
            return line[1:].lstrip(), True
    elif numbered := _NUMBERED.match(line):
        return line[numbered.end() :], True
    return line, False


def _pieces_of(line: str, line_chars: int) -> list[str]:
    """Return the texts of the blocks in a line that has no mark before it."""
    cut = pieces(line, line_chars) if len(line) > line_chars else (line,)
    return [plain(piece) or piece for piece in cut]


def texts_of(raw: str, line_chars: int) -> list[str]:
    """Return the texts of the blocks in a line, mostly one or none."""
    line = raw.replace(_TWICE_READ, " ").strip()
    line = _unmarked(line)[0] if line else ""
    return _pieces_of(line, line_chars) if line else []


def text_to_sheet(text: str, limits: CleanLimits) -> Sheet:
    """Return the blocks of a flat text in the order of its lines; none for a text without words.

    A page has hundreds of lines, and most are short and plain: those take no call of Python here.
    """
    rows: list[tuple[str, bool, bool, int]] = []  # text, bullet, gap before, spaces before
    gap, most = True, limits.line_chars
    raws = text.replace(_TWICE_READ, " ").split("\n")
    for raw, stripped in zip(raws, map(str.strip, raws), strict=True):
        line, bulleted = stripped, False
        if line and (line[0] in _BULLETS or line[0].isdigit()):
            line, bulleted = _unmarked(line)
        if not line:
            gap = True
            continue
        spaces = 0 if raw is stripped else raw.find(stripped[0])
        if "  " in line or len(line) > most or not line.isprintable():
            rows += [(one, bulleted, gap and not at, spaces) for at, one in enumerate(_pieces_of(line, most))]
        else:
            rows.append((line, bulleted, gap, spaces))
        gap = False
        if len(rows) >= limits.blocks:
            break
    texts, bullets, gaps, spaces_before = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [])
    count = len(rows)
    indents = [min(spaces // 2, _MOST_INDENT) if spaces else 0 for spaces in spaces_before]
    return sheet_of(texts, Layout(bullets, gaps, [*gaps[1:], True], [0] * count, [False] * count, indents))
