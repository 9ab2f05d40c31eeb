"""Blocks → verdicts: which blocks are the article, and why each one is or is not.

A network says how likely each block is part of the body. Rules stand above it for what no probability may let in:
teasers of other articles, and a block that only repeats the title or another kept block. Every block gets a reason.
"""

from collections.abc import Callable
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from services.clean.block import Block, longest
from services.clean.network import Floats
from services.clean.phrases import BIO, BYLINE, CAPTION, END, LEGAL, PITCH, PROMO, REPLY

_TEASER_WORDS = 25  # a longer block that opens like a teaser is a paragraph
_PITCH_WORDS = 40  # the same for a block that asks for something
_LONG, _MIDDLE = 25, 10  # words from which a block is long, or middle
Thresholds = tuple[float, float, float]  # for long, middle and short blocks
_LEAST = 0.3  # no block less likely than this is ever kept
_FAR_BLOCKS = 8  # between two kept blocks, from which they belong to different stretches
_STRAY_WORDS, _STRAY_SHARE = 80, 0.25  # a stretch with no more, also of the longest one's words, is another thing's
_PART_WORDS, _COPY_WORDS, _PARTS = 8, 150, 400  # of the parts and the whole of a copy; how many parts are looked for
_LOWEST, _HIGHEST = 0.2, 0.6  # of the thresholds for long blocks of one page
_GRAM_WORDS = 3  # a block has so many fewer 4-grams than words; F1 counts those
_SIZE = attrgetter("size")
_ELSE = PITCH | END | LEGAL | BIO | REPLY  # what a block is not body for, unless the network is sure
_FEW_WORDS = 40  # a body with fewer words is looked for again with a lower threshold


class Verdict(NamedTuple):
    """Whether a block is part of the body, how likely the network finds that, and the rule that overruled it."""

    kept: bool
    likely: float
    rule: str = ""


_VERDICT = partial(tuple.__new__, Verdict)  # of hundreds of blocks at once: no call of Python for each


def is_teaser(item: Block) -> bool:
    """Tell whether the block surely points at another article."""
    return item.teases or (item.flags & PROMO > 0 and item.size <= _TEASER_WORDS)


# why a block that was not kept looks like something else; the first that holds is given
_LOOKS_LIKE: tuple[tuple[str, Callable[[Block], bool]], ...] = (
    ("teaser of another article", is_teaser),
    ("marks the end of an article", lambda item: bool(item.flags & END) and item.size <= 12),
    ("asks the reader for something", lambda item: bool(item.flags & PITCH) and item.size <= _PITCH_WORDS),
    ("legal notice", lambda item: bool(item.flags & LEGAL) and item.size <= _PITCH_WORDS),
    ("credits a picture", lambda item: bool(item.flags & CAPTION) and item.size <= 45),
    ("byline", lambda item: bool(item.flags & BYLINE) and item.size <= 14),
    ("describes an author", lambda item: bool(item.flags & BIO) and item.size <= 60),
    ("reader's comment", lambda item: bool(item.flags & REPLY) and item.size <= 6),
    ("date line", lambda item: item.dated and item.size <= 8),
    ("links glued together", lambda item: item.glued >= 2 and item.size < 30),
    ("stands on the page more than once", lambda item: item.repeats > 0),
    ("says the same as its neighbour", lambda item: item.echoes),
    ("menu or label", lambda item: item.size <= 3),
    ("headline or label", lambda item: item.ends == 0 and item.size <= 20),
)


def _kept_as(item: Block) -> str:
    """Return what a kept block is."""
    if item.level or (item.ends == 0 and item.size <= 14 and not item.bullet):
        return "heading"
    if item.bullet:
        return "list item"
    return "paragraph" if item.ends == 2 else "text"


def reason(item: Block, verdict: Verdict) -> str:
    """Return why the block is kept or dropped, for a person."""
    if verdict.rule:
        return verdict.rule
    if verdict.kept:
        return _kept_as(item)
    looks = next((found for found, holds in _LOOKS_LIKE if holds(item)), "unlike the body")
    return f"{looks} ({verdict.likely:.2f})"


