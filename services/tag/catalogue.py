"""The catalogue: which actors and topics are watched, and how texts name them. Plain data, no disk.

An actor's id is its ISO 3166-1 alpha-3 code for states and territories, a lower-case slug otherwise.
"""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from schemas.tagged_article import MentionKind
from services.tag.fold import fold

ActorKind = Literal["country", "territory", "organisation", "armed_group", "authority", "person", "company", "other"]
Case = Literal["exact", "any"]
Shape = Literal["", "given", "surname", "both"]


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to name an actor.

    `text` is written as in a news text; capitals count, accents and kinds of dashes and quotes do not. `language` is
    "en" or "fr" when the alias only counts there, "" when it counts everywhere. `since` and `until` are ISO dates
    (inclusive), "" for open. `shape` says that people bear the word as a given name or a surname.
    """

    text: str
    actor: str
    kind: MentionKind
    language: str = ""
    case: Case = "exact"
    ambiguous: bool = False
    shape: Shape = ""
    since: str = ""
    until: str = ""
    source: str = "typed"
    as_of: str = ""  # ISO date (or month) when the source was taken or the alias was last reviewed; "" when nobody said


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone or something watched. `groups` are the ids of groups it belongs to, `countries` plain data for rules."""

    id: str
    kind: ActorKind
    names: Mapping[str, str]  # language → the name shown to people
    groups: frozenset[str] = frozenset()
    countries: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A named set of actors that a rule may use for all of them."""

    id: str
    names: Mapping[str, str]
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A longer phrase that cancels the aliases inside it, or redirects [start, end) of it to another actor."""

    text: str
    language: str = ""
    actor: str = ""  # "" cancels
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class TopicPhrase:
    """A phrase that speaks for a topic (weight > 0), against it (< 0) or that hides the phrases inside it (0)."""

    text: str
    topic: str
    weight: float
    language: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: it is hit when the weights of its phrases reach `threshold` and are dense enough for the length."""

    id: str
    names: Mapping[str, str]
    phrases: tuple[TopicPhrase, ...]
    threshold: float = 2.0
    per_1000_words: float = 3.0


@dataclass(frozen=True)
class Catalogue:
    """Everything the tagger matches. `words` are the word lists of the context rules, by name."""

    actors: Mapping[str, Actor]
    aliases: tuple[Alias, ...]
    phrases: tuple[Phrase, ...]
    topics: Mapping[str, Topic]
    groups: Mapping[str, Group] = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    version: str = ""

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, str]]:
        """Folded name → actor, group or topic id, and the name as it is written; ids win over names over aliases."""
        found: dict[str, tuple[str, str]] = {}
        for alias in self.aliases:
            if alias.kind in ("leader", "capital") or alias.until:
                continue
            found.setdefault(_key(alias.text), (alias.actor, alias.text))
        everything: list[Topic | Group | Actor] = [*self.topics.values(), *self.groups.values(), *self.actors.values()]
        for named in everything:
            for name in [*named.names.values()][::-1]:  # the English way to write it comes last, and stays
                found[_key(name)] = (named.id, name)
        for some_id in (*self.topics, *self.groups, *self.actors):
            found[_key(some_id)] = (some_id, some_id)
        return found

    @cached_property
    def borne_by_people(self) -> frozenset[str]:
        """The folded texts of aliases that are also given names or surnames."""
        return frozenset(_key(alias.text) for alias in self.aliases if alias.shape)

    def resolve(self, name: str) -> str | None:
        """Return the id of the actor, group or topic an analyst means by `name` (English or French), or None."""
        known = self._by_name.get(_key(name))
        return known[0] if known else None

    def suggest(self, name: str) -> list[str]:
        """Return up to three known names that look like `name`, as they are written, the nearest first."""
        near = difflib.get_close_matches(_key(name), self._by_name, n=3, cutoff=0.7)
        return [self._by_name[key][1] for key in near]

    def members(self, some_id: str) -> frozenset[str]:
        """Return the actors that `some_id` stands for: the members of a group, or the actor alone."""
        group = self.groups.get(some_id)
        return group.members if group else frozenset({some_id})

    def aliases_of(self, actor: str) -> list[Alias]:
        """Return the aliases of an actor in the order of the catalogue."""
        return [alias for alias in self.aliases if alias.actor == actor]


def _key(name: str) -> str:
    return " ".join(fold(name).split())


def content_hash(parts: Iterable[tuple[str, str]]) -> str:
    """Return 12 hex digits of (name, text) pairs in the order of the names; line endings do not count."""
    digest = hashlib.sha256()
    for name, text in sorted(parts):
        normal = text.replace("\r\n", "\n")
        digest.update(f"{name}:{len(normal)}:{normal}".encode())
    return digest.hexdigest()[:12]
