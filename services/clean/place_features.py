"""Blocks → features of place: the page they stand on, the blocks around them, the run of prose they belong to.

Every column is computed for the whole page at once from the blocks' own columns.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.clean.sheet import Sheet

Columns = dict[str, NDArray[Any]]
_NEAR = ("prose", "log size", "ends", "dated", "echoes", "bullet", "caption", "heading", "reply", "byline", "stop",
         "repeats", "promo")  # fmt: skip
_FAR, _SEEN_FAR = 3, 2  # how far the first columns of _NEAR are seen, and how many they are; the others one less
_SEEN = tuple(
    (f"{name} {by:+}", row, by)
    for row, name in enumerate(_NEAR)
    for by in (-3, -2, -1, 1, 2, 3)
    if abs(by) <= (_FAR if row < _SEEN_FAR else _FAR - 1)
)
_RUN_BLOCKS = 6  # how far the runs of prose around a block are seen
_WINDOW = 8  # how far means over the blocks around one reach
_SPAN_TOLL = 4.5  # prose words a block must bring to pay for widening the densest span


def page_columns(own: Columns, size: NDArray[Any]) -> Columns:
    """Return what the whole page is like, and the group of lines without a gap that a block stands in."""
    count = len(size)
    is_long = (own["prose"] >= 0.6) & (size >= 15)
    many = max(int(is_long.sum()), 1)
    group = own["gap before"].cumsum()
    number = np.bincount(group)[group]
    words = np.bincount(group, weights=size)[group]
    prose = np.bincount(group, weights=own["prose"] * size)[group]
    ones = np.ones(count, np.float32)
    repeated = (own["repeats"] > 0) & (size >= 5)
    return {
        "page blocks": ones * np.log1p(count) / 7,
        "page long": ones * np.log1p(many) / 5,
        "page gaps": ones * float((own["gap before"] & own["gap after"] & is_long).sum()) / many,
        "page long size": ones * min(float(size[is_long].sum()) / many, 100) / 100,
        "page bullets": ones * (np.count_nonzero(own["bullet"]) / count),
        "page dates": ones * (np.count_nonzero(own["dated"]) / count),
        "group blocks": np.minimum(number, 12) / 12,
        "group words": np.minimum(words, 200) / 200,
        "group prose": prose / np.maximum(words, 1),
        "since repeat": since(repeated, 30) / 30,
        "until repeat": since(repeated[::-1], 30)[::-1] / 30,
    }


def _shifted(values: NDArray[Any], by: int) -> NDArray[Any]:
    """Return the value of the block `by` places further on for every block; 0 beyond the page."""
    result = np.zeros(len(values), values.dtype)
    if by > 0:
        result[:-by] = values[by:]
    else:
        result[-by:] = values[:by]
    return result


class _Sums:
    """Running sums over the blocks of a page, which tell the mean over any blocks around each at the cost of one."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.count = len(values)
        sums = np.zeros(self.count + 1 + 2 * _WINDOW, np.float32)
        sums[_WINDOW + 1 : _WINDOW + 1 + self.count] = values.cumsum()
        sums[_WINDOW + 1 + self.count :] = sums[_WINDOW + self.count]
        self._sums = sums
        self._blocks = np.arange(-_WINDOW, self.count + 1 + _WINDOW).clip(0, self.count)

    def before(self, by: int = 0) -> NDArray[Any]:
        """Return for every block the sum over all blocks before the one `by` places further on."""
        return self._sums[_WINDOW + by : _WINDOW + by + self.count]

    def mean(self, low: int, high: int) -> NDArray[Any]:
        """Return the mean over the blocks from `low` to `high` places away, at most _WINDOW; those beyond count not."""
        first, end = _WINDOW + low, _WINDOW + high + 1
        blocks = self._blocks[end : end + self.count] - self._blocks[first : first + self.count]
        result: NDArray[Any] = (self.before(high + 1) - self.before(low)) / np.maximum(blocks, 1)
        return result


def densest_span(gains: NDArray[Any]) -> tuple[int, int]:
    """Return (first, last) of the run of blocks with the greatest sum of gains; (0, -1) when none is positive."""
    best, span, total, start = 0.0, (0, -1), 0.0, 0
    for at, gain in enumerate(gains.tolist()):
        if total <= 0:
            total, start = 0.0, at
        total += gain
        if total > best:
            best, span = total, (start, at)
    return span


def since(marks: NDArray[np.bool_], most: int) -> NDArray[Any]:
    """Return how many blocks ago the last mark was, not counting the block itself, at most `most`."""
    at = np.arange(len(marks))
    before = np.full(len(marks), -most)
    np.maximum.accumulate(np.where(marks, at, -most)[:-1], out=before[1:])
    result: NDArray[Any] = np.minimum(at - before, most).astype(np.float32)
    return result


