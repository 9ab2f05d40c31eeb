"""Blocks → features: what a model may know of every block, from its words, its neighbours and its place on the page.

One row a block, one column a name of FEATURES, values mostly between 0 and 1. The same for HTML and flat text.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.clean import phrases
from services.clean.block import Block

Columns = dict[str, NDArray[Any]]
_SPAN_TOLL = 4.5  # prose words a block must bring to pay for widening the densest span


def _own(blocks: list[Block]) -> Columns:
    """Return what every block tells by itself."""
    size = np.array([item.size for item in blocks], np.float32)
    ends = np.array([item.ends for item in blocks])
    flags = np.array([item.flags for item in blocks])
    stop = np.array([item.stop for item in blocks], np.float32)
    capitals = np.array([item.capitals for item in blocks], np.float32)
    short = size <= 40
    columns: Columns = {
        "log size": np.log1p(size) / 5,
        "size to 60": np.minimum(size, 60) / 60,
        "size 1": size <= 1,
        "size 2-3": (size > 1) & (size < 4),
        "size 4-9": (size >= 4) & (size < 10),
        "size 10-19": (size >= 10) & (size < 20),
        "size 20-39": (size >= 20) & (size < 40),
        "size 40+": size >= 40,
        "ends": ends == 2,
        "half ends": ends == 1,
        "ends and long": (ends == 2) & (size >= 12),
        "ends and short": (ends == 2) & (size < 8),
        "trails off": np.array([item.text.endswith(("…", "...", "[…]", "[...]")) for item in blocks]),
        "asks": np.array([item.text.endswith("?") for item in blocks]),
        "colon": np.array([item.text.endswith(":") for item in blocks]),
        "divided": np.array([" | " in item.text or " • " in item.text or " · " in item.text for item in blocks]),
        "bullet": np.array([item.bullet for item in blocks]),
        "indent": np.array([item.indent for item in blocks], np.float32) / 6,
        "gap before": np.array([item.gap_before for item in blocks]),
        "gap after": np.array([item.gap_after for item in blocks]),
        "stop": stop,
        "many stop": stop >= 0.25,
        "few stop": stop < 0.1,
        "commas": np.minimum([item.commas for item in blocks], 6) / 6,
        "capitals": capitals,
        "many capitals": (capitals > 0.6) & (size > 2),
        "digits": np.array([item.digits for item in blocks], np.float32),
        "dated": np.array([item.dated for item in blocks]),
        "quoted": np.array([item.quoted for item in blocks]),
        "glued": np.minimum([item.glued for item in blocks], 4) / 4,
        "repeats": np.minimum([item.repeats for item in blocks], 3) / 3,
        "echoes": np.array([item.echoes for item in blocks]),
        "teases": np.array([item.teases for item in blocks]),
        "heading": np.array([item.level > 0 for item in blocks]),
        "level": np.array([item.level for item in blocks], np.float32) / 6,
    }
    for name, kind in (("promo", phrases.PROMO), ("end", phrases.END), ("pitch", phrases.PITCH),
                       ("caption", phrases.CAPTION), ("byline", phrases.BYLINE), ("legal", phrases.LEGAL),
                       ("bio", phrases.BIO), ("reply", phrases.REPLY), ("scene", phrases.SCENE),
                       ("hint", phrases.HINT)):  # fmt: skip
        has = (flags & kind) > 0
        columns[name] = has
        columns[name + " short"] = has & (size <= 6)
        columns[name + " middle"] = has & short & (size > 6)
    prose = np.minimum(size, 40) / 80 + np.where(ends == 2, 0.25, np.where(ends == 1, 0.08, 0))
    prose += np.where(stop >= 0.25, 0.25, stop) - 0.15 * columns["bullet"] - 0.2 * (columns["pitch"] & short)
    prose -= 0.3 * columns["glued"] + 0.2 * (capitals > 0.6) + 0.2 * (columns["repeats"] > 0)
    columns["prose"] = np.where(size < 4, 0, np.clip(prose, 0, 1)).astype(np.float32)
    return columns


_ARROWS = re.compile(r"[»›→▶►@]|>>|http|www\.|\.com")


def _style(blocks: list[Block]) -> Columns:
    """Return how the words of every block are put: to whom, in how many sentences, with which characters."""
    size = np.maximum(np.array([item.size for item in blocks], np.float32), 1)
    texts = [item.text for item in blocks]
    words = [item.words for item in blocks]
    sentences = [text.count(". ") + text.count("? ") + text.count("! ") + text.count("。") for text in texts]
    letters = np.array([len(text) for text in texts], np.float32)
    to_reader = np.array([sum(map(phrases.ADDRESS.__contains__, item)) for item in words], np.float32) / size
    return {
        "to reader": to_reader,
        "reporting": np.array([not phrases.REPORTING.isdisjoint(item) for item in words]),
        "sentences": np.minimum(sentences, 4) / 4,
        "one sentence": (np.array(sentences) == 0) & (size >= 8),
        "word length": np.minimum(letters / size, 12) / 12,
        "shouts": np.array([text.isupper() for text in texts]),
        "small start": np.array([text[0].islower() for text in texts]),
        "digit start": np.array([text[0].isdigit() for text in texts]),
        "arrows": np.array([_ARROWS.search(text) is not None for text in texts]),
        "bracketed": np.array([text[-1] in ")]" for text in texts]),
        "pitch to reader": np.array([bool(item.flags & phrases.PITCH) for item in blocks]) & (to_reader > 0),
        "swallows": np.array(_swallows(blocks)),
    }


def _swallows(blocks: list[Block]) -> list[bool]:
    """Tell for every block whether it says again what three other blocks say: a hidden copy of the whole text."""
    keys = [item.key for item in blocks if 8 <= item.size < 150]
    return [item.size >= 150 and sum(key in item.key for key in keys[:400]) >= 3 for item in blocks]


def _page(own: Columns, blocks: list[Block]) -> Columns:
    """Return what the whole page is like, and the group of lines without a gap that a block stands in."""
    count = len(blocks)
    size = np.array([item.size for item in blocks], np.float32)
    is_long = (own["prose"] >= 0.6) & (size >= 15)
    many = max(int(is_long.sum()), 1)
    group = np.cumsum(own["gap before"])
    number = np.bincount(group)[group]
    words = np.bincount(group, weights=size)[group]
    prose = np.bincount(group, weights=own["prose"] * size)[group]
    ones = np.ones(count, np.float32)
    return {
        "page blocks": ones * np.log1p(count) / 7,
        "page long": ones * np.log1p(many) / 5,
        "page gaps": ones * float((own["gap before"] & own["gap after"] & is_long).sum()) / many,
        "page long size": ones * min(float(size[is_long].sum()) / many, 100) / 100,
        "page bullets": ones * float(own["bullet"].mean()),
        "page dates": ones * float(own["dated"].mean()),
        "group blocks": np.minimum(number, 12) / 12,
        "group words": np.minimum(words, 200) / 200,
        "group prose": prose / np.maximum(words, 1),
        "since repeat": since((own["repeats"] > 0) & (size >= 5), 30) / 30,
        "until repeat": since(((own["repeats"] > 0) & (size >= 5))[::-1], 30)[::-1] / 30,
    }


def _shifted(values: NDArray[Any], by: int) -> NDArray[Any]:
    """Return the value of the block `by` places further on for every block; 0 beyond the page."""
    result = np.zeros_like(values)
    if by > 0:
        result[:-by] = values[by:]
    else:
        result[-by:] = values[:by]
    return result


def _window(sums: NDArray[Any], low: int, high: int) -> NDArray[Any]:
    """Return the mean over the blocks from `low` to `high` places away; `sums` are cumulative with a leading 0."""
    count = len(sums) - 1
    at = np.arange(count)
    first, last = np.clip(at + low, 0, count), np.clip(at + high + 1, 0, count)
    result: NDArray[Any] = (sums[last] - sums[first]) / np.maximum(last - first, 1)
    return result


def _sums(values: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate(([0.0], np.cumsum(values))).astype(np.float32)


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
    last = np.maximum.accumulate(np.where(marks, at, -most))
    before = np.concatenate(([-most], last[:-1]))
    return np.minimum(at - before, most).astype(np.float32)


def _place(own: Columns, blocks: list[Block]) -> Columns:
    """Return what a block's neighbours and its place among the prose of the page tell."""
    prose = own["prose"]
    size = np.array([item.size for item in blocks], np.float32)
    words = size * prose
    sums, total = _sums(words), float(words.sum()) or 1.0
    is_long = (prose >= 0.6) & (size >= 15)
    first, last = densest_span(np.where(prose >= 0.55, words, -0.3 * np.minimum(size, 12)) - _SPAN_TOLL)
    at = np.arange(len(blocks))
    inside = (at >= first) & (at <= last)
    before, after = since(is_long, 20), since(is_long[::-1], 20)[::-1]
    ended = (own["end short"] > 0) | (own["promo short"] > 0) | (own["hint short"] > 0)
    headline = ((size >= 4) & (size <= 18) & (own["ends"] == 0)).astype(np.float32)
    columns: Columns = {
        "in span": inside,
        "prose in span": inside * prose,
        "above span": np.clip(first - at, 0, 20) / 20,
        "below span": np.clip(at - last, 0, 20) / 20,
        "words before": sums[:-1] / total,
        "words after": 1 - sums[1:] / total,
        "place": at / max(len(blocks), 1),
        "since long": before / 20,
        "until long": after / 20,
        "between long": (before <= 1) & (after <= 1),
        "near long": (before <= 2) & (after <= 2),
        "beside long": np.minimum(before, after) <= 1,
        "ends before": np.minimum(np.concatenate(([0], np.cumsum(own["end short"])[:-1])), 5) / 5,
        "since end": since(ended, 12) / 12,
        "until end": since(ended[::-1], 12)[::-1] / 12,
        "near words": _window(sums, -3, 3) / 20,
        "wide words": _window(sums, -8, 8) / 20,
        "words just before": _window(sums, -5, -1) / 20,
        "words just after": _window(sums, 1, 5) / 20,
        "headline before": _shifted(headline, -1),
        "headline after": _shifted(headline, 1),
        "headlines around": _window(_sums(headline), -4, 4),
    }
    dated, echo = own["dated"].astype(np.float32), own["echoes"].astype(np.float32)
    ends, glued = own["ends"].astype(np.float32), own["log size"]
    for by in (-3, -2, -1, 1, 2, 3):
        columns[f"prose {by:+}"] = _shifted(prose, by)
        columns[f"log size {by:+}"] = _shifted(glued, by)
        if abs(by) < 3:
            columns[f"ends {by:+}"] = _shifted(ends, by)
            columns[f"dated {by:+}"] = _shifted(dated, by)
            columns[f"echoes {by:+}"] = _shifted(echo, by)
            columns[f"promo {by:+}"] = _shifted(np.maximum(own["promo"], own["hint short"]).astype(np.float32), by)
            columns[f"bullet {by:+}"] = _shifted(own["bullet"].astype(np.float32), by)
            columns[f"caption {by:+}"] = _shifted(own["caption"].astype(np.float32), by)
            columns[f"heading {by:+}"] = _shifted(own["heading"].astype(np.float32), by)
            columns[f"reply {by:+}"] = _shifted(own["reply"].astype(np.float32), by)
            columns[f"byline {by:+}"] = _shifted(own["byline"].astype(np.float32), by)
            columns[f"stop {by:+}"] = _shifted(own["stop"], by)
            columns[f"repeats {by:+}"] = _shifted(own["repeats"].astype(np.float32), by)
    return columns