def _likely_places(blocks: list[Block], likely: Floats, thresholds: Thresholds) -> list[int]:
    """Return where the blocks stand that are likely enough to be kept: less is enough when nearly nothing would be."""
    sizes = np.fromiter(map(_SIZE, blocks), np.intp, len(blocks))
    least = np.array(thresholds[::-1])[(sizes >= _MIDDLE).astype(np.intp) + (sizes >= _LONG)]
    found = likely >= least
    if sizes[found].sum() < _FEW_WORDS and len(blocks):
        lower = np.maximum(_LEAST, np.minimum(least, 0.6 * float(likely.max())))
        speaks_of_else = np.array([item.flags & _ELSE > 0 for item in blocks])  # a wall's own words are no body
        found = likely >= np.where(speaks_of_else, least, lower)
    return found.nonzero()[0].tolist()


def fitted(blocks: list[Block], likely: Floats, thresholds: Thresholds) -> Thresholds:
    """Return the thresholds moved for a page that the network is less, or more, sure of than of most.

    They move by as much as the threshold with the greatest expected F1 lies from a half: the share of body among the
    kept words and of kept words among the body, as the probabilities foretell them. On a page like none before, where
    the body is at .3 and the rest at .01, the body is kept. But no longer block is dropped that this threshold keeps,
    unless the one for all pages drops it: of a page that is all article, the least likely paragraph stays.
    """
    if not blocks:
        return thresholds
    words = np.maximum(np.fromiter(map(_SIZE, blocks), np.float64, len(blocks)) - _GRAM_WORDS, 1)
    order = np.argsort(-likely, kind="stable")
    kept, right = words[order].cumsum(), (likely * words)[order].cumsum()
    best = float(likely[order[np.argmax(right / (kept + right[-1]))]])
    moved = min(max(best, _LOWEST), _HIGHEST) - 0.5
    long, middle, short = thresholds
    return min(long + moved, max(best, long)), min(middle + moved, max(best, middle)), short + moved


def _copies(kept: list[Block]) -> list[Block]:
    """Return the kept blocks that say again what other kept ones say: hidden copies of the text as a whole."""
    parts = [item for item in kept if _PART_WORDS <= item.size < _COPY_WORDS][:_PARTS]
    return [
        item
        for item in longest(kept, _COPY_WORDS)
        if 2 * sum([part.size for part in parts if part.key in item.key]) >= item.size
    ]


def verdicts(blocks: list[Block], likely: Floats, thresholds: Thresholds) -> list[Verdict]:
    """Return one verdict per block, in order; `likely` is the network's probability of each."""
    shares: list[float] = likely.tolist()
    result = list(map(_VERDICT, zip(repeat(False), shares, repeat(""))))  # most are dropped for being unlikely
    seen: dict[str, int] = {}
    for at in _likely_places(blocks, likely, thresholds):
        item = blocks[at]
        if is_teaser(item):
            result[at] = Verdict(False, shares[at], "teaser of another article")
        elif item.size >= 8 and item.key in seen:
            result[at] = Verdict(False, shares[at], "says what a kept block said")
        else:
            seen[item.key] = at
            result[at] = Verdict(True, shares[at])
    for item in _copies([blocks[at] for at in seen.values()]):
        at = seen[item.key]
        result[at] = Verdict(False, shares[at], "says what kept blocks said")
    return result


def without_strays(blocks: list[Block], decided: list[Verdict]) -> list[Verdict]:
    """Return the verdicts with small stretches of kept blocks far from the others dropped: teasers, notices, comments.

    For flat text; in HTML the regions of a page tell more.
    """
    stretches: list[list[int]] = []
    for at in (at for at, verdict in enumerate(decided) if verdict.kept):
        if stretches and at - stretches[-1][-1] <= _FAR_BLOCKS:
            stretches[-1].append(at)
        else:
            stretches.append([at])
    if len(stretches) < 2:
        return decided
    words = [sum(blocks[at].size for at in stretch) for stretch in stretches]
    most = min(_STRAY_WORDS, _STRAY_SHARE * max(words))
    strays = {at for stretch, size in zip(stretches, words, strict=True) if size <= most for at in stretch}
    return [
        Verdict(False, verdict.likely, "stands far from the article") if at in strays else verdict
        for at, verdict in enumerate(decided)
    ]
