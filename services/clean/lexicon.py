"""Lexicon: what single words of a page are, in one look-up each: stop words, words of reports, first words of phrases.

One table for each language, since the stop words differ; a page in a language nobody knows takes those of all.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from services.clean import phrases
from services.clean.stopwords import STOPWORDS

STOP, ADDRESS, REPORTING, TRIGGER, STARTER, AGO = 1, 2, 4, 8, 16, 32
_SAMPLE_WORDS = 2_000  # of a page, to tell its language
_LEAST_HITS = 10  # stop words of a language in the sample; fewer say nothing

_AGO = frozenset(("ago", "vor", "y", "hace", "há"))  # of "3 hours ago", "il y a 3 heures" and the like

LANGUAGES: dict[str, tuple[str, ...]] = {}  # by stop word
for _language, _stopwords in STOPWORDS.items():
    for _word in _stopwords:
        LANGUAGES[_word] = (*LANGUAGES.get(_word, ()), _language)


def page_language(number: dict[str, int], numbers: NDArray[np.intp]) -> str:
    """Return the language most of a page's words are in, or "" when none stands out.

    `number` numbers its different lower-case words by their first place; `numbers` are those of its words in order.
    """
    start = max(0, (len(numbers) - _SAMPLE_WORDS) // 3)  # menus come first, footers last
    counts = np.bincount(numbers[start : start + _SAMPLE_WORDS], minlength=len(numbers))
    hits = dict.fromkeys(STOPWORDS, 0)
    for word in number.keys() & LANGUAGES.keys():
        count = int(counts[number[word]])
        for language in LANGUAGES[word]:
            hits[language] += count
    best = max(hits, key=hits.__getitem__)
    return best if hits[best] > _LEAST_HITS else ""


@cache
def lexicon(language: str) -> dict[str, int]:
    """Return the bits of every word that is something in `language`."""
    table: dict[str, int] = {}
    stopwords = STOPWORDS.get(language) or frozenset().union(*STOPWORDS.values())
    for bit, words in (
        (STOP, stopwords),
        (ADDRESS, phrases.ADDRESS),
        (REPORTING, phrases.REPORTING),
        (TRIGGER, phrases.TRIGGERS),
        (STARTER, phrases.STARTERS),
        (AGO, _AGO),
    ):
        for word in words:
            table[word] = table.get(word, 0) | bit
    return table
