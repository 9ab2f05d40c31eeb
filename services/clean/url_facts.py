"""What an address alone says about an article."""

import re
import unicodedata

from services.clean.dates import find_dates

_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/_-](\d{1,2})[/_-](\d{1,2})(?=\D|$)")
_WORDS = re.compile(r"[a-z]{3,}")
_TELLING_WORDS = 3
_SPELT = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "æ": "ae", "å": "a", "ł": "l", "đ": "d", "ı": "i"}
_STAMP = re.compile(r"(?<!\d)(20[0-4]\d)(\d\d)(\d\d)(?:[01]\d|2[0-3])[0-5]\d")  # /A2026071222090000630: to the minute
_GLUED = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")


def date_in_url(url: str) -> str | None:
    """Return the day an address carries, such as /2024/03/27/, or None."""
    path = url.split("?", 1)[0]
    for pattern in (_IN_PATH, _GLUED, _STAMP):
        for match in pattern.finditer(path):
            found = find_dates(f"{match[1]}-{match[2]}-{match[3]}")
            if found:
                return found[0].value
    return None


def words_in_url(url: str) -> frozenset[str]:
    """Return the words of the most telling part of an address's path, spelt without accents; empty when it has none."""
    parts = [_WORDS.findall(part.lower()) for part in url.split("?", 1)[0].split("/")[3:]]
    longest = max(parts, key=len, default=[])
    return frozenset(longest) if len(longest) >= _TELLING_WORDS else frozenset()


def plain_word(word: str) -> str:
    """Return a lower-case word as addresses spell it: ü as ue, é as e."""
    if word.isascii():
        return word
    spelt = "".join(_SPELT.get(char, char) for char in word)
    return "".join(char for char in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(char))
