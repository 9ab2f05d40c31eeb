"""Lines: the texts of a page laid end to end, their characters and words looked up by array operations."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.clean import characters as ch

Numbers = NDArray[Any]
_MARKS = ch.DIGIT | ch.COMMA | ch.SENTENCE | ch.FULL_STOP | ch.DIVIDER | ch.COLON


@dataclass(frozen=True, slots=True)
class Running:
    """The words of a page in their order: the position of the text and the number of each, equal for equal words.

    `different` has each word once, in the order of `numbers`, its numbers.
    """

    block: Numbers
    word: Numbers
    different: dict[str, int]
    numbers: Numbers

    def by_number(self, values: Iterable[int]) -> Numbers:
        """Return a value for each different word, by number; 0 where there is none."""
        found = np.zeros(len(self.word), np.intp)
        found[self.numbers] = np.fromiter(values, np.intp, len(self.numbers))
        return found


class Lines:
    """The lines of a page laid end to end: where each starts, its characters, its words."""

    def __init__(self, texts: list[str]) -> None:
        page = "\n".join(texts)
        self.texts, self.count = texts, len(texts)
        self.chars = np.fromiter(map(len, texts), np.intp, len(texts))
        self.starts = (self.chars + 1).cumsum() - self.chars - 1
        codes = ch.codes_of(page)
        self.bits = ch.bits(codes)
        self.union = np.bitwise_or.reduceat(self.bits, self.starts)
        self.marks = ch.places(self.bits, _MARKS)  # of every digit and punctuation mark
        self.marked = self.bits[self.marks]  # its bits
        self.owner = self.starts.searchsorted(self.marks, "right") - 1  # its line
        self.at = ch.word_starts(self.bits)  # of every word
        self.first = np.full(self.count + 1, len(self.at))  # of each line's words, and the end
        self.first[:-1] = self.at.searchsorted(self.starts)
        self.sizes = self.first[1:] - self.first[:-1]
        self.line = np.arange(self.count).repeat(self.sizes)  # of every word
        self.rank = np.arange(len(self.at)) - self.first[:-1].repeat(self.sizes)  # of every word in its line
        self.initial = self.bits[self.at]  # bits of every word's first character
        spelt = ch.words(page, codes, self.bits, self.at[self.rank > 0] - 1, self.starts[1:] - 1)
        self.keys = spelt.split("\n")
        self.words = spelt.split()
        first: dict[str, int] = {}
        places = range(len(self.words))
        # of every word: the place of the first one like it, which one pass finds; equal for equal words
        self.number = np.fromiter(map(first.setdefault, self.words, places), np.intp, len(places))
        self.running = Running(self.line, self.number, first, np.fromiter(first.values(), np.intp, len(first)))
        self.page = page

    def having(self, places: Numbers) -> Numbers:
        """Return how many of the places in the page lie in every line."""
        lines = self.starts.searchsorted(places, "right") - 1
        return np.bincount(lines, minlength=self.count)

    def beside(self, by: int) -> Numbers:
        """Return the bits of the character before (-1) or after (1) each of them; at the page's ends their own."""
        return self.bits.take(self.marks + by, mode="clip")

    def of_marks(self, chosen: Numbers) -> Numbers:
        """Return how many of every line's digits and punctuation marks are chosen."""
        return np.bincount(self.owner[chosen], minlength=self.count)

    def of_words(self, marks: Numbers) -> Numbers:
        """Return how many of every line's words are marked."""
        return np.bincount(self.line[marks], minlength=self.count)
