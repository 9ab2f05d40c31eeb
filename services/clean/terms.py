"""Terms: words and pairs of words that speak for the body of an article or for what stands around it.

How much each does was learned from pages of many sites (`benchmarks/clean_training/counted.py`); what ships are the
terms that at least five sites use, with the log of how many have them around the body against how many have them in it.
"""

import io
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from services.clean.lines import Running
from services.clean.network import Floats
from services.clean.sheet import Sheet

Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms with what each is worth: above 0 it speaks for chrome, below for the body; NaN for nothing.

    `numbers` numbers the words; a pair is the number of its first word times how many words there are, plus the number
    of its second. `pairs` are in rising order; `worths` are those of the words, and then those of the pairs.
    """

    numbers: dict[str, int]
    pairs: Numbers
    worths: Floats

    def of(self, sheet: Sheet) -> tuple[Numbers, Floats]:
        """Return (block, worth) of every different term of every block, in no order."""
        running, many = sheet.running, len(self.numbers)
        known = running.by_number(map(self.numbers.get, running.different, repeat(-1)))
        word = known[sheet.shared.word]
        pair_block, pair = self._pairs(running, known)
        block = np.concatenate((sheet.shared.block[word >= 0], pair_block))
        worth = self.worths[np.concatenate((word[word >= 0], many + pair))]
        says = ~np.isnan(worth)
        return block[says], worth[says]

    def _pairs(self, running: Running, known: Numbers) -> tuple[Numbers, Numbers]:
        """Return (block, place among `pairs`) of every different known pair of every block."""
        if not len(self.pairs):
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        word = known[running.word]
        beside = (running.block[1:] == running.block[:-1]) & (word[1:] >= 0) & (word[:-1] >= 0)
        code = word[:-1][beside] * len(self.numbers) + word[1:][beside]
        at = np.minimum(self.pairs.searchsorted(code), len(self.pairs) - 1)
        found = self.pairs[at] == code
        different = np.unique(running.block[1:][beside][found] * len(self.pairs) + at[found])
        return different // len(self.pairs), different % len(self.pairs)


def stored_terms(terms: Terms) -> bytes:
    """Return the terms as a file; half precision is a thousandth of what a term is worth."""
    file = io.BytesIO()
    words = np.array("\n".join(terms.numbers))
    np.savez_compressed(file, words=words, pairs=terms.pairs.astype(np.int32), worths=terms.worths.astype(np.float16))
    return file.getvalue()


def read_terms(data: bytes) -> Terms:
    """Return the terms stored in an .npz file."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        words = str(stored["words"]).split("\n")
        return Terms(
            {word: number for number, word in enumerate(words)},
            stored["pairs"].astype(np.intp),
            stored["worths"].astype(np.float32),
        )


@cache
def load_terms() -> Terms:
    """Return the terms in `weights/terms.npz`."""
    return read_terms(resources.files("services.clean").joinpath("weights", "terms.npz").read_bytes())
