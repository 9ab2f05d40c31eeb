"""Blocks → features that only flat text is asked for: what its words are worth, what is said elsewhere on the page.

HTML says more by its elements: there these columns gave nothing (docs/cleaning.md).
"""

import numpy as np
from numpy.typing import NDArray

from services.clean.block_features import block_columns
from services.clean.lines import Running
from services.clean.place_features import Columns
from services.clean.sheet import Sheet
from services.clean.terms import Terms

_GRAM_WORDS = 4


def flat_columns(sheet: Sheet, terms: Terms) -> Columns:
    """Return the columns of a page of flat text with at least one block, by name."""
    return block_columns(sheet) | said_columns(sheet.running, len(sheet.blocks)) | term_columns(sheet, terms)


def term_columns(sheet: Sheet, terms: Terms) -> Columns:
    """Return what the known terms of every block are worth: on average, the most and the least; 0 without any."""
    count = len(sheet.blocks)
    block, worth = terms.of(sheet)
    many = np.bincount(block, minlength=count)
    most, least = np.full(count, -np.inf, np.float32), np.full(count, np.inf, np.float32)
    np.maximum.at(most, block, worth)
    np.minimum.at(least, block, worth)
    return {
        "terms": np.bincount(block, weights=worth, minlength=count) / np.maximum(many, 1),
        "term most": np.where(many > 0, most, 0),
        "term least": np.where(many > 0, least, 0),
    }


def said_columns(running: Running, count: int) -> Columns:
    """Return which share of the 4-grams of every block other blocks have, too; those before it, those after it."""
    gram, block = _grams(running)
    many = np.maximum(np.bincount(block, minlength=count), 1)
    first, last = np.full(len(gram), count), np.full(len(gram), -1)  # the blocks that have it, by number
    np.minimum.at(first, gram, block)
    np.maximum.at(last, gram, block)
    before, after = first[gram] < block, last[gram] > block
    shares = {"said elsewhere": before | after, "said before": before, "said after": after}
    return {name: np.bincount(block[said], minlength=count) / many for name, said in shares.items()}


def _grams(running: Running) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return (number, block) of every four words that stand together; equal words have equal numbers."""
    word, block = running.word, running.block
    if len(word) < _GRAM_WORDS:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    whole = block[_GRAM_WORDS - 1 :] == block[: 1 - _GRAM_WORDS]
    pair = np.unique(word[:-1] * len(word) + word[1:], return_inverse=True)[1]
    gram = np.unique((pair[:-2] * len(word) + pair[2:])[whole], return_inverse=True)[1]
    return gram, block[: 1 - _GRAM_WORDS][whole]
