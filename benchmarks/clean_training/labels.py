"""Labels: which blocks of a page are in its gold body, by the words they share.

A block counts as body when at least half of its 4-grams are in the gold. Of blocks that say the same, as many count
as the gold has, those among other body blocks first; a short block counts only near other body blocks.
"""

import collections
import re
from collections.abc import Sequence

from services.clean.block import Block

_WORD = re.compile(r"\w+")
_NEAR_BLOCKS = 8


def _grams(text: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(text)
    return [tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3))]


def _key(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def labels(blocks: Sequence[Block], gold: str) -> list[float]:
    """Return 1.0 for blocks of the gold body, 0.0 for others, in order."""
    known = set(_grams(gold))
    lines = {_key(line) for line in gold.split("\n")}
    whole = f" {_key(gold)} "
    share = [_share(item, known, lines) for item in blocks]
    _drop_repeats(blocks, share, whole)
    found = [float(value >= 0.5) for value in share]
    for at, item in enumerate(blocks):
        if found[at] and len(item.words) < 4:
            near = range(max(0, at - 3), min(len(blocks), at + 4))
            found[at] = float(any(found[k] and blocks[k].size >= 8 for k in near if k != at))
    return found


def _share(item: Block, known: set[tuple[str, ...]], lines: set[str]) -> float:
    """Return the share of the block's 4-grams that are in the gold; short blocks must be a line of it."""
    if len(item.words) < 4:
        return float(bool(item.words) and item.key in lines)
    grams = _grams(item.text)
    return sum(gram in known for gram in grams) / len(grams)


def _drop_repeats(blocks: Sequence[Block], share: list[float], whole: str) -> None:
    """Keep, of blocks that say the same, as many as the gold has: those with the most body around them."""
    same = collections.defaultdict(list)
    for at, item in enumerate(blocks):
        if share[at] >= 0.5:
            same[item.key].append(at)

    def around(at: int) -> float:
        near = range(max(0, at - _NEAR_BLOCKS), min(len(blocks), at + _NEAR_BLOCKS + 1))
        return sum(min(blocks[k].size, 30) * (share[k] >= 0.5) / abs(at - k) for k in near if k != at)

    for key, places in same.items():
        for at in sorted(places, key=around, reverse=True)[max(1, whole.count(f" {key} ")) :]:
            share[at] = 0.0
