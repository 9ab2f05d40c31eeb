"""The parts of the catalogue become one: generated, typed, the user's own on top. Pure; reports every mistake."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.tag.actors_file import ActorsFile, parse_actors
from services.tag.catalogue import Actor, Alias, Catalogue, Group, content_hash
from services.tag.fold import fold
from services.tag.generated_files import parse_generated_actors, parse_generated_aliases
from services.tag.mistakes import Mistakes
from services.tag.phrases_file import parse_phrases
from services.tag.topics_file import parse_topics
from services.tag.words_file import parse_words

File = tuple[str, str]  # name to report, text


@dataclass(frozen=True, slots=True)
class WatchFiles:
    """The texts of everything that makes a catalogue."""

    generated_actors: File
    generated_aliases: File
    typed_actors: tuple[File, ...]
    phrases: File
    words: tuple[File, ...]
    built_in_topics: File
    actors: File
    topics: File

    def all(self) -> list[File]:
        """Return every file once; yours by the names of what they stand for, wherever your folder is."""
        named = {self.generated_actors, self.generated_aliases, *self.typed_actors, self.phrases, *self.words}
        own = {("watch/actors.yaml", self.actors[1]), ("watch/topics.yaml", self.topics[1])}
        return sorted(named | {self.built_in_topics} | own)


def merge_catalogue(files: WatchFiles) -> Catalogue:
    """Return the catalogue of the files; raises WatchFolderInvalid with every mistake of all of them."""
    mistakes = Mistakes()
    actors = parse_generated_actors(*_swap(files.generated_actors), mistakes)
    aliases = parse_generated_aliases(*_swap(files.generated_aliases), mistakes)
    groups: dict[str, Group] = {}
    read = [(file, parse_actors(*_swap(file), mistakes)) for file in (*files.typed_actors, files.actors)]
    for (name, _), part in read:
        _check_new_actors(part, actors, name, mistakes)
        actors, aliases = _with(part, actors, aliases)
        groups.update(part.groups)
    topics = parse_topics(*_swap(files.built_in_topics), mistakes)
    if files.topics != files.built_in_topics:
        topics.update(parse_topics(*_swap(files.topics), mistakes))
    phrases = parse_phrases(*_swap(files.phrases), mistakes)
    words = parse_words(files.words, mistakes)
    groups = _all_groups(actors, groups)
    for (name, _), part in read:
        _check_references(part, actors, groups, name, mistakes)
    mistakes.raise_if_any()
    known = [phrase for phrase in phrases if not phrase.actor or phrase.actor in actors]
    return Catalogue(
        actors=actors,
        aliases=tuple(aliases),
        phrases=tuple(known),
        topics=topics,
        groups=groups,
        words=words,
        version=content_hash(files.all()),
    )


def _swap(file: File) -> tuple[str, str]:
    name, text = file
    return text, name


def _with(part: ActorsFile, actors: dict[str, Actor], aliases: list[Alias]) -> tuple[dict[str, Actor], list[Alias]]:
    """Return actors and aliases with what a file adds and without what it takes away."""
    merged = dict(actors)
    for some_id, actor in part.actors.items():
        merged[some_id] = _merged(actors.get(some_id), actor)
    for some_id in part.removed:
        merged.pop(some_id, None)
    gone = set(part.without)
    own = {(alias.actor, alias.text, alias.since) for alias in part.aliases}
    kept = [
        alias
        for alias in aliases
        if alias.actor in merged
        and (alias.actor, alias.text, alias.since) not in own
        and (not gone or (alias.actor, fold(alias.text).strip()) not in gone)
    ]
    # The user's aliases stand first: of actors that share an alias, the first is taken when nothing else decides.
    return merged, [*part.aliases, *kept]


def _merged(known: Actor | None, own: Actor) -> Actor:
    """Return an actor with what is said anew in place of what was known."""
    if known is None:
        return replace(own, kind=own.kind or "other", names=own.names or {"en": own.id, "fr": own.id})
    return Actor(
        id=own.id,
        kind=own.kind or known.kind,
        names={**known.names, **own.names},
        groups=known.groups | own.groups,
        countries=own.countries or known.countries,
        members=own.members or known.members,
    )


def _all_groups(actors: dict[str, Actor], groups: dict[str, Group]) -> dict[str, Group]:
    """Return the groups: named ones, those that actors say they are in, and `<bloc>-members` of every bloc."""
    found = dict(groups)
    said: dict[str, set[str]] = {}
    for actor in actors.values():
        for group in actor.groups:
            said.setdefault(group, set()).add(actor.id)
        if actor.members:
            names = {
                "en": f"{actor.names.get('en', actor.id)} members",
                "fr": f"membres de {actor.names.get('fr', actor.id)}",
            }
            found.setdefault(f"{actor.id}-members", Group(f"{actor.id}-members", names, frozenset(actor.members)))
    for some_id, members in said.items():
        known = found.get(some_id) or Group(some_id, {"en": some_id, "fr": some_id}, frozenset())
        found[some_id] = Group(some_id, known.names, known.members | members)
    return found


def _check_new_actors(part: ActorsFile, known: dict[str, Actor], file: str, mistakes: Mistakes) -> None:
    """Note actors without any alias that the catalogue does not know either: they could never be mentioned."""
    named = {alias.actor for alias in part.aliases}
    for some_id in part.actors:
        if some_id not in known and some_id not in named and some_id not in part.removed:
            mistakes.add(
                file, part.actor_lines.get(some_id, 1), f"expected names of actor {some_id}, found no alias of any kind"
            )


def _check_references(
    part: ActorsFile, actors: dict[str, Actor], groups: Iterable[str], file: str, mistakes: Mistakes
) -> None:
    """Note members and countries that are no actor."""
    known = {*actors, *groups}
    for some_id, line in part.named_at.items():
        if some_id not in known:
            mistakes.add(file, line, f"expected the id of an actor, found '{some_id}'")
