"""Sheet: the blocks of a page in their order, made all at once, and what was counted over all of them.

Words are cut, looked up and compared by array operations over the whole page; only what a few blocks need (phrases,
dates, how a sentence ends) is asked block by block.
"""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise, repeat
from typing import Any, NamedTuple

import numpy as np

from services.clean import characters as ch
from services.clean import phrases
from services.clean.block import Block, ending, tail
from services.clean.dates import has_date, says_ago
from services.clean.lexicon import ADDRESS, AGO, REPORTING, STARTER, STOP, TRIGGER, lexicon, page_language
from services.clean.lines import Lines, Numbers, Running

LONG_WORDS = 60  # longer blocks are no labels: what is glued or dated in them tells nothing
_HEAD_WORDS = 40  # what the first words of a block are like, the rest is like
_TEASER_WORDS = 34  # of "label: HEADLINE", at most
_LABEL_CHARS = 34
_HEADLINE_WORDS, _MOST_HEADLINE_WORDS = 4, 30  # of a headline that a label may stand before
_DATE_DIGITS, _SHORT_DATE_DIGITS = 5, 4  # of the shortest dates: "1 May 2024", "1.2.24"
_ADDRESSES = (">>", "http", "www.", ".com")  # what points elsewhere, beside arrows


class Layout(NamedTuple):
    """How the texts of a page are laid out: a list a column, a value a text; see `Block`."""

    bullet: list[bool]
    gap_before: list[bool]
    gap_after: list[bool]
    level: list[int]
    is_caption: list[bool]
    indent: list[int]  # steps to the right, at most 6


_LAYOUT_KINDS = (bool, bool, bool, np.intp, bool, np.intp)


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
    running: Running


def _is_new(values: Numbers) -> Numbers:
    """Tell of every value whether it differs from the one before it; the first one does."""
    found = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


def _places(page: str, needle: str) -> list[int]:
    """Return where `needle` stands in the page."""
    found, at = [], page.find(needle)
    while at >= 0:
        found.append(at)
        at = page.find(needle, at + 1)
    return found


def _points_elsewhere(lines: Lines) -> Numbers:
    """Tell for every line whether it holds an arrow or an address."""
    found: Numbers = (lines.union & ch.ARROW) > 0
    places = [at for needle in _ADDRESSES for at in _places(lines.page, needle)]
    if places:
        found |= lines.having(np.array(places, np.intp)) > 0
    return found