def place_columns(own: Columns, size: NDArray[Any]) -> Columns:
    """Return what a block's neighbours and its place among the prose of the page tell."""
    prose = own["prose"]
    words = size * prose
    sums, total = _Sums(words), float(words.sum()) or 1.0
    is_long = (prose >= 0.6) & (size >= 15)
    first, last = densest_span(np.where(prose >= 0.55, words, -0.3 * np.minimum(size, 12)) - _SPAN_TOLL)
    at = np.arange(len(size))
    inside = (at >= first) & (at <= last)
    before, after = since(is_long, 20), since(is_long[::-1], 20)[::-1]
    ended = own["end short"] | own["promo short"] | own["hint short"]
    headline = ((size >= 4) & (size <= 18) & ~own["ends"]).astype(np.float32)
    columns: Columns = {
        "in span": inside,
        "prose in span": inside * prose,
        "above span": np.minimum(np.maximum(first - at, 0), 20) / 20,
        "below span": np.minimum(np.maximum(at - last, 0), 20) / 20,
        "words before": sums.before() / total,
        "words after": 1 - sums.before(1) / total,
        "place": at / max(len(size), 1),
        "since long": before / 20,
        "until long": after / 20,
        "between long": (before <= 1) & (after <= 1),
        "near long": (before <= 2) & (after <= 2),
        "beside long": np.minimum(before, after) <= 1,
        "ends before": np.minimum(np.concatenate(([0], own["end short"].cumsum()[:-1])), 5) / 5,
        "since end": since(ended, 12) / 12,
        "until end": since(ended[::-1], 12)[::-1] / 12,
        "near words": sums.mean(-3, 3) / 20,
        "wide words": sums.mean(-_WINDOW, _WINDOW) / 20,
        "words just before": sums.mean(-5, -1) / 20,
        "words just after": sums.mean(1, 5) / 20,
        "headline before": _shifted(headline, -1),
        "headline after": _shifted(headline, 1),
        "headlines around": _Sums(headline).mean(-4, 4),
    }
    return columns | _neighbours(own)


def _neighbours(own: Columns) -> Columns:
    """Return what the blocks up to three places away are like; beyond the page is nothing."""
    base = [*(own[name] for name in _NEAR[:-1]), own["promo"] | own["hint short"]]
    count = len(base[0])
    wide = np.zeros((len(_NEAR), count + 2 * _FAR), np.float32)
    for row, column in enumerate(base):
        wide[row, _FAR:-_FAR] = column
    return {name: wide[row, _FAR + by : _FAR + by + count] for name, row, by in _SEEN}


def _runs(prose: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return for every block the number of its run of equal marks, where the run starts, and how long it is."""
    change = np.concatenate(([True], prose[1:] != prose[:-1]))
    starts = change.nonzero()[0]
    run = change.cumsum() - 1
    lengths = np.diff(np.append(starts, len(prose)))
    return run, starts[run], lengths[run]


def topic_columns(own: Columns, sheet: Sheet) -> Columns:
    """Return how the block fits the runs of prose around it and the words of the page's main runs."""
    size = sheet.counts["size"].astype(np.float32)
    prose = (own["prose"] >= 0.5) & (size >= 8)
    count = len(size)
    run, start, length = _runs(prose)
    length = np.where(prose, length, 0)
    words = np.where(prose, np.bincount(run, weights=size)[run], 0)
    place = np.where(prose, np.arange(count) - start, 0)
    once, twice = _fits(sheet, prose & ((length >= 2) | (size >= 40)))
    ends = np.minimum(words, 200) / 200
    return {
        "run blocks": np.minimum(length, 8) / 8,
        "run words": np.minimum(words, 300) / 300,
        "run share": words / (float(words.max()) or 1.0),
        "run place": np.minimum(place, 5) / 5,
        "topic": once,
        "topic twice": twice,
        "topic of prose": once * prose,
        "lone under headline": (length == 1) & _shifted(~own["ends"], -1),
        "near run before": _nearest(ends, -1),
        "near run after": _nearest(ends, 1),
        "lone blurbs around": np.minimum(_Sums((length == 1) * 1.0).mean(-6, 6) * 2, 1),
    }


def _nearest(values: NDArray[Any], way: int) -> NDArray[Any]:
    """Return the most of the six values before each block (`way` -1) or after it (1): the further away, the less."""
    count = len(values)
    wide = np.zeros(count + 2 * _RUN_BLOCKS)
    wide[_RUN_BLOCKS:-_RUN_BLOCKS] = values
    result = np.zeros(count)
    for step in range(1, _RUN_BLOCKS + 1):
        first = _RUN_BLOCKS + way * step
        np.maximum(result, wide[first : first + count] / (1 + 0.2 * step), out=result)
    return result


def _fits(sheet: Sheet, main: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return which share of a block's words the main blocks use: at least once, and more than once, without itself."""
    shared = sheet.shared
    content = shared.chars[shared.word] > 3
    block, word = shared.block[content], shared.word[content]
    is_main = main[block]
    known = np.bincount(word[is_main], minlength=len(shared.chars))[word] - is_main
    many = np.maximum(np.bincount(block, minlength=len(main)), 1)
    return (
        np.bincount(block[known > 0], minlength=len(main)) / many,
        np.bincount(block[known > 1], minlength=len(main)) / many,
    )
