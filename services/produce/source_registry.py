"""watch/sources.yaml → the sources to read, or every mistake in it at once as file:line.

What must stay true: a file with one mistake gives no sources at all, so that a typo never silently drops one.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

import yaml

from runtime.errors import Misconfigured
from schemas import Source
from services.produce.iso_codes import COUNTRIES, LANGUAGES

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_RHYTHM: Final = re.compile(r"(\d{1,4}) (second|minute|hour|day)s?")
_RHYTHM_NAMES: Final = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7)}
_UNIT_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
TIERS: Final = range(1, 6)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One source as the registry describes it; what it does not say is None."""

    id: str
    kind: str  # a row of SOURCES
    url: str  # of the feed, sitemap, page or stream; of files: their path
    name: str | None = None
    country: str | None = None
    language: str | None = None
    tier: int | None = None
    owner: str | None = None
    rhythm: timedelta | None = None  # how often something new is expected
    is_enabled: bool = True
    is_verified: bool = False  # somebody has seen it answer

    @property
    def source(self) -> Source:
        """What pages of this source say about where they come from."""
        return Source(
            id=self.id, name=self.name, country=self.country, language=self.language, tier=self.tier, owner=self.owner
        )


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in the registry, at its place."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class SourcesInvalid(Misconfigured):
    """The registry has mistakes; all of them are listed."""

    def __init__(self, mistakes: Collection[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


class Checked(Protocol):
    """A kind of source that can tell whether a `url` may be one of its own."""

    @property
    def url_is(self) -> str:
        """What a `url` of this kind is, for a person."""

    @property
    def check(self) -> Callable[[str], object]:
        """Raises ValueError when a `url` cannot be one."""


def parse_sources(text: str, *, file: str, kinds: Mapping[str, Checked]) -> tuple[SourceSpec, ...]:
    """Return the sources of a registry in order; raises SourcesInvalid with every mistake in it."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise SourcesInvalid([Mistake(file, line, f"expected YAML, found {error.problem}")]) from None
    except yaml.YAMLError as error:
        raise SourcesInvalid([Mistake(file, 1, f"expected YAML, found {error}")]) from None
    except RecursionError:
        raise SourcesInvalid([Mistake(file, 1, "nested too deeply to be sources")]) from None
    reading = _Reading(file, kinds)
    specs = [spec for node in reading.items(root) if (spec := reading.spec(node))]
    if reading.mistakes:
        raise SourcesInvalid(sorted(reading.mistakes, key=lambda mistake: mistake.line))
    return tuple(specs)


class _Reading:
    """One pass over a file that notes every mistake and goes on."""

    def __init__(self, file: str, kinds: Mapping[str, Checked]) -> None:
        self.file = file
        self.kinds = kinds
        self.mistakes: list[Mistake] = []
        self.seen: dict[tuple[str, str], int] = {}

    def wrong(self, node: Any, message: str) -> None:
        self.mistakes.append(Mistake(self.file, node.start_mark.line + 1 if node is not None else 1, message))

    def items(self, root: Any) -> list[Any]:
        if root is None:
            return []
        fields = self.fields(root) if isinstance(root, yaml.MappingNode) else None
        if fields is None or "sources" not in fields:
            self.wrong(root, "expected a mapping with 'sources', found something else")
            return []
        for name in fields.keys() - {"sources"}:
            self.wrong(fields[name], f"'{name}' is unknown; one of: sources")
        found = fields["sources"]
        if isinstance(found, yaml.ScalarNode) and found.value in ("", "null", "~"):
            return []
        if not isinstance(found, yaml.SequenceNode):
            self.wrong(found, "sources: expected a list, found something else")
            return []
        return list(found.value)

    def fields(self, node: Any) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                self.wrong(name, "expected a name before the colon, found a list or mapping")
                continue
            if name.value in fields:
                self.wrong(name, f"'{name.value}' is given twice")
            fields[name.value] = value
        return fields

    def spec(self, node: Any) -> SourceSpec | None:
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, "expected a source as 'name: value' lines, found something else")
            return None
        fields, told = self.fields(node), {}
        for name, value in fields.items():
            if name not in _FIELDS:
                self.wrong(value, f"'{name}' is unknown; one of: {', '.join(_FIELDS)}")
            elif not isinstance(value, yaml.ScalarNode):
                self.wrong(value, f"{name}: expected one value, found a list or mapping")
            else:
                told[_NAMES.get(name, name)] = self.value(name, value)
        for name in ("id", "kind", "url"):
            if name not in fields:
                self.wrong(node, f"'{name}' is missing")
        if None in (told.get("id"), told.get("kind"), told.get("url")):
            return None
        self.check(told, fields)
        return SourceSpec(**told)

    def value(self, name: str, node: Any) -> Any:
        try:
            return _FIELDS[name](node.value.strip())
        except ValueError as error:
            self.wrong(node, f"{name}: {error}, found '{node.value}'")
            return None

    def check(self, told: dict[str, Any], fields: dict[str, Any]) -> None:
        """Look at what only holds between fields, and between sources."""
        if told["kind"] not in self.kinds:
            self.wrong(fields["kind"], f"kind: expected one of {', '.join(sorted(self.kinds))}, found '{told['kind']}'")
        else:
            kind = self.kinds[told["kind"]]
            try:
                kind.check(told["url"])
            except ValueError as error:
                self.wrong(fields["url"], f"url: {error}; for a {told['kind']} it is {kind.url_is}")
        for name in ("id", "url"):
            first = self.seen.setdefault((name, told[name]), fields[name].start_mark.line + 1)
            if first != fields[name].start_mark.line + 1:
                what = f" '{told[name]}'" if name == "id" else ""  # a URL may hold a password
                self.wrong(fields[name], f"{name}:{what} stands already in line {first}")


def _matching(pattern: re.Pattern[str], expected: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"expected {expected}")
        return value

    return check


def _one_of(codes: Collection[str], expected: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in codes:
            raise ValueError(f"expected {expected}")
        return value

    return check


def _words(value: str) -> str:
    if not value:
        raise ValueError("expected some words")
    return value


def _tier(value: str) -> int:
    if not value.isdecimal() or int(value) not in TIERS:
        raise ValueError(f"expected a number from {TIERS[0]} (most trusted) to {TIERS[-1]}")
    return int(value)


def _rhythm(value: str) -> timedelta:
    if value in _RHYTHM_NAMES:
        return _RHYTHM_NAMES[value]
    match = _RHYTHM.fullmatch(value)
    if match and int(match[1]) > 0:
        return timedelta(seconds=int(match[1]) * _UNIT_SECONDS[match[2]])
    raise ValueError("expected hourly, daily, weekly or such as '30 minutes'")


def _yes_or_no(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ValueError("expected true or false")
    return value.lower() == "true"


# Every field of a source, and how it is read.
_FIELDS: Final[dict[str, Callable[[str], Any]]] = {
    "id": _matching(_SLUG, "a lower-case name of letters, digits, '-' and '.'"),
    "kind": _words,
    "url": _words,
    "name": _words,
    "country": _one_of(COUNTRIES, "an ISO 3166-1 alpha-3 code such as NER"),
    "language": _one_of(LANGUAGES, "an ISO 639-1 code such as fr"),
    "tier": _tier,
    "owner": _matching(_SLUG, "a lower-case name of letters, digits, '-' and '.'"),
    "rhythm": _rhythm,
    "enabled": _yes_or_no,
    "verified": _yes_or_no,
}
_NAMES: Final = {"enabled": "is_enabled", "verified": "is_verified"}
