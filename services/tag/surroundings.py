"""What stands around a candidate in its text, as the context rules read it."""

import re
from collections.abc import Mapping

from services.tag.candidates import Candidate
from services.tag.catalogue import Alias

_NEAR_CHARS = 48  # enough for two words on either side; rules never look further
_WORD_BEFORE = re.compile(r"([\w.'’-]+)([ \u00a0\n])$")
_WORD_AFTER = re.compile(r"[ \u00a0\n]([\w'’-]+\.?)")
_LONG_WORDS = re.compile(r"[^\W\d_]{4,}")


class Surroundings:
    """A candidate in its text: what stands before and after it, in its paragraph.

    `before` and `after` are up to 48 characters, `word_before` and `word_after` the word next to it with one blank
    between, or "". `words` are the catalogue's word lists; `alias` is the first one, they share their shape.
    `follows` says what stands right before, one separator between: "" or how the candidate there was taken.
    """

    __slots__ = ("after", "alias", "before", "follows", "language", "surface", "word_after", "word_before", "words")

    def __init__(
        self,
        text: str,
        candidate: Candidate,
        words: Mapping[str, frozenset[str]],
        language: str | None = None,
        follows: str = "",
    ) -> None:
        start, end = candidate.start, candidate.end
        self.words = words
        self.language = language
        self.follows = follows
        self.alias: Alias = candidate.aliases[0]
        self.surface = text[start:end]
        self.before = text[max(0, start - _NEAR_CHARS) : start].rpartition("\n\n")[2]
        self.after = text[end : end + _NEAR_CHARS].partition("\n\n")[0]
        before = _WORD_BEFORE.search(self.before)
        after = _WORD_AFTER.match(self.after)
        ends_sentence = before and before[1].endswith(".") and before[1][0].islower()
        self.word_before = before[1] if before and not ends_sentence else ""
        self.word_after = after[1].rstrip(".'’").removesuffix("'s").removesuffix("’s") if after else ""

    def is_shouted(self) -> bool:
        """Return whether the words around are ALL CAPS too, so that capitals say nothing."""
        around = (self.before[-24:] + " " + self.after[:24]).replace(self.surface, "")
        letters = [char for char in around if char.isalpha()]
        return len(letters) >= 3 and sum(map(str.isupper, letters)) >= 0.8 * len(letters)

    def is_headline_case(self) -> bool:
        """Return whether most words around begin with a capital, so that a capital word next to it says little."""
        around = _LONG_WORDS.findall(self.before + " " + self.after)
        return len(around) >= 3 and sum(word[0].isupper() for word in around) >= 0.8 * len(around)
