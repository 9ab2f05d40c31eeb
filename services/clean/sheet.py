"""Sheet: the blocks of a page in their order, made all at once, and what was counted over all of them.

Words are cut, looked up and compared by array operations over the whole page; only what a few blocks need (phrases,
dates, how a sentence ends) is asked block by block.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.clean import characters as ch
from services.clean import phrases
from services.clean.block import WORD, Block, ending, tail
from services.clean.dates import has_date, says_ago
from services.clean.lexicon import ADDRESS, AGO, REPORTING, STARTER, STOP, TRIGGER, lexicon, page_language

Numbers = NDArray[Any]
_LONG_WORDS = 60  # longer blocks are no labels: what is glued or dated in them tells nothing
_HEAD_WORDS = 40  # what the first words of a block are like, the rest is like
_TEASER_WORDS = 34  # of "label: HEADLINE", at most
_LABEL_CHARS = 34
_ADDRESSES = (">>", "http", "www.", ".com")  # what points elsewhere, beside arrows


class Layout(NamedTuple):
    """How the texts of a page are laid out: a list a column, a value a text; see `Block`."""

    bullet: list[bool]
    gap_before: list[bool]
    gap_after: list[bool]
    level: list[int]
    is_caption: list[bool]
    indent: list[int]  # steps to the right, at most 6


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
        self.words = ch.words(page, codes, self.bits)
        number = dict(zip(dict.fromkeys(self.words), range(len(self.words)), strict=False))
        self.different = number  # words, with their numbers
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


def _teases(text: str, headlines: set[str]) -> bool:
    """Tell whether a line is "label: HEADLINE" of another line, whatever the language."""
    label, colon, rest = text.partition(":")
    if not colon or len(label) > _LABEL_CHARS:
        return False
    words = WORD.findall(rest.lower())
    return len(words) >= 4 and " ".join(words) in headlines


def sheet_of(texts: list[str], layout: Layout) -> Sheet:
    """Return the blocks of a page's texts, none empty, each without a line break or spaces at its ends."""
    if not texts:
        return Sheet([], {}, Shared(*(np.zeros(0, np.intp),) * 3))
    lines = _Lines(texts)
    known = lexicon(page_language(lines.different, lines.number))
    marks = np.fromiter(map(known.get, lines.different, repeat(0)), np.uint8, len(lines.different))[lines.number]
    counts, shared = _counts(lines, marks), _shared(lines)
    pieces = [lines.words[first:end] for first, end in pairwise(lines.first.tolist())]
    keys = list(map(" ".join, pieces))
    counts |= _endings(lines) | _alike(lines, keys, counts["size"], _echoes(shared, lines.count))
    counts["flags"], counts["dated"] = _flags(lines, marks, pieces, keys), _dated(lines, marks)
    counts |= {name: np.array(column) for name, column in zip(Layout._fields, layout, strict=True)}
    columns = (counts[name].tolist() for name in _COUNTED)
    return Sheet(list(map(Block, texts, pieces, keys, *columns, *layout[:-1])), counts, shared)


_COUNTED = ("size", "ends", "flags", "capitals", "digits", "glued", "quoted", "dated", "repeats", "echoes", "teases")


def _endings(lines: _Lines) -> dict[str, Numbers]:
    """Return how every line ends; one that ends with a letter ends in no special way."""
    ends, tails = np.zeros(lines.count, np.intp), np.zeros(lines.count, np.intp)
    for at in np.flatnonzero(lines.bits[lines.starts + lines.chars - 1] & ch.WORD == 0).tolist():
        ends[at], tails[at] = ending(lines.texts[at]), tail(lines.texts[at])
    return {"ends": ends, "tail": tails}


def _flags(lines: _Lines, marks: Numbers, pieces: list[list[str]], keys: list[str]) -> Numbers:
    """Return the kinds of furniture that every line speaks of; most have no word of any phrase."""
    phrased = (lines.of_words(marks & TRIGGER > 0) > 0) | (lines.union & ch.RIGHTS > 0)
    opening = lines.first[:-1][lines.sizes > 0]
    phrased[lines.sizes > 0] |= marks[opening] & STARTER > 0
    found = np.zeros(lines.count, np.intp)
    for at in np.flatnonzero(phrased).tolist():
        found[at] = phrases.flags(pieces[at], keys[at], lines.texts[at])
    return found


def _dated(lines: _Lines, marks: Numbers) -> Numbers:
    """Tell for every line whether it holds a date, a time of day or a "3 hours ago"; long ones are not asked."""
    short = (lines.union & ch.DIGIT > 0) & (lines.sizes < _LONG_WORDS)
    found = np.zeros(lines.count, bool)
    for at in np.flatnonzero(short & (lines.having(ch.pairs(lines.bits, ch.DIGIT)) > 0)).tolist():
        found[at] = has_date(lines.texts[at])
    for at in np.flatnonzero(short & ~found & (lines.of_words(marks & AGO > 0) > 0)).tolist():
        found[at] = says_ago(lines.texts[at])
    return found


def _alike(lines: _Lines, keys: list[str], size: Numbers, echoes: Numbers) -> dict[str, Numbers]:
    """Return what every line shares with the other lines: repeats, echoes and teases."""
    many = Counter(keys)
    teases = np.zeros(lines.count, bool)
    coloned = np.flatnonzero((lines.union & ch.COLON > 0) & (size <= _TEASER_WORDS)).tolist()
    if coloned:
        headlines = {key for key, words in zip(keys, size.tolist(), strict=True) if 4 <= words <= 30}
        for at in coloned:
            teases[at] = _teases(lines.texts[at], headlines)
    repeats = np.fromiter(map(many.__getitem__, keys), np.intp, lines.count) - 1
    return {"repeats": repeats, "echoes": echoes, "teases": teases}
