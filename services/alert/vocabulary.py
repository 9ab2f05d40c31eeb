"""The names a rule may use: what they mean, and what to suggest for one that means nothing.

The alerter does not know the catalogue of actors; whoever wires it hands over this view of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Protocol

from services.alert.clauses import Term, TermKind


class Vocabulary(Protocol):
    """What the rule parser needs to know of a catalogue."""

    @property
    def version(self) -> str:
        """Version of the catalogue behind it; names may mean something else in another one."""

    def resolve(self, name: str) -> tuple[Term, ...]:
        """Return what a name means: one term, the members of a group, or nothing when it is unknown."""

    def suggest(self, name: str) -> str | None:
        """Return the known name nearest to an unknown one."""


@dataclass(frozen=True)
class Names:
    """A vocabulary held in a table: name (any case) → kind and id; groups: name → names of members."""

    terms: Mapping[str, tuple[TermKind, str]]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    version: str = ""

    @cached_property
    def _terms(self) -> dict[str, tuple[TermKind, str]]:
        return {_folded(name): meaning for name, meaning in self.terms.items()}

    @cached_property
    def _groups(self) -> dict[str, tuple[str, ...]]:
        return {_folded(name): members for name, members in self.groups.items()}

    def resolve(self, name: str) -> tuple[Term, ...]:
        """Return what a name means; the exact spelling wins over another case of it (`NE` is not `ne`)."""
        meaning = self.terms.get(name) or self._terms.get(_folded(name))
        if meaning is not None:
            return (Term(meaning[0], meaning[1], name),)
        members = self._groups.get(_folded(name), ())
        return tuple(term for member in members for term in self.resolve(member))

    def suggest(self, name: str) -> str | None:
        """Return the known name nearest to an unknown one."""
        known = {_folded(one): one for one in (*self.terms, *self.groups)}
        near = get_close_matches(_folded(name), known, n=1, cutoff=0.7)
        return known[near[0]] if near else None


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("’", "'").split())
