"""Text as the matcher compares it: lower-case, without accents, every separator a blank, and no offset lost.

`fold` keeps the length, so that an offset in the folded text is the offset in the text. `tidy` removes what a reader
does not see (zero-width marks, soft hyphens, detached accents, doubled blanks) and keeps a map back.
"""

import re
import unicodedata
from collections.abc import Iterable

# What tidy takes out or joins. Soft hyphen, combining marks, zero-width and direction marks, joiners, BOM.
_UNSEEN = "\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
_UNTIDY = re.compile(rf"[{_UNSEEN}]+|\s{{2,}}")
_HAS_UNSEEN = re.compile(rf"[{_UNSEEN}]")
_NOT_LATIN_1 = re.compile(r"[^\x00-\xff]")
# The few signs that stand in most news texts; replacing them one by one is faster than one pattern for all.
_COMMON_SIGNS = (
    ("\u2019", "'"),
    ("\u2018", "'"),
    ("\u201c", '"'),
    ("\u201d", '"'),
    ("\u2013", "-"),
    ("\u2014", "-"),
    ("\u2026", "."),
)
# Letters without a decomposition into a base letter and an accent.
_BASES = {"æ": "a", "œ": "o", "ø": "o", "ß": "s", "ð": "d", "þ": "t", "ł": "l", "đ": "d", "ı": "i", "ħ": "h", "ə": "e"}


def _base(char: str) -> str:
    """Return the lower-case letter or digit without its accent, or a blank for anything else; always one character."""
    if not char.isalnum() or unicodedata.category(char) == "Lm":
        return " "
    low = char.lower()
    if len(low) != 1:
        low = low[0]
    low = _BASES.get(low, low)
    plain = unicodedata.normalize("NFKD", low)[0].lower()[0]  # a letter of mathematics has a capital only inside
    # A base outside ASCII only replaces a letter outside Latin-1: one byte must stay one byte.
    return plain if plain.isalnum() and (plain.isascii() or low > "\xff") else low


def _cased_base(char: str) -> str:
    """Return the letter without its accent in the case it is written in; always one character."""
    if not char.isalnum():
        return char
    base = _base(char)
    upper = base.upper()
    return upper if char.isupper() and len(upper) == 1 else base


_LATIN_1 = "".join(_base(chr(code)) for code in range(256)).encode("latin-1")
_LATIN_1_DICT = {code: chr(byte) for code, byte in enumerate(_LATIN_1)}
_CACHE: dict[str, str] = {}
_CACHE_LIMIT = 4096  # distinct letters outside Latin-1 that are worth remembering; more would be an attack


def _base_of_match(match: re.Match[str]) -> str:
    char = match[0]
    found = _CACHE.get(char)
    if found is None:
        found = _base(char)
        if len(_CACHE) < _CACHE_LIMIT:
            _CACHE[char] = found
    return found


def fold(text: str) -> str:
    """Return `text` lower-case, without accents and with blanks for separators; of exactly the same length."""
    if not text.isascii():
        for sign, plain in _COMMON_SIGNS:
            text = text.replace(sign, plain)
        try:
            raw = text.encode("latin-1")
        except UnicodeEncodeError:
            text = _NOT_LATIN_1.sub(_base_of_match, text)
            try:
                raw = text.encode("latin-1")
            except UnicodeEncodeError:
                return text.translate(_LATIN_1_DICT)
    else:
        raw = text.encode("latin-1")
    return raw.translate(_LATIN_1).decode("latin-1")


def plain_case(text: str) -> str:
    """Return `text` without accents, its case and separators kept; of the same length."""
    return text if text.isascii() else "".join(map(_cased_base, text))


class Tidied:
    """A text without what a reader does not see, and where each of its characters stood."""

    __slots__ = ("_offsets", "text")

    def __init__(self, text: str, offsets: list[int] | None) -> None:
        self.text = text
        self._offsets = offsets

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where [start, end) of the tidied text stands in the text itself."""
        if self._offsets is None:
            return start, end
        return self._offsets[start], self._offsets[end - 1] + 1

    def without(self, spans: Iterable[tuple[int, int]]) -> "Tidied":
        """Return the same without some spans of the tidied text, given in order."""
        offsets = self._offsets if self._offsets is not None else range(len(self.text))
        pieces: list[str] = []
        kept: list[int] = []
        at = 0
        for start, end in spans:
            pieces.append(self.text[at:start])
            kept.extend(offsets[at:start])
            at = end
        pieces.append(self.text[at:])
        kept.extend(offsets[at:])
        return Tidied("".join(pieces), kept)


def needs_tidying(text: str) -> bool:
    """Return whether `tidy` could change the text; cheap, and true too often rather than too rarely."""
    if "  " in text or " \n" in text or "\n " in text or "\r\n" in text:
        return True
    return not text.isascii() and _HAS_UNSEEN.search(text) is not None


def tidy(text: str) -> Tidied:
    """Return the text without unseen signs and doubled blanks; accents that stand apart are dropped, not joined."""
    if not needs_tidying(text):
        return Tidied(text, None)
    pieces: list[str] = []
    offsets: list[int] = []
    at = 0
    for found in _UNTIDY.finditer(text):
        run = found[0]
        if run[0].isspace() and (run.count("\n") > 1 or run.count("\r") > 1):
            continue  # a blank line parts paragraphs and stays
        pieces.append(text[at : found.start()])
        offsets.extend(range(at, found.start()))
        if run[0].isspace():
            pieces.append(" ")
            offsets.append(found.start())
        at = found.end()
    pieces.append(text[at:])
    offsets.extend(range(at, len(text)))
    return Tidied("".join(pieces), offsets)
