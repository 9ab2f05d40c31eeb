"""Flat text → blocks: the lines of a plain-text rendering, without their bullets and indents.

Bounded: at most `CleanLimits.blocks` blocks; a line longer than `CleanLimits.line_chars` is cut at sentence ends.
"""

import re
from collections.abc import Iterable, Iterator

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
    return next(_texts_of_each([raw], line_chars))


def _texts_of_each(lines: Iterable[str], line_chars: int) -> Iterator[tuple[list[str], bool]]:
    """Yield for each line the texts of its blocks and whether it has a bullet or number; a mark before a word is none.

    A page has hundreds of lines, and most are short and plain: those take no call here.
    """
    for raw in lines:
        line, bulleted = raw.strip(), False
        if line[:1] in _BULLETS:
            if len(line) == 1 or line[1].isspace():
                line, bulleted = line[1:].lstrip(), True
        elif line[:1].isdigit() and (numbered := _NUMBERED.match(line)):
            line, bulleted = line[numbered.end() :], True
        if not line:
            yield [], False
        elif len(line) > line_chars:
            yield [plain(piece) or piece for piece in pieces(line, line_chars)], bulleted
        elif line.isprintable() and "  " not in line:
            yield [line], bulleted
        else:
            yield [plain(line) or line], bulleted


def text_to_sheet(text: str, limits: CleanLimits) -> Sheet:
    """Return the blocks of a flat text in the order of its lines; none for a text without words."""
    texts: list[str] = []
    bullets: list[bool] = []
    indents: list[int] = []
    gaps: list[bool] = []  # before each
    gap = True
    raws = text.split("\n")
    for raw, (found, bulleted) in zip(raws, _texts_of_each(raws, limits.line_chars), strict=True):
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
