"""actors.yaml: a user's own actors and groups, and changes to those of the catalogue; the catalogue's typed parts too.

Text in, data and mistakes out; no disk. The fields are described in docs/actors.md.
"""

import re
from dataclasses import dataclass, field, replace
from typing import cast, get_args

import yaml

from schemas.tagged_article import MentionKind
from services.tag.catalogue import Actor, ActorKind, Alias, Case, Group, Shape
from services.tag.fold import fold
from services.tag.lined_yaml import Reader
from services.tag.mistakes import Mistakes

# Field of an actor → kind of the aliases in it.
ALIAS_FIELDS: dict[str, MentionKind] = {
    "names": "name",
    "demonyms": "demonym",
    "capitals": "capital",
    "metonyms": "metonym",
    "leaders": "leader",
    "organisations": "organisation",
}
_ACTOR_FIELDS = ("kind", "name", *ALIAS_FIELDS, "countries", "members", "groups", "without", "remove")
_ALIAS_CHOICES: dict[str, tuple[str, ...]] = {
    "lang": ("en", "fr"),
    "case": get_args(Case),
    "shape": ("given", "surname", "both"),
    "ambiguous": ("false", "true"),
}
_ALIAS_FIELDS = ("text", *_ALIAS_CHOICES, "from", "to", "source", "as_of")
_ID = re.compile(r"(?:[A-Z]{3}|[a-z0-9]+(?:-[a-z0-9]+)*)\Z")
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?\Z")


@dataclass
class ActorsFile:
    """What one actors.yaml says; `without` are (actor, alias text) and `removed` actor ids that it takes away."""

    actors: dict[str, Actor] = field(default_factory=dict)
    aliases: list[Alias] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    without: list[tuple[str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    actor_lines: dict[str, int] = field(default_factory=dict)
    named_at: dict[str, int] = field(default_factory=dict)  # id referred to → line, checked when all files are read


def parse_actors(text: str, file: str, mistakes: Mistakes) -> ActorsFile:
    """Return what the text of an actors.yaml says; everything wrong in it is noted in `mistakes`."""
    read = Reader(file, mistakes)
    out = ActorsFile()
    root = read.root(text)
    if root is None:
        return out
    as_of = ""
    for key, node in read.fields(root, "the file", ("as_of", "actors", "groups")):
        if key == "as_of":
            as_of = _date(read, node, key)
            continue
        for some_id, entry in read.fields(node, key):
            if not _ID.match(some_id):
                read.wrong(entry, f"expected an id like NER or boko-haram, found '{some_id}'")
            elif key == "actors":
                _actor(read, some_id, entry, out)
            else:
                _group(read, some_id, entry, out)
    if as_of:
        out.aliases = [alias if alias.as_of else replace(alias, as_of=as_of) for alias in out.aliases]
    return out


def _actor(read: Reader, some_id: str, node: yaml.Node, out: ActorsFile) -> None:
    kind, names = "", {}
    out.actor_lines[some_id] = node.start_mark.line + 1
    plain: dict[str, tuple[str, ...]] = {}
    for key, value in read.fields(node, f"actor {some_id}", _ACTOR_FIELDS):
        if key == "kind":
            kind = read.one_of(value, "kind", get_args(ActorKind))
        elif key == "name":
            names = _names(read, value)
        elif key in ALIAS_FIELDS:
            for item in read.items(value, key):
                _alias(read, item, some_id, ALIAS_FIELDS[key], out)
        elif key == "without":
            out.without.extend((some_id, fold(text).strip()) for text in read.texts(value, key))
        elif key == "remove":
            if read.one_of(value, "remove", ("false", "true")) == "true":
                out.removed.append(some_id)
        else:
            plain[key] = tuple(read.texts(value, key))
            out.named_at.update(dict.fromkeys(plain[key] if key != "groups" else (), value.start_mark.line + 1))
    out.actors[some_id] = Actor(
        id=some_id,
        kind=cast(ActorKind, kind),
        names=names,
        groups=frozenset(plain.get("groups", ())),
        countries=plain.get("countries", ()),
        members=plain.get("members", ()),
    )


def _names(read: Reader, node: yaml.Node) -> dict[str, str]:
    """Return language → name; a bare text is the name in both languages."""
    if isinstance(node, yaml.ScalarNode):
        text = read.text(node, "name")
        return {"en": text, "fr": text}
    return {lang: read.text(value, "name") for lang, value in read.fields(node, "name", ("en", "fr"))}


def _alias(read: Reader, node: yaml.Node, actor: str, kind: MentionKind, out: ActorsFile) -> None:
    if isinstance(node, yaml.ScalarNode):
        text = read.text(node, "alias")
        if _matchable(read, node, text):
            out.aliases.append(Alias(text=text, actor=actor, kind=kind))
        return
    said = {"case": "exact"}
    for key, value in read.fields(node, "alias", _ALIAS_FIELDS):
        if key in _ALIAS_CHOICES:
            said[key] = read.one_of(value, key, _ALIAS_CHOICES[key])
        elif key in ("from", "to", "as_of"):
            said[key] = _date(read, value, key)
        else:
            said[key] = read.text(value, key)
    text = said.get("text", "")
    if _matchable(read, node, text):
        found = Alias(
            text=text,
            actor=actor,
            kind=kind,
            language=said.get("lang", ""),
            case=cast(Case, said["case"]),
            ambiguous=said.get("ambiguous") == "true",
            shape=cast(Shape, said.get("shape", "")),
            since=said.get("from", ""),
            until=said.get("to", ""),
            source=said.get("source", "typed"),
            as_of=said.get("as_of", ""),
        )
        out.aliases.append(found)


def _matchable(read: Reader, node: yaml.Node, text: str) -> bool:
    """Return whether an alias has two letters or digits at least; a shorter one would fire everywhere."""
    letters = len(fold(text).replace(" ", ""))
    if letters < 2:
        read.wrong(node, f"expected an alias of at least two letters, found '{text}'")
    return letters >= 2


def _date(read: Reader, node: yaml.Node, of: str) -> str:
    text = read.text(node, of)
    if text and not _DATE.match(text):
        read.wrong(node, f"expected {of} as a date like 2023-07-28, found '{text}'")
        return ""
    return text


def _group(read: Reader, some_id: str, node: yaml.Node, out: ActorsFile) -> None:
    names: dict[str, str] = {}
    members: list[str] = []
    for key, value in read.fields(node, f"group {some_id}", ("name", "members")):
        if key == "name":
            names = _names(read, value)
        else:
            members = read.texts(value, "members")
            out.named_at.update(dict.fromkeys(members, value.start_mark.line + 1))
    if not members:
        read.wrong(node, f"expected members in group {some_id}, found none")
    out.groups[some_id] = Group(id=some_id, names=names, members=frozenset(members))
