"""Flat text → title: which block above the body is the headline.

A weighted sum of what speaks for and against each candidate; the weights are data, `weights/title.json`, made by
`benchmarks/clean_training/train_titles.py`. A page may have none: then there is no title rather than a wrong one.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate
from operator import mul

from services.clean.block import WORD, Block
from services.clean.phrases import BYLINE, CAPTION, END, HINT, LEGAL, PITCH, PROMO, SCENE
from services.clean.url_facts import plain_word, words_in_url

_ABOVE_BLOCKS = 80  # how far above the body's first paragraph a title may stand
_MANY_WORDS = 6  # shared with the body: a headline, whatever else it says
_EAST = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CRUMBS = re.compile(r"[>›»|/•]\s*$")  # a kicker before a headline belongs to it
_BODY_BLOCKS = 12  # whose words a title shares
FEATURES = (
    "shares words with the body",
    "said again",
    "end of another block",
    "shares words with the address",
    "has an address",
    "is the hint",
    "far above",
    "right above",
    "in the body",
    "size 1-2",
    "size 3-4",
    "size 5-16",
    "size 17-24",
    "size 25+",
    "sentence",
    "asks",
    "half sentence",
    "bullet",
    "gap before",
    "gap after",
    "glued",
    "credits",
    "pitch",
    "dated",
    "teaser",
    "byline",
    "end mark",
    "scene",
    "echoes",
    "capitals",
    "date soon after",
    "byline soon after",
    "date just before",
    "digits",
    "divided",
    "first candidate like this",
    "quoted",
    "below many ends",
    "shares many words with the body",
    "after a short block",
)


@dataclass(frozen=True, slots=True)
class Around:
    """What candidates are compared with.

    Where the body starts and its paragraphs stand, its words, the words of the address and of the feed's title; how
    often each key stands up there, where first, and all of them in lines of their own; marks of an ending so far.
    """

    start: int
    paragraphs: frozenset[int]
    body: frozenset[str]
    address: frozenset[str]
    hint: frozenset[str]
    keys: Counter[str]
    first: dict[str, int]
    lines: str
    ends: list[int]  # how many blocks before each are of this kind; the same for the next two
    dated: list[int]
    bylines: list[int]


def around(blocks: list[Block], start: int, body: list[int], url: str | None, hint: str | None) -> Around:
    """Return what the candidates of a page are compared with; `body` are the positions of its paragraphs."""
    words = _telling([word for at in body[:_BODY_BLOCKS] for word in blocks[at].words])
    hinted = frozenset(WORD.findall((hint or "").lower()))
    all_keys = [item.key for item in blocks[: start + 40]]
    first = dict(zip(reversed(all_keys), range(len(all_keys) - 1, -1, -1), strict=True))
    lines = "\n".join(["", *first, ""])
    top = blocks[: start + 12]
    ends = list(accumulate([bool(item.flags & END) for item in top], initial=0))
    dated = list(accumulate([item.dated for item in top], initial=0))
    bylines = list(accumulate([bool(item.flags & BYLINE) for item in top], initial=0))
    return Around(
        start,
        frozenset(body),
        words,
        words_in_url(url or ""),
        hinted,
        Counter(all_keys),
        first,
        lines,
        ends,
        dated,
        bylines,
    )


def _telling(words: list[str]) -> frozenset[str]:
    """Return the longer words; of Chinese, Japanese and Korean, where words are short or run on, character pairs."""
    found = frozenset([word for word in words if len(word) > 3])
    joined = "".join(words)
    if joined.isascii() or not _EAST.search(joined):
        return found
    eastern = set(filter(_EAST.search, words))
    pairs = {word[at : at + 2] for word in eastern for at in range(max(1, len(word) - 1))}
    return (found - eastern) | pairs


def _is_ending(item: Block, lines: str) -> bool:
    """Tell whether another one of the lines ends with the words of the block."""
    if item.size <= 3 or not item.key:
        return False
    if " " in item.key:
        return lines.count(f"{item.key}\n") > 1  # one of them is its own
    return f" {item.key}\n" in lines


def _may_be(item: Block) -> bool:
    return 2 <= item.size <= 40 and not (item.bullet and item.size < 5)


def candidates(blocks: list[Block], known: Around) -> list[int]:
    """Return the positions of the blocks that may be the title: above the body, or a heading at its start."""
    places = range(max(0, known.start - _ABOVE_BLOCKS), min(known.start + 3, len(blocks)))
    return [at for at in places if at not in known.paragraphs and _may_be(blocks[at])]


def _share(part: frozenset[str] | set[str], whole: frozenset[str]) -> float:
    return len(part & whole) / len(part) if part else 0.0


def features(blocks: list[Block], at: int, known: Around) -> list[float | bool]:
    """Return the numbers of FEATURES for the block at `at`; a bool counts as 0 or 1."""
    item = blocks[at]
    content = _telling(item.words)
    soon = min(at + 7, len(known.dated) - 1)
    spelt = {plain_word(word) for word in item.words if len(word) > 2} if known.address else set()
    repeats = known.keys[item.key] - 1
    return [
        _share(content, known.body),
        min(repeats, 2) / 2,
        _is_ending(item, known.lines),
        min(_share(spelt, known.address), _share(known.address, frozenset(spelt)) * 1.5) if spelt else 0.0,
        bool(known.address),
        _share(known.hint, frozenset(item.words)) if known.hint else 0.0,
        min(max(known.start - at, 0), 60) / 60,
        0 < known.start - at <= 6,
        at >= known.start,
        *_sizes(item.size),
        item.ends == 2,
        item.text.rstrip('”"»').endswith("?"),
        item.ends == 1,
        item.bullet,
        item.gap_before,
        item.gap_after,
        item.glued > 0,
        bool(item.flags & CAPTION),
        bool(item.flags & (PITCH | LEGAL)),
        item.dated,
        bool(item.flags & (PROMO | HINT)) or item.teases,
        bool(item.flags & BYLINE),
        bool(item.flags & END),
        bool(item.flags & SCENE),
        item.echoes and not repeats,
        item.capitals,
        known.dated[soon] > known.dated[at + 1],
        known.bylines[soon] > known.bylines[at + 1],
        known.dated[at] > known.dated[max(0, at - 3)],
        item.digits,
        "|" in item.text or ">" in item.text or "»" in item.text[:40],
        repeats > 0 and known.first.get(item.key) == at,
        item.quoted,
        known.ends[at] > 6,
        min(len(content & known.body), _MANY_WORDS) / _MANY_WORDS,
        at > 0 and blocks[at - 1].size <= 4,
    ]


def _sizes(words: int) -> tuple[bool, ...]:
    """Return which of five steps a number of words is on."""
    return words <= 2, 2 < words <= 4, 4 < words <= 16, 16 < words <= 24, words > 24


@cache
def _weights() -> tuple[tuple[float, ...], float]:
    """Return the weight of every feature, and the sum below which a page has no title."""
    stored = json.loads(resources.files("services.clean").joinpath("weights", "title.json").read_text("utf-8"))
    return tuple(stored["weights"][name] for name in FEATURES), float(stored["least"])


def title_at(blocks: list[Block], known: Around) -> int | None:
    """Return the position of the title, or None when no block looks enough like one."""
    weights, least = _weights()
    best, chosen = least, None
    for at in candidates(blocks, known):
        worth = sum(map(mul, weights, features(blocks, at, known)))
        if worth > best:
            best, chosen = worth, at
    return chosen


def without_crumbs(title: str, blocks: list[Block]) -> str:
    """Return the shortest other block that the title ends with, where what stands in front of it are breadcrumbs."""
    for item in blocks:
        crumbs = title[: -len(item.text)] if item.size >= 4 and title.endswith(item.text) else ""
        if crumbs and _CRUMBS.search(crumbs):
            return item.text
    return title
