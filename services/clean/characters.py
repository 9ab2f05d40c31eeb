"""Characters: what every character of a page is, looked up at once, and where its words begin.

One array operation over a page costs as much as a few lines of Python: this is what makes the cleaner fast.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint16]
Codes = NDArray[np.uint32]
Whole = NDArray[np.intp]

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


def codes_of(text: str) -> Codes:
    """Return the code point of every character of `text`."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def bits(codes: Codes) -> Bits:
    """Return the bits of every character."""
    far = codes >= _TABLE_SIZE
    if not far.any():
        return _table().take(codes)
    found = _table().take(np.where(far, 0, codes))
    rare, at = np.unique(codes[far], return_inverse=True)
    found[far] = np.array([_bits_of(chr(code)) for code in rare.tolist()], np.uint16)[at]
    return found


def word_starts(found: Bits) -> Whole:
    """Return where the words begin: a word is a run of word characters, as `\\w+` finds them."""
    word = (found & WORD).astype(np.int8)
    return np.flatnonzero(np.diff(word, prepend=np.int8(0)) > 0)


@cache
def _lower_words() -> Codes:
    """Return the lower case of every word character of the first plane, and a space for every other character."""
    lower = [char if len(char := chr(code).lower()) == 1 else chr(code) for code in range(_TABLE_SIZE)]
    return np.where(_table() & WORD, np.fromiter(map(ord, lower), np.uint32, _TABLE_SIZE), np.uint32(ord(" ")))


def words(text: str, codes: Codes, found: Bits) -> list[str]:
    """Return the words of a text in lower case, in order; a letter that is two in lower case cuts no word."""
    if codes.max(initial=0) >= _TABLE_SIZE or any(char in text for char in _PECULIAR):
        spaced = np.where(found & WORD, codes, np.uint32(ord(" ")))
        return spaced.tobytes().decode("utf-32-le", "surrogatepass").lower().split()
    return _lower_words().take(codes).tobytes().decode("utf-32-le", "surrogatepass").split()


def side_by_side(found: Bits, left: int) -> Whole:
    """Return where a character with the bit `left` is followed by one with the next higher bit."""
    return np.flatnonzero((found[:-1] & left) << 1 & found[1:])


def pairs(found: Bits, bit: int) -> Whole:
    """Return where a character with the bit is followed by another one."""
    return np.flatnonzero(found[:-1] & found[1:] & bit)


def divided(found: Bits) -> Whole:
    """Return where a divider stands between two spaces."""
    if len(found) < 3:
        return np.zeros(0, np.intp)
    space = (found & SPACE) > 0
    return np.flatnonzero(((found[1:-1] & DIVIDER) > 0) & space[:-2] & space[2:]) + 1
