"""Blocks → verdicts: which blocks are the article, and why each one is or is not.

A network says how likely each block is part of the body. Rules stand above it for what no probability may let in:
teasers of other articles, and a block that only repeats the title or another kept block. Every block gets a reason.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.clean.block import Block
from services.clean.network import Floats
from services.clean.phrases import BIO, BYLINE, CAPTION, END, LEGAL, PITCH, PROMO, REPLY

_TEASER_WORDS = 25  # a longer block that opens like a teaser is a paragraph
_PITCH_WORDS = 40  # the same for a block that asks for something
_LEAST = 0.12  # no block less likely than this is ever kept
_FEW_WORDS = 40  # a body with fewer words is looked for again with a lower threshold


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a block is part of the body, and why."""

    kept: bool
    reason: str


def is_teaser(item: Block) -> bool:
    """Tell whether the block surely points at another article."""
    return item.teases or bool(item.flags & PROMO and item.size <= _TEASER_WORDS)


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


def _dropped_as(item: Block, likely: float) -> str:
    """Return what a dropped block looks like, or how unlikely it is."""
    looks = next((reason for reason, holds in _LOOKS_LIKE if holds(item)), "")
    return looks or f"unlike the body ({likely:.2f})"


def _threshold(blocks: list[Block], likely: list[float], threshold: float) -> float:
    """Return the probability from which blocks are kept: lower than `threshold` when nearly nothing would be."""
    words = sum(item.size for item, share in zip(blocks, likely, strict=True) if share >= threshold)
    if words >= _FEW_WORDS or not likely:
        return threshold
    return max(_LEAST, min(threshold, 0.6 * max(likely)))


def verdicts(blocks: list[Block], likely: Floats, threshold: float) -> list[Verdict]:
    """Return one verdict per block, in order; `likely` is the network's probability of each."""
    shares = likely.tolist()
    least = _threshold(blocks, shares, threshold)
    result: list[Verdict] = []
    seen: set[str] = set()
    for item, share in zip(blocks, shares, strict=True):
        if share < least or is_teaser(item):
            result.append(Verdict(False, _dropped_as(item, share)))
        elif item.size >= 8 and item.key in seen:
            result.append(Verdict(False, "says what a kept block said"))
        else:
            seen.add(item.key)
            result.append(Verdict(True, _kept_as(item)))
    return result