def _counts(lines: Lines, marks: Numbers) -> dict[str, Numbers]:
    """Return what is counted over every line; `marks` are the lexicon's bits of every word."""
    bits, union, starts = lines.bits, lines.union, lines.starts
    head = lines.rank < _HEAD_WORDS
    most = np.minimum(np.maximum(lines.sizes, 1), _HEAD_WORDS)
    size = lines.sizes
    if (union & ch.CLUMPED).any():  # scripts without spaces: two characters are taken for a word
        clumped = np.add.reduceat((bits & ch.CLUMPED) > 0, starts, dtype=np.intp)
        size = np.where(clumped < 10, size, np.maximum(size, clumped // 2))
    marked, after, before = lines.marked, lines.beside(1), lines.beside(-1)
    ends = (marked & ch.FULL_STOP > 0) | ((marked & ch.SENTENCE > 0) & (after & ch.SPACE > 0))
    divides = (marked & ch.DIVIDER > 0) & (before & after & ch.SPACE > 0)
    return {
        "size": size,
        "stop": np.where(size != lines.sizes, 0.35, lines.of_words((marks & STOP > 0) & head) / most),
        "capitals": lines.of_words((lines.initial & ch.UPPER > 0) & head) / most,
        "digits": lines.of_words((lines.initial & ch.DIGIT > 0) & head) / most,
        "glued": np.where(lines.sizes < LONG_WORDS, lines.having(ch.side_by_side(bits, ch.LATIN_LOWER)), 0),
        "commas": lines.of_marks(marked & ch.COMMA > 0),
        "quoted": bits[starts] & ch.OPENER > 0,
        "sentences": lines.of_marks(ends),
        "divided": lines.of_marks(divides) > 0,
        "arrows": _points_elsewhere(lines),
        "shouts": union & (ch.UPPER | ch.LOWER) == ch.UPPER,
        "small start": bits[starts] & ch.LOWER > 0,
        "digit start": bits[starts] & ch.DIGIT > 0,
        "chars": lines.chars,
        "to reader": lines.of_words(marks & ADDRESS > 0),
        "reporting": lines.of_words(marks & REPORTING > 0) > 0,
    }  # fmt: skip


def _shared(lines: Lines) -> Shared:
    """Return the different words of every line."""
    many = max(len(lines.words), 1)
    pairs = np.sort(lines.line * many + lines.number)
    pairs = pairs[_is_new(pairs)]
    block = pairs // many
    return Shared(block, pairs - block * many, lines.running.by_number(map(len, lines.running.different)))


def _echoes(shared: Shared, count: int) -> Numbers:
    """Tell for every line whether the one before or after says nearly the same."""
    different = np.bincount(shared.block, minlength=count)
    few = len(shared.chars) < 1 << 16  # then sorting takes no comparisons
    order = np.argsort(shared.word.astype(np.uint16) if few else shared.word, kind="stable")
    block, word = shared.block[order], shared.word[order]
    next_too = (word[1:] == word[:-1]) & (block[1:] == block[:-1] + 1)
    common = np.bincount(block[:-1][next_too], minlength=count)
    least = np.minimum(different[:-1], different[1:])
    alike = (least >= 3) & (common[:-1] >= 0.8 * least)
    found = np.zeros(count, bool)
    found[:-1] = alike
    found[1:] |= alike
    return found


def sheet_of(texts: list[str], layout: Layout) -> Sheet:
    """Return the blocks of a page's texts, none empty, each without a line break or spaces at its ends."""
    if not texts:
        none = np.zeros(0, np.intp)
        return Sheet([], {}, Shared(none, none, none), Running(none, none, {}, none))
    lines = Lines(texts)
    known = lexicon(page_language(lines.running.different, lines.number))
    marks = lines.running.by_number(map(known.get, lines.running.different, repeat(0)))[lines.number]
    counts, shared = _counts(lines, marks), _shared(lines)
    counts |= _endings(lines)
    counts["repeats"] = _repeats(lines.keys)
    counts["echoes"] = _echoes(shared, lines.count)
    counts["teases"] = _teases(lines, counts["size"])
    counts["flags"], counts["dated"] = _flags(lines, marks), _dated(lines, marks)
    laid_out: tuple[Any, ...] = layout
    for name, kind, column in zip(Layout._fields, _LAYOUT_KINDS, laid_out, strict=True):
        counts[name] = np.fromiter(column, kind, lines.count)
    columns = (counts[name].tolist() for name in _COUNTED)
    words = [lines.words[first:end] for first, end in pairwise(lines.first.tolist())]
    rows = zip(texts, words, lines.keys, *columns, *layout[:-1], strict=True)
    return Sheet(list(map(_BLOCK, rows)), counts, shared, lines.running)


_BLOCK = partial(tuple.__new__, Block)  # of hundreds of blocks at once: no call of Python for each
_COUNTED = ("size", "ends", "flags", "capitals", "digits", "glued", "quoted", "dated", "repeats", "echoes", "teases")


def _endings(lines: Lines) -> dict[str, Numbers]:
    """Return how every line ends; one that ends with a letter ends in no special way."""
    ends, tails = np.zeros(lines.count, np.intp), np.zeros(lines.count, np.intp)
    for at in (lines.bits[lines.starts + lines.chars - 1] & ch.WORD == 0).nonzero()[0].tolist():
        text = lines.texts[at]
        if text[-1] == "." and text[-2:] != "..":  # as most sentences
            ends[at] = 2
        else:
            ends[at], tails[at] = ending(text), tail(text)
    return {"ends": ends, "tail": tails}


def _flags(lines: Lines, marks: Numbers) -> Numbers:
    """Return the kinds of furniture that every line speaks of; most have no word of any phrase."""
    triggers: dict[int, set[str]] = {at: set() for at in (lines.union & ch.RIGHTS).nonzero()[0].tolist()}
    places = (marks & TRIGGER).nonzero()[0]
    for at, place in zip(lines.line[places].tolist(), places.tolist(), strict=True):
        triggers.setdefault(at, set()).add(lines.words[place])
    starters = ((marks & STARTER > 0) & (lines.rank == 0)).nonzero()[0]
    first = dict(zip(lines.line[starters].tolist(), starters.tolist(), strict=True))
    found = np.zeros(lines.count, np.intp)
    for at in triggers.keys() | first.keys():
        opening = lines.words[first[at]] if at in first else ""
        found[at] = phrases.flags(opening, triggers.get(at, _NONE), lines.keys[at], lines.texts[at])
    return found


_NONE: set[str] = set()


def _dated(lines: Lines, marks: Numbers) -> Numbers:
    """Tell for every line whether it holds a date, a time of day or a "3 hours ago"; long ones are not asked."""
    short = (lines.union & ch.DIGIT > 0) & (lines.sizes < LONG_WORDS)
    found = np.zeros(lines.count, bool)
    for at in (short & _may_date(lines)).nonzero()[0].tolist():
        found[at] = has_date(lines.texts[at])
    for at in (short & ~found & (lines.of_words(marks & AGO > 0) > 0)).nonzero()[0].tolist():
        found[at] = says_ago(lines.texts[at])
    return found


def _may_date(lines: Lines) -> Numbers:
    """Tell for every line whether it has the digits of a time of day (9:30) or a full date (1.2.24, or with a year)."""
    found = np.zeros(lines.count, bool)
    is_digit = lines.marked & ch.DIGIT > 0
    digits, owner = lines.marks[is_digit], lines.owner[is_digit]
    many = np.bincount(owner, minlength=lines.count)
    apart = (digits[1:] - digits[:-1] == 2).nonzero()[0]  # one character stands before the next digit
    between = lines.bits[digits[apart] + 1]
    found[owner[apart[between & ch.COLON > 0]]] = True
    dotted = owner[apart[between & ch.SENTENCE > 0]]
    years = owner[(digits[3:] - digits[:-3] == 3).nonzero()[0]]
    found[dotted[many[dotted] >= _SHORT_DATE_DIGITS]] = True
    found[years[many[years] >= _DATE_DIGITS]] = True
    return found


def _repeats(keys: list[str]) -> Numbers:
    """Return how many other lines say what every line says."""
    first: dict[str, int] = {}
    number = np.fromiter(map(first.setdefault, keys, range(len(keys))), np.intp, len(keys))
    return np.bincount(number)[number] - 1


def _teases(lines: Lines, size: Numbers) -> Numbers:
    """Tell for every line whether it is "label: HEADLINE" of another line, whatever the language."""
    found = np.zeros(lines.count, bool)
    is_colon = lines.marked & ch.COLON > 0
    colons, owners = lines.marks[is_colon], lines.owner[is_colon]
    is_first = _is_new(owners)  # of its line
    colons, owners = colons[is_first], owners[is_first]
    rest = lines.at.searchsorted(colons)  # the first word behind it
    asked = (size[owners] <= _TEASER_WORDS) & (colons - lines.starts[owners] <= _LABEL_CHARS)
    asked &= lines.first[owners + 1] - rest >= _HEADLINE_WORDS
    if asked.any():
        short = ((size >= _HEADLINE_WORDS) & (size <= _MOST_HEADLINE_WORDS)).nonzero()[0].tolist()
        headlines = {lines.keys[at] for at in short}
        for owner, start in zip(owners[asked].tolist(), rest[asked].tolist(), strict=True):
            found[owner] = " ".join(lines.words[start : lines.first[owner + 1]]) in headlines
    return found
