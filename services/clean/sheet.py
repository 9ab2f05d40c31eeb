"""Sheet: the blocks of a page in their order, made all at once, and what was counted over all of them.

Words are cut, looked up and compared by array operations over the whole page; only what a few blocks need (phrases,
dates, how a sentence ends) is asked block by block.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.clean import characters as ch
from services.clean import phrases
from services.clean.block import WORD, Block, ending, tail
from services.clean.dates import has_date
from services.clean.lexicon import ADDRESS, AGO, REPORTING, STARTER, STOP, TRIGGER, lexicon, page_language

Numbers = NDArray[Any]
_LONG_WORDS = 60  # longer blocks are no labels: what is glued or dated in them tells nothing
_HEAD_WORDS = 40  # what the first words of a block are like, the rest is like
_ADDRESSES = (">>", "http", "www.", ".com")  # what points elsewhere, beside arrows


@dataclass(frozen=True, slots=True)
class Shared:
    """The different words of every block: pairs of a block's position and a word's number, by position.

    `chars` is how long each numbered word is.
    """

    block: Numbers
    word: Numbers
    chars: Numbers


@dataclass(frozen=True, slots=True)
class Sheet:
    """The blocks of a page, and by name one number a block of what was counted; see `_counts`."""

    blocks: list[Block]
    counts: dict[str, Numbers]
    shared: Shared


class _Lines:
    """The lines of a page laid end to end: where each starts, its characters, its words."""

    def __init__(self, texts: list[str]) -> None:
        page = "\n".join(texts)
        self.texts, self.count = texts, len(texts)
        self.chars = np.fromiter(map(len, texts), np.intp, len(texts))
        self.starts = np.cumsum(self.chars + 1) - self.chars - 1
        codes = ch.codes_of(page)
        self.bits = ch.bits(codes)
        self.union = np.bitwise_or.reduceat(self.bits, self.starts)
        at = ch.word_starts(self.bits)
        self.words = ch.words(codes, self.bits)
        number = dict(zip(dict.fromkeys(self.words), range(len(self.words)), strict=False))
        self.different = list(number)  # words
        self.number = np.fromiter(map(number.__getitem__, self.words), np.intp, len(self.words))  # of every word
        self.first = np.append(np.searchsorted(at, self.starts), len(at))  # of each line's words, and their end
        self.sizes = np.diff(self.first)
        self.line = np.repeat(np.arange(self.count), self.sizes)  # of every word
        self.initial = self.bits[at]  # bits of every word's first character
        self.page = page

    def having(self, places: Numbers) -> Numbers:
        """Return how many of the places in the page lie in every line."""
        lines = np.searchsorted(self.starts, places, "right") - 1
        return np.bincount(lines, minlength=self.count)

    def of_words(self, marks: Numbers) -> Numbers:
        """Return how many of every line's words are marked."""
        return np.bincount(self.line[marks], minlength=self.count)


def _places(page: str, needle: str) -> list[int]:
    """Return where `needle` stands in the page."""
    found, at = [], page.find(needle)
    while at >= 0:
        found.append(at)
        at = page.find(needle, at + 1)
    return found


def _points_elsewhere(lines: _Lines) -> Numbers:
    """Tell for every line whether it holds an arrow or an address."""
    places = [at for needle in _ADDRESSES for at in _places(lines.page, needle)]
    found: Numbers = ((lines.union & ch.ARROW) > 0) | (lines.having(np.array(places, np.intp)) > 0)
    return found


