"""Blocks → features: what a model may know of every block, from its words, its neighbours and its place on the page.

One row a block, one column a name, values mostly between 0 and 1. The same for HTML and flat text.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.clean import phrases
from services.clean.block import ASKS, CLOSES, LEADS, TRAILS, Block, longest
from services.clean.place_features import Columns, page_columns, place_columns, topic_columns
from services.clean.sheet import Sheet

_SWALLOWING = 150  # words of a block that may hold a copy of the whole text
_KINDS = (
    ("promo", phrases.PROMO), ("end", phrases.END), ("pitch", phrases.PITCH), ("caption", phrases.CAPTION),
    ("byline", phrases.BYLINE), ("legal", phrases.LEGAL), ("bio", phrases.BIO), ("reply", phrases.REPLY),
    ("scene", phrases.SCENE), ("hint", phrases.HINT),
)  # fmt: skip
_KIND_BITS = np.array([kind for _, kind in _KINDS])[:, None]
_KIND_NAMES = [[name + end for name, _ in _KINDS] for end in ("", " short", " middle")]


def _own(sheet: Sheet) -> Columns:
    """Return what every block tells by itself."""
    counts = sheet.counts
    size, ends, tails = counts["size"].astype(np.float32), counts["ends"], counts["tail"]
    stop, capitals = counts["stop"].astype(np.float32), counts["capitals"].astype(np.float32)
    repeats, level = counts["repeats"].astype(np.float32), counts["level"].astype(np.float32)
    columns: Columns = {
        **_sizes(size),
        "ends": ends == 2,
        "half ends": ends == 1,
        "ends and long": (ends == 2) & (size >= 12),
        "ends and short": (ends == 2) & (size < 8),
        "trails off": tails & TRAILS > 0,
        "asks": tails & ASKS > 0,
        "colon": tails & LEADS > 0,
        "divided": counts["divided"],
        "bullet": counts["bullet"],
        "indent": counts["indent"].astype(np.float32) / 6,
        "gap before": counts["gap_before"],
        "gap after": counts["gap_after"],
        "stop": stop,
        "many stop": stop >= 0.25,
        "few stop": stop < 0.1,
        "commas": np.minimum(counts["commas"], 6) / 6,
        "capitals": capitals,
        "many capitals": (capitals > 0.6) & (size > 2),
        "digits": counts["digits"],
        "dated": counts["dated"],
        "quoted": counts["quoted"],
        "glued": np.minimum(counts["glued"], 4) / 4,
        "repeats": np.minimum(repeats, 3) / 3,
        "echoes": counts["echoes"],
        "teases": counts["teases"],
        "heading": level > 0,
        "level": level / 6,
    }
    columns |= _phrases(counts["flags"], size)
    prose = np.minimum(size, 40) / 80 + np.where(ends == 2, 0.25, np.where(ends == 1, 0.08, 0))
    prose += np.where(stop >= 0.25, 0.25, stop) - 0.15 * columns["bullet"] - 0.2 * (columns["pitch"] & (size <= 40))
    prose -= 0.3 * columns["glued"] + 0.2 * (capitals > 0.6) + 0.2 * (repeats > 0)
    columns["prose"] = np.where(size < 4, 0, np.clip(prose, 0, 1)).astype(np.float32)
    return columns


def _sizes(size: NDArray[np.float32]) -> Columns:
    """Return how many words every block has: on two scales, and as one of six steps."""
    return {
        "log size": np.log1p(size) / 5,
        "size to 60": np.minimum(size, 60) / 60,
        "size 1": size <= 1,
        "size 2-3": (size > 1) & (size < 4),
        "size 4-9": (size >= 4) & (size < 10),
        "size 10-19": (size >= 10) & (size < 20),
        "size 20-39": (size >= 20) & (size < 40),
        "size 40+": size >= 40,
    }


def _phrases(flags: NDArray[np.intp], size: NDArray[np.float32]) -> Columns:
    """Return which kinds of furniture every block speaks of, and whether it is short enough to be nothing else."""
    short, middle = size <= 6, (size > 6) & (size <= 40)
    has = (flags & _KIND_BITS) > 0
    columns: Columns = {}
    for names, rows in zip(_KIND_NAMES, (has, has & short, has & middle), strict=True):
        columns.update(zip(names, rows, strict=True))
    return columns


def _style(own: Columns, sheet: Sheet) -> Columns:
    """Return how the words of every block are put: to whom, in how many sentences, with which characters."""
    counts = sheet.counts
    size = np.maximum(counts["size"].astype(np.float32), 1)
    to_reader = counts["to reader"] / size
    sentences = counts["sentences"]
    return {
        "to reader": to_reader,
        "reporting": counts["reporting"],
        "sentences": np.minimum(sentences, 4) / 4,
        "one sentence": (sentences == 0) & (size >= 8),
        "word length": np.minimum(counts["chars"] / size, 12) / 12,
        "shouts": counts["shouts"],
        "small start": counts["small start"],
        "digit start": counts["digit start"],
        "arrows": counts["arrows"],
        "bracketed": counts["tail"] & CLOSES > 0,
        "pitch to reader": own["pitch"] & (to_reader > 0),
        "swallows": np.array(_swallows(sheet.blocks)) if size.max() >= _SWALLOWING else np.zeros(len(size), bool),
    }


def _swallows(blocks: list[Block]) -> list[bool]:
    """Tell for every block whether it says again what three other blocks say: a hidden copy of the whole text."""
    keys = [item.key for item in blocks if 8 <= item.size < _SWALLOWING][:400]
    asked = {id(item) for item in longest(blocks, _SWALLOWING)}
    return [id(item) in asked and sum([key in item.key for key in keys]) >= 3 for item in blocks]


def block_columns(sheet: Sheet) -> Columns:
    """Return the columns of a page with at least one block, by name."""
    own = _own(sheet)
    size = sheet.counts["size"].astype(np.float32)
    return own | _style(own, sheet) | page_columns(own, size) | place_columns(own, size) | topic_columns(own, sheet)


def matrix(columns: Columns, names: Sequence[str]) -> NDArray[np.float32]:
    """Return the named columns side by side: one row a block."""
    result = np.empty((len(names), len(columns[names[0]])), np.float32)
    for at, name in enumerate(names):
        result[at] = columns[name]
    return result.T
