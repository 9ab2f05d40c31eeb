"""Elements → places: how the elements of a page share its prose, and how each stands to the article and to its title.

An element has a smaller number than those inside it: one pass back carries every sum up, one pass on every place down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.clean.block import Block
from services.clean.hints import KINDS
from services.clean.html_to_blocks import REGION_BIT, REGIONS
from services.clean.place_features import Columns

Numbers = NDArray[Any]
_MOST_PROSE = 0.6  # of a page's prose, in the element that holds the article
_FAR_STEPS = 8
_ARTICLES, _MANY_ARTICLES = 5, 20  # elements told apart, and counted


@dataclass(frozen=True, slots=True)
class Steps:
    """Of every element: the steps up to one that holds another element, and from that other one up to there."""

    up: Numbers
    down: Numbers


def spread(words: Numbers, at: NDArray[np.intp], parent: Sequence[int]) -> list[float]:
    """Return how many of the words stand in every element and all inside it; `at` is the element of each block."""
    found: list[float] = np.bincount(at, words, len(parent)).tolist()
    for number in range(len(parent) - 1, 0, -1):
        found[parent[number]] += found[number]
    return found


def main_of(at: NDArray[np.intp], prose: list[float], parent: Sequence[int], total: float) -> int:
    """Return the deepest element that holds most of the page's prose."""
    number: int = max(at.tolist(), key=prose.__getitem__)
    while number and prose[number] < _MOST_PROSE * total:
        number = parent[number]
    return number


def steps_to(other: int, parent: Sequence[int]) -> Steps:
    """Return how far every element is from the element `other`."""
    ups, downs = [0] * len(parent), [-1] * len(parent)
    number, steps = other, 0
    while True:
        downs[number] = steps
        if not number:
            break
        number, steps = parent[number], steps + 1
    for number, outer in enumerate(parent):
        if downs[number] < 0:
            ups[number], downs[number] = ups[outer] + 1, downs[outer]
    return Steps(np.array(ups, np.float32), np.array(downs, np.float32))


def inner_columns(
    main: Steps, at: NDArray[np.intp], tags: Sequence[str], own: Sequence[int], parent: Sequence[int]
) -> Columns:
    """Return what the elements speak of that a block stands in, of those inside the main one or beside it only.

    What holds the article and all around it tells nothing of a single block, whatever it is called.
    """
    hints, regions = [0] * len(parent), [0] * len(parent)
    for number in np.flatnonzero(main.up).tolist():
        outer = parent[number]
        hints[number] = hints[outer] | own[number]
        regions[number] = regions[outer] | REGION_BIT.get(tags[number], 0)
    return bits(np.array(hints)[at], KINDS, "inner ") | bits(np.array(regions)[at], REGIONS, "inner region ")


def main_columns(main: Steps, at: NDArray[np.intp], prose: Numbers) -> Columns:
    """Return how far a block is from the main element, and how the prose in that stands before and after it."""
    up, down = main.up[at], main.down[at]
    inside = prose * (down == 0)
    sums = np.cumsum(inside)
    whole = float(sums[-1]) or 1.0
    return {
        "steps up to main": np.minimum(up, _FAR_STEPS) / _FAR_STEPS,
        "main below": np.minimum(down, _FAR_STEPS) / _FAR_STEPS,
        "in main": down == 0,
        "right in main": (down == 0) & (up <= 1),
        "main words before": (sums - inside) / whole,
        "main words after": 1 - sums / whole,
    }


def title_at(blocks: list[Block], level: Numbers, title: str) -> int | None:
    """Return where the title stands: the heading that the page's metadata confirm, else the first h1, if any."""
    h1 = [at for at in np.flatnonzero(level == 1).tolist() if blocks[at].size >= 2]
    if title:
        lower = [at for at in np.flatnonzero(level > 1).tolist() if blocks[at].size >= 3]
        for at in h1 + lower:
            if blocks[at].key in title or title in blocks[at].key:
                return at
    return h1[0] if h1 else None


def title_columns(title: int | None, at: NDArray[np.intp], article: Numbers, parent: Sequence[int]) -> Columns:
    """Return how far every block stands from the title: in blocks, and in steps through the elements."""
    count = len(at)
    if title is None:
        return dict.fromkeys(_TITLE, np.zeros(count, bool))
    steps = steps_to(int(at[title]), parent)
    away = np.arange(count) - title
    columns = (
        np.ones(count, bool),
        np.minimum(steps.up[at], _FAR_STEPS) / _FAR_STEPS,
        np.minimum(steps.down[at], _FAR_STEPS) / _FAR_STEPS,
        np.minimum(np.log1p(np.maximum(away, 0)) / 5, 1),
        np.minimum(np.log1p(np.maximum(-away, 0)) / 5, 1),
        (article[at] > 0) & (article[at] == article[at[title]]),
    )
    return dict(zip(_TITLE, columns, strict=True))


_TITLE = ("title known", "title up", "title down", "title before", "title after", "title article")


def article_of(tags: Sequence[str], parent: Sequence[int]) -> Numbers:
    """Return the number of the nearest `article` that every element is or stands in, or 0."""
    found = [0] * len(parent)
    if "article" in tags:
        for number, outer in enumerate(parent):
            found[number] = number if tags[number] == "article" else found[outer]
    return np.array(found)


def article_columns(article: Numbers, prose: list[float], total: float) -> Columns:
    """Return which `article` every block stands in, the share of the page's prose in it, and how many there are."""
    inside = article > 0
    all_of_them = np.unique(article[inside])
    number = np.minimum(np.searchsorted(all_of_them, article), _ARTICLES) / _ARTICLES
    return {
        "article share": inside * np.array(prose)[article] / total,
        "article number": np.where(inside, number, -1 / _ARTICLES),
        "articles": np.full(len(article), min(len(all_of_them), _MANY_ARTICLES) / _MANY_ARTICLES),
    }


def bits(values: NDArray[np.intp], names: tuple[str, ...], prefix: str) -> Columns:
    """Return one column a bit."""
    found = (values & (1 << np.arange(len(names)))[:, None]) > 0
    return {prefix + name: row for name, row in zip(names, found, strict=True)}
