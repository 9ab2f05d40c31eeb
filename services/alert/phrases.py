"""Exact phrases: how a phrase and a text are made comparable, and where the phrases of many rules stand in a text."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import ahocorasick

# One character for one character, so that offsets in the folded text are offsets in the text.
_SAME = tuple(zip("’‘ʼ“”„«»–—‑\u00a0\u202f\t\n", '\'\'\'"""""---    ', strict=True))


def folded(text: str) -> str:
    """Return the text in lower case with plain quotes, dashes and spaces; exactly as long as the text."""
    for char, plain in _SAME:  # many times faster than str.translate, which looks at every character
        if char in text:
            text = text.replace(char, plain)
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(one if len(one.lower()) != 1 else one.lower() for one in text)  # such as "İ", two characters long


def folded_phrase(phrase: str) -> str:
    """Return a phrase as it is looked for: folded, with single spaces, each accented letter one character."""
    return " ".join(folded(unicodedata.normalize("NFC", phrase)).split())


@dataclass(frozen=True)
class Phrases:
    """The phrases of all rules in one automaton; finding them costs the length of the text, however many they are."""

    wanted: frozenset[str]
    automaton: Any  # None when no rule uses a phrase

    @classmethod
    def of(cls, phrases: Iterable[str]) -> "Phrases":
        """Build from folded phrases."""
        wanted, automaton = frozenset(phrases), ahocorasick.Automaton()
        for phrase in sorted(wanted):
            automaton.add_word(phrase, phrase)
        if not len(automaton):
            return cls(wanted, None)
        automaton.make_automaton()
        return cls(wanted, automaton)

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield (phrase, start, end) for each place where a phrase stands as whole words."""
        if self.automaton is None or not text:
            return
        low = folded(text)
        for last, phrase in self.automaton.iter(low):
            start, end = last + 1 - len(phrase), last + 1
            if _is_edge(low, start - 1, start) and _is_edge(low, end - 1, end):
                yield phrase, start, end


def _is_edge(text: str, left: int, right: int) -> bool:
    """Whether a word may end at `left` and begin at `right`."""
    if left < 0 or right >= len(text):
        return True
    return not (text[left].isalnum() and text[right].isalnum())
