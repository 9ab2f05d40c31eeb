"""What to look at twice in a catalogue: aliases that contain another, collide, or are ordinary words. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from services.tag.catalogue import Alias, Catalogue
from services.tag.fold import fold

Finding = Literal["contains", "collides", "ordinary word", "given name"]
_SHORT = 3  # letters of an alias that a text may hold by chance when it is no acronym


@dataclass(frozen=True, slots=True)
class AliasFinding:
    """One alias and what is odd about it; `other` is the alias it meets, when it meets one."""

    alias: Alias
    finding: Finding
    advice: str
    other: Alias | None = None


def check_aliases(catalogue: Catalogue, only: Iterable[Alias] | None = None) -> list[AliasFinding]:
    """Return the findings about the aliases `only` (by default the user's own: the typed ones outside the catalogue).

    A finding is advice, not a mistake: a longer alias that contains a shorter one wins where both stand.
    """
    checked = list(catalogue.aliases if only is None else only)
    by_text: dict[str, list[Alias]] = {}
    for alias in catalogue.aliases:
        by_text.setdefault(_folded(alias), []).append(alias)
    ordinary = _ordinary_words(catalogue.words)
    given = frozenset(fold(name) for name in catalogue.words.get("first_names", ()))
    return [finding for alias in checked for finding in _findings(alias, by_text, ordinary, given)]


def _folded(alias: Alias) -> str:
    return fold(alias.text).strip()


def _findings(
    alias: Alias, by_text: Mapping[str, list[Alias]], ordinary: frozenset[str], given: frozenset[str]
) -> Iterator[AliasFinding]:
    text = _folded(alias)
    for other in by_text.get(text, ()):
        if other.actor != alias.actor:
            advice = f"{other.actor} has it too: the one that the text names otherwise is taken, else {alias.actor}"
            yield AliasFinding(alias, "collides", advice, other)
    for part in _parts(text):
        for other in by_text.get(part, ())[:1]:
            if other.actor != alias.actor:
                advice = f"where it stands, {other.actor} is not mentioned by '{other.text}' inside it"
                yield AliasFinding(alias, "contains", advice, other)
    if text in ordinary or (len(text) <= _SHORT and not alias.text.isupper()):
        yield AliasFinding(alias, "ordinary word", "mark it `ambiguous: true`, or give a longer name")
    elif text in given and not alias.shape:
        yield AliasFinding(alias, "given name", "say `shape: given` (or surname, both), so that people are told apart")


def _parts(text: str) -> Iterator[str]:
    """Yield every run of words inside a text that is shorter than it."""
    words = text.split()
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            if end - start < len(words):
                yield " ".join(words[start:end])


def _ordinary_words(words: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the words that the context rules know as plain words, folded."""
    lists = ("openers", "roles_and_bodies", "government_words", "townspeople", "local_suffixes", "buildings")
    return frozenset(fold(word) for name in lists for word in words.get(name, ()))
