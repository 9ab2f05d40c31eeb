"""Characters: what every character of a page is, looked up at once, and where its words begin.

One array operation over a page costs as much as a few lines of Python: this is what makes the cleaner fast.
"""

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint16]
Whole = NDArray[np.intp]
Spelling = NDArray[np.uint32]

# bits of a character; pairs that are looked for side by side are one bit apart
WORD, UPPER, LOWER, DIGIT, LATIN_LOWER, LATIN_UPPER, COMMA, CLUMPED = (1 << number for number in range(8))
SENTENCE, SPACE, DIVIDER, ARROW, OPENER, FULL_STOP, RIGHTS, COLON = (1 << number for number in range(8, 16))
_CHARS = {
    COMMA: ",，、،",
    SENTENCE: ".?!",
    SPACE: " ",
    DIVIDER: "|•·",
    ARROW: "»›→▶►@",
    OPENER: "\"'“„«‘‚»「『",
    FULL_STOP: "。",
    RIGHTS: "©",
    COLON: ":",
}
_CLUMPED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF))  # no spaces
_TABLE_SIZE = 0x10000  # beyond it are emoji and rare scripts: looked at one by one
_WORD = re.compile(r"\w+")
_PECULIAR = "İΣ"  # letters whose lower case is two characters, or depends on what stands around them


def _bits_of(char: str) -> int:
    """Return what Python says about a character; word characters are those of `\\w`."""
    return (
        (WORD if char.isalnum() or char == "_" else 0)
        | (UPPER if char.isupper() else 0)
        | (LOWER if char.islower() else 0)
        | (DIGIT if char.isdigit() else 0)
    )


@cache
def _table() -> Bits:
    """Return the bits of every character of the first plane."""
    table = np.fromiter((_bits_of(chr(code)) for code in range(_TABLE_SIZE)), np.uint16, _TABLE_SIZE)
    for bit, chars in _CHARS.items():
        table[[ord(char) for char in chars]] |= bit
    for first, last in _CLUMPED:
        table[first : last + 1] |= CLUMPED
    for first, last in ((ord("a"), ord("z")), (0xDF, 0xF6), (0xF8, 0xFF)):
        table[first : last + 1] |= LATIN_LOWER
    for first, last in ((ord("A"), ord("Z")), (0xC0, 0xD6), (0xD8, 0xDE)):
        table[first : last + 1] |= LATIN_UPPER
    return table


def codes_of(text: str) -> Whole:
    """Return the code point of every character of `text`."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.intp)


def bits(codes: Whole) -> Bits:
    """Return the bits of every character."""
    if codes.max(initial=0) < _TABLE_SIZE:
        return _table().take(codes)
    far = codes >= _TABLE_SIZE
    found = _table().take(np.where(far, 0, codes))
    rare, at = np.unique(codes[far], return_inverse=True)
    found[far] = np.array([_bits_of(chr(code)) for code in rare.tolist()], np.uint16)[at]
    return found


def word_starts(found: Bits) -> Whole:
    """Return where the words begin: a word is a run of word characters, as `\\w+` finds them."""
    word = np.zeros(len(found) + 1, bool)
    np.not_equal(found & WORD, 0, out=word[1:])
    return (word[1:] > word[:-1]).nonzero()[0]


@cache
def _lower_words() -> Spelling:
    """Return the lower case of every word character of the first plane, and a space for every other character."""
    lower = [char if len(char := chr(code).lower()) == 1 else chr(code) for code in range(_TABLE_SIZE)]
    return np.where(_table() & WORD, np.fromiter(map(ord, lower), np.uint32, _TABLE_SIZE), np.uint32(ord(" ")))


def words(text: str, codes: Whole, found: Bits, gaps: Whole, breaks: Whole) -> str:
    """Return the words of a text in lower case with a space at each of the `gaps` and a line break at each of `breaks`.

    Both are places between words; nothing else but words is left. A letter that is two in lower case cuts no word.
    """
    is_rare = codes.max(initial=0) >= _TABLE_SIZE or any(char in text for char in _PECULIAR)
    spelling = np.where(found & WORD, codes, ord(" ")).astype(np.uint32) if is_rare else _lower_words().take(codes)
    kept = (found & WORD) > 0
    kept[gaps] = kept[breaks] = True
    spelling[breaks] = ord("\n")
    spelt = spelling[kept].tobytes().decode("utf-32-le", "surrogatepass")
    return spelt.lower() if is_rare else spelt


def places(found: Bits, bit: int) -> Whole:
    """Return where the characters with one of these bits stand."""
    return ((found & bit) > 0).nonzero()[0]


def side_by_side(found: Bits, left: int) -> Whole:
    """Return where a character with the bit `left` is followed by one with the next higher bit."""
    return (((found[:-1] & left) << 1 & found[1:]) > 0).nonzero()[0]


def key_of(text: str) -> str:
    """Return the words of a text in lower case with a space between them, as `\\w+` finds them in text.lower()."""
    if not text or any(char in text for char in _PECULIAR):
        return " ".join(_WORD.findall(text.lower()))
    codes = codes_of(text)
    found = bits(codes)
    return words(text, codes, found, word_starts(found)[1:] - 1, np.zeros(0, np.intp))
