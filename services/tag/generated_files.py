"""The generated part of the catalogue: actors.tsv and aliases.tsv, one actor or alias a line. Text in, data out."""

from typing import cast, get_args

from schemas.tagged_article import MentionKind
from services.tag.catalogue import Actor, ActorKind, Alias, Shape
from services.tag.mistakes import Mistakes

ALIAS_COLUMNS = ("actor", "kind", "language", "text", "marks", "from", "to", "source", "as_of")
ACTOR_COLUMNS = ("id", "kind", "en", "fr", "groups")
# Letters in `marks`; "a" is ambiguous.
_SHAPES: dict[str, Shape] = {"": "", "g": "given", "s": "surname", "gs": "both"}


def parse_generated_actors(text: str, file: str, mistakes: Mistakes) -> dict[str, Actor]:
    """Return id → actor of an actors.tsv."""
    found = {}
    for number, row in _rows(text, file, ACTOR_COLUMNS, mistakes):
        some_id, kind, english, french, groups = row
        if kind not in get_args(ActorKind):
            mistakes.add(file, number, f"expected a kind of actor, found '{kind}'")
            continue
        names = {"en": english, "fr": french}
        found[some_id] = Actor(some_id, cast(ActorKind, kind), names, frozenset(groups.split()))
    return found


def parse_generated_aliases(text: str, file: str, mistakes: Mistakes) -> list[Alias]:
    """Return the aliases of an aliases.tsv in its order."""
    kinds = get_args(MentionKind)
    found = []
    for number, row in _rows(text, file, ALIAS_COLUMNS, mistakes):
        actor, kind, language, alias, marks, since, until, source, as_of = row
        if kind not in kinds:
            mistakes.add(file, number, f"expected a kind of mention, found '{kind}'")
            continue
        shape = _SHAPES["".join(mark for mark in "gs" if mark in marks)]
        found.append(
            Alias(
                text=alias,
                actor=actor,
                kind=cast(MentionKind, kind),
                language=language,
                ambiguous="a" in marks,
                shape=shape,
                since=since,
                until=until,
                source=source,
                as_of=as_of,
            )
        )
    return found


def _rows(text: str, file: str, columns: tuple[str, ...], mistakes: Mistakes) -> list[tuple[int, list[str]]]:
    """Return (line, cells) of a tab-separated file; `#` starts a line of comment."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != len(columns):
            mistakes.add(file, number, f"expected {len(columns)} columns ({', '.join(columns)}), found {len(cells)}")
        else:
            found.append((number, cells))
    return found
