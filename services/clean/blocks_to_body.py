"""Blocks → body: which blocks are the article, and why each one is or is not.

First the span where prose is dense, then what does not belong inside it: teasers and what follows them, captions,
bylines, pitches, echoes. Every block gets a reason, kept or dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.clean.block import Block
from services.clean.phrases import BYLINE, CAPTION, END, LEGAL, PITCH, PROMO

_SURE_WORDS = 12  # a sentence of this size without any sign of furniture is taken for prose
_SENTENCE_WORDS = 9  # a shorter one counts only between others
_LONE_WORDS = 60  # a run of prose with fewer words, next to a headline, is a teaser's blurb
_FURNITURE_WORDS = 40  # phrases of furniture count only in blocks up to this size
_REACH_BLOCKS = 8  # how far above the span a standfirst may stand


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a block is part of the body, and why."""

    kept: bool
    reason: str


def _is_pitch(item: Block) -> bool:
    return bool(item.flags & (PITCH | LEGAL)) and item.size <= _FURNITURE_WORDS


def _is_promo(item: Block) -> bool:
    return item.teases or bool(item.flags & PROMO and item.size <= 25 and (item.size > 1 or item.ends != 2))


def _is_end(item: Block) -> bool:
    return bool(item.flags & END) and item.size <= 12 and item.ends != 2


def _is_sure(item: Block) -> bool:
    """Tell whether the block alone reads like a paragraph of an article."""
    if item.size < _SURE_WORDS or item.ends != 2 or (item.stop < 0.12 and item.size < 60):
        return False
    if item.glued > 3 or item.capitals > 0.62 or (item.bullet and item.size < 20):
        return False
    if _is_promo(item) or _is_end(item) or item.repeats or _is_pitch(item):
        return False
    return not (item.flags & CAPTION and item.size < 35)


def _is_sentence(item: Block) -> bool:
    return item.size >= _SENTENCE_WORDS and item.ends == 2 and not _is_pitch(item)


def _run_words(prose: list[bool], blocks: list[Block]) -> list[int]:
    """Return for each block how many words the run of prose it lies in has."""
    words = [0] * len(blocks)
    start = 0
    while start < len(blocks):
        end = start
        while end < len(blocks) and prose[end]:
            end += 1
        words[start:end] = [sum(item.size for item in blocks[start:end])] * (end - start)
        start = max(end, start + 1)
    return words


def _worth(at: int, blocks: list[Block], sure: list[bool], runs: list[int]) -> float:
    """Return what the block adds to the span it lies in: prose adds, gaps and marks of an ending cost."""
    item = blocks[at]
    if sure[at]:
        worth = float(min(item.size, 60))
        near = [blocks[k] for k in (at - 1, at + 1) if 0 <= k < len(blocks)]
        headline = any(4 <= other.size <= 20 and other.ends != 2 for other in near)
        return 0.1 * worth if runs[at] < _LONE_WORDS and headline else worth
    if _is_sentence(item):
        return 0.35 * min(item.size, 20)
    return -3.0 - (40.0 if _is_end(item) else 0.0) - (1.5 if item.bullet and item.size < 12 else 0.0)


def _span(blocks: list[Block], sure: list[bool]) -> tuple[int, int]:
    """Return the first and last block of the densest stretch of prose."""
    prose = [sure[at] or (_is_sentence(item) and not item.bullet) for at, item in enumerate(blocks)]
    runs = _run_words(prose, blocks)
    best, first, last = 0.0, 0, -1
    total, start = 0.0, 0
    for at in range(len(blocks)):
        if total <= 0:
            total, start = 0.0, at
        total += _worth(at, blocks, sure, runs)
        if total > best:
            best, first, last = total, start, at
    while first < last and not sure[first] and not _is_sentence(blocks[first]):
        first += 1
    for at in range(max(0, first - _REACH_BLOCKS), first):
        if sure[at] and blocks[at].size >= 25 and not blocks[at].dated:
            return at, last
    return first, last


_OBJECTIONS: tuple[tuple[str, Callable[[Block], bool]], ...] = (
    ("marks the end of an article", lambda item: _is_end(item) and item.size <= 6),
    ("stands on the page more than once", lambda item: bool(item.repeats) and item.size < 25),
    ("says the same as its neighbour", lambda item: item.echoes and not (item.ends == 2 and item.size >= 25)),
    ("credits a picture", lambda item: bool(item.flags & CAPTION) and item.size < 45),
    ("byline", lambda item: bool(item.flags & BYLINE) and item.size <= 14 and item.ends != 2),
    ("date line", lambda item: item.dated and item.size <= 8),
    ("asks the reader for something", _is_pitch),
    ("links glued together", lambda item: item.glued >= 2 and item.size < 30),
)


def _drop_reason(item: Block) -> str:
    """Return why a block inside the span is not part of the body, or "" when nothing speaks against it."""
    return next((reason for reason, holds in _OBJECTIONS if holds(item)), "")


def _keep_reason(at: int, blocks: list[Block], last: int, sure: list[bool]) -> str:
    """Return why a block inside the span that nothing speaks against is part of the body, or ""."""
    item = blocks[at]
    alone = item.gap_before and item.gap_after
    if item.ends == 2 and (item.size >= _SENTENCE_WORDS or alone or (item.size >= 3 and item.quoted)):
        return "sentence"
    if item.bullet:
        return "list item" if item.size >= 8 else ""
    if item.ends == 1 and item.size >= 5:
        return "leads into what follows"
    if item.size >= 20 and item.stop >= 0.2 and item.gap_before:
        return "long block"
    if 2 <= item.size <= 14 and alone and at < last and not item.dated:
        following = blocks[at + 1]
        if sure[at + 1] or (following.ends == 2 and following.size >= 10):
            return "heading"
    return ""


def _ends_skip(item: Block, skipped: int) -> bool:
    """Tell whether prose has begun again after a promo; one line of teaser may lie between."""
    if item.ends != 2 or item.repeats or item.bullet:
        return False
    if item.size >= 18:
        return True
    alone = item.gap_before and item.gap_after and not item.echoes and not item.dated
    return item.size >= 8 and alone and skipped >= 1


def verdicts(blocks: list[Block]) -> list[Verdict]:
    """Return one verdict per block, in order."""
    sure = [_is_sure(item) for item in blocks]
    first, last = _span(blocks, sure)
    result = [Verdict(False, "outside the article")] * len(blocks)
    skipping, skipped = False, 0
    for at in range(first, last + 1):
        item = blocks[at]
        if _is_promo(item):
            result[at] = Verdict(False, "teaser of another article")
            skipping, skipped = not item.teases, 0
            continue
        if skipping and not _ends_skip(item, skipped):
            skipped += 1
            result[at] = Verdict(False, "follows a teaser")
            continue
        skipping = False
        against = "" if sure[at] else _drop_reason(item)
        reason = "" if against else "paragraph" if sure[at] else _keep_reason(at, blocks, last, sure)
        result[at] = Verdict(bool(reason), reason or against or "no sentence")
    return result
