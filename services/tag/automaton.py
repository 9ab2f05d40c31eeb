"""The alias automaton: every alias, cancelling phrase and topic phrase in one Aho-Corasick machine.

Patterns are folded and stand between blanks (" niger "), so that only whole words are found; see `fold`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import ahocorasick

from services.tag.catalogue import Alias, Catalogue, Phrase, TopicPhrase
from services.tag.fold import fold

Entry = TypeVar("Entry", Alias, Phrase, TopicPhrase)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What one folded text may mean; `length` is its length without the blanks around it."""

    length: int
    aliases: tuple[Alias, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    topics: tuple[TopicPhrase, ...] = ()


class Hit(NamedTuple):
    """A pattern found at [start, end) of a text."""

    start: int
    end: int
    pattern: Pattern


class Automaton:
    """Finds every pattern of a catalogue in a folded text, in time linear in the text and the hits."""

    def __init__(self, patterns: dict[str, Pattern]) -> None:
        self._machine = ahocorasick.Automaton()
        for text, pattern in patterns.items():
            self._machine.add_word(f" {text} ", pattern)
        # An automaton without a word cannot be searched; this one is never in a folded text.
        self._machine.add_word("\x00", Pattern(1))
        self._machine.make_automaton()

    def is_alias(self, folded: str) -> bool:
        """Return whether a folded word is an alias by itself."""
        found: Pattern | None = self._machine.get(f" {folded} ", None)
        return found is not None and bool(found.aliases)

    def hits(self, folded: str) -> list[Hit]:
        """Return the hits in the order of their ends; they may overlap."""
        return [Hit(end - pattern.length - 1, end - 1, pattern) for end, pattern in self._machine.iter(f" {folded} ")]


def pattern_text(text: str) -> str:
    """Return the folded form under which an alias or a phrase is looked up."""
    return fold(text).strip()


def build_automaton(catalogue: Catalogue) -> Automaton:
    """Return the automaton of a catalogue; the order of aliases with the same folded text is kept."""
    aliases = _by_pattern(catalogue.aliases)
    phrases = _by_pattern(sorted(catalogue.phrases, key=lambda phrase: not phrase.actor))  # a redirect beats a cancel
    topics = _by_pattern(phrase for topic in catalogue.topics.values() for phrase in topic.phrases)
    texts = dict.fromkeys((*aliases, *phrases, *topics))
    return Automaton(
        {
            text: Pattern(
                len(text), tuple(aliases.get(text, ())), tuple(phrases.get(text, ())), tuple(topics.get(text, ()))
            )
            for text in texts
            if text
        }
    )


def _by_pattern(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(pattern_text(entry.text), []).append(entry)
    return found