def _counts(lines: _Lines, marks: Numbers) -> dict[str, Numbers]:
    """Return what is counted over every line; `marks` are the lexicon's bits of every word."""
    bits, union, starts = lines.bits, lines.union, lines.starts
    rank = np.arange(len(lines.words)) - np.repeat(lines.first[:-1], lines.sizes)
    head = rank < _HEAD_WORDS
    most = np.clip(lines.sizes, 1, _HEAD_WORDS)
    size = lines.sizes
    if np.any(union & ch.CLUMPED):  # scripts without spaces: two characters are taken for a word
        clumped = np.add.reduceat((bits & ch.CLUMPED) > 0, starts, dtype=np.intp)
        size = np.where(clumped < 10, size, np.maximum(size, clumped // 2))
    dividers = ch.divided(bits)
    return {
        "size": size,
        "stop": np.where(size != lines.sizes, 0.35, lines.of_words((marks & STOP > 0) & head) / most),
        "capitals": lines.of_words((lines.initial & ch.UPPER > 0) & head) / most,
        "digits": lines.of_words((lines.initial & ch.DIGIT > 0) & head) / most,
        "glued": np.where(lines.sizes < _LONG_WORDS, lines.having(ch.side_by_side(bits, ch.LATIN_LOWER)), 0),
        "commas": lines.having(np.flatnonzero(bits & ch.COMMA)),
        "quoted": bits[starts] & ch.OPENER > 0,
        "sentences": lines.having(np.append(ch.side_by_side(bits, ch.SENTENCE), np.flatnonzero(bits & ch.FULL_STOP))),
        "divided": lines.having(dividers) > 0,
        "arrows": _points_elsewhere(lines),
        "shouts": union & (ch.UPPER | ch.LOWER) == ch.UPPER,
        "small start": bits[starts] & ch.LOWER > 0,
        "digit start": bits[starts] & ch.DIGIT > 0,
        "chars": lines.chars,
        "to reader": lines.of_words(marks & ADDRESS > 0),
        "reporting": lines.of_words(marks & REPORTING > 0) > 0,
    }  # fmt: skip


def _shared(lines: _Lines) -> Shared:
    """Return the different words of every line."""
    many = max(len(lines.different), 1)
    pairs = np.sort(lines.line * many + lines.number)
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    block = pairs // many
    return Shared(block, pairs - block * many, np.fromiter(map(len, lines.different), np.intp, len(lines.different)))


def _echoes(shared: Shared, count: int) -> Numbers:
    """Tell for every line whether the one before or after says nearly the same."""
    different = np.bincount(shared.block, minlength=count)
    order = np.argsort(shared.word, kind="stable")
    block, word = shared.block[order], shared.word[order]
    next_too = (word[1:] == word[:-1]) & (block[1:] == block[:-1] + 1)
    common = np.bincount(block[:-1][next_too], minlength=count)
    least = np.minimum(different[:-1], different[1:])
    alike = (least >= 3) & (common[:-1] >= 0.8 * least)
    found: Numbers = np.append(alike, False) | np.append(False, alike)
    return found


def _teases(item: Block, headlines: set[str]) -> bool:
    """Tell whether the block is "label: HEADLINE" of another block, whatever the language."""
    label, colon, rest = item.text.partition(":")
    if not colon or len(label) > 34:
        return False
    words = WORD.findall(rest.lower())
    return len(words) >= 4 and " ".join(words) in headlines


def sheet_of(texts: list[str]) -> Sheet:
    """Return the blocks of a page's texts, none empty, each without a line break or spaces at its ends."""
    if not texts:
        return Sheet([], {}, Shared(*(np.zeros(0, np.intp),) * 3))
    lines = _Lines(texts)
    known = lexicon(page_language(lines.different, lines.number))
    marks = np.fromiter(map(known.get, lines.different, repeat(0)), np.uint8, len(lines.different))[lines.number]
    counts = _counts(lines, marks)
    phrased = (lines.of_words(marks & TRIGGER > 0) > 0) | (lines.union & ch.RIGHTS > 0)
    opening = lines.first[:-1][lines.sizes > 0]
    phrased[lines.sizes > 0] |= marks[opening] & STARTER > 0
    digits = (lines.union & ch.DIGIT > 0) & (lines.sizes < _LONG_WORDS)
    dated = digits & ((lines.having(ch.pairs(lines.bits, ch.DIGIT)) > 0) | (lines.of_words(marks & AGO > 0) > 0))
    blocks = _blocks(lines, counts, phrased, dated)
    shared = _shared(lines)
    _compare(blocks, _echoes(shared, lines.count), lines.union & ch.COLON > 0)
    counts["ends"] = np.fromiter((item.ends for item in blocks), np.intp, lines.count)
    counts["tail"] = _tails(lines)
    return Sheet(blocks, counts, shared)


def _tails(lines: _Lines) -> Numbers:
    """Return the bits of how every line ends; one that ends with a letter ends in no special way."""
    found = np.zeros(lines.count, np.intp)
    for at in np.flatnonzero(lines.bits[lines.starts + lines.chars - 1] & ch.WORD == 0).tolist():
        found[at] = tail(lines.texts[at])
    return found


def _blocks(lines: _Lines, counts: dict[str, Numbers], phrased: Numbers, dated: Numbers) -> list[Block]:
    """Return the blocks of the lines; `phrased` tells which may hold a phrase of furniture, `dated` which a date."""
    opened = lines.bits[lines.starts + lines.chars - 1] & ch.WORD == 0
    columns = (counts[name].tolist() for name in ("size", "capitals", "digits", "stop", "glued", "commas", "quoted"))
    rows = zip(
        lines.texts, pairwise(lines.first.tolist()), opened.tolist(), phrased.tolist(), dated.tolist(), *columns,
        strict=True,
    )  # fmt: skip
    blocks = []
    for text, (first, end), is_open, is_phrased, may_date, size, capitals, digits, stop, glued, commas, quoted in rows:
        words = lines.words[first:end]
        key = " ".join(words)
        ends = ending(text) if is_open else 0
        flags = phrases.flags(words, key, text) if is_phrased else 0
        is_dated = may_date and has_date(text)
        blocks.append(
            Block(text, words, key, size, ends, flags, capitals, digits, stop, glued, commas, quoted, is_dated)
        )
    return blocks


def _compare(blocks: list[Block], echoes: Numbers, coloned: Numbers) -> None:
    """Fill in what a block shares with the other blocks: repeats, echoes and teases."""
    keys = Counter([item.key for item in blocks])
    headlines = {item.key for item in blocks if 4 <= item.size <= 30}
    for item, is_echo, has_colon in zip(blocks, echoes.tolist(), coloned.tolist(), strict=True):
        item.repeats = keys[item.key] - 1
        item.echoes = is_echo
        if has_colon and item.size <= 34:
            item.teases = _teases(item, headlines)