def _topic(own: Columns, blocks: list[Block]) -> Columns:
    """Return how the block fits the runs of prose around it and the words of the page's main runs."""
    prose = (own["prose"] >= 0.5) & (np.array([item.size for item in blocks]) >= 8)
    count = len(blocks)
    length, words, place = np.zeros(count), np.zeros(count), np.zeros(count)
    start = 0
    flags = prose.tolist()
    while start < count:
        end = start
        while end < count and flags[end]:
            end += 1
        if end > start:
            length[start:end] = end - start
            words[start:end] = sum(item.size for item in blocks[start:end])
            place[start:end] = np.arange(end - start)
        start = max(end, start + 1)
    main = [flags[at] and (length[at] >= 2 or blocks[at].size >= 40) for at in range(count)]
    content = [{word for word in item.words if len(word) > 3} for item in blocks]
    known = Counter(word for at in range(count) if main[at] for word in content[at])
    once, twice = np.zeros(count), np.zeros(count)
    for at, item in enumerate(content):
        if item:
            mine = 1 if main[at] else 0
            seen = [known[word] - mine for word in item if word in known]
            once[at] = sum(number > 0 for number in seen) / len(item)
            twice[at] = sum(number > 1 for number in seen) / len(item)
    most = float(words.max()) if count else 1.0
    ends = np.minimum(words, 200) / 200
    return {
        "run blocks": np.minimum(length, 8) / 8,
        "run words": np.minimum(words, 300) / 300,
        "run share": words / (most or 1.0),
        "run place": np.minimum(place, 5) / 5,
        "topic": once,
        "topic twice": twice,
        "topic of prose": once * prose,
        "lone under headline": (length == 1) & (_shifted(own["ends"] == 0, -1)),
        "near run before": np.maximum.reduce([_shifted(ends, -by) / (1 + 0.2 * by) for by in range(1, 7)]),
        "near run after": np.maximum.reduce([_shifted(ends, by) / (1 + 0.2 * by) for by in range(1, 7)]),
        "lone blurbs around": np.minimum.reduce([_window(_sums((length == 1) * 1.0), -6, 6) * 2, np.ones(count)]),
    }


def block_columns(blocks: list[Block]) -> Columns:
    """Return the columns of a page with at least one block, by name and in the order the model expects."""
    own = _own(blocks)
    return own | _style(blocks) | _page(own, blocks) | _place(own, blocks) | _topic(own, blocks)


def matrix(columns: Columns, names: Sequence[str]) -> NDArray[np.float32]:
    """Return the named columns side by side: one row a block."""
    result = np.empty((len(names), len(columns[names[0]])), np.float32)
    for at, name in enumerate(names):
        result[at] = columns[name]
    return np.ascontiguousarray(result.T)
