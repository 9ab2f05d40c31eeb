"""Reading YAML with places: every value knows its line and column, and every mistake is said with them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import yaml

_DURATION = re.compile(r"(\d+)\s*(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
MOST_LEVELS = 50
_MAY_BE_DEEP = re.compile(r"^[ ]{80}|(?:[-?:][ \t]+){20}", re.MULTILINE)
MOST_BRACKETS = 120  # without looking how deep they are
_TRUE, _FALSE = {"true", "yes", "on"}, {"false", "no", "off"}
LEAST_NODES = 50_000  # that a file may stand for with every alias written out; a longer one for one a character


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]  # C is ten times faster, if built
    """Reads every value as a text: what it means, its field says. So YAML need not guess, which takes a quarter."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """Return one tag for everything; nobody asks for it."""
        return "tag:yaml.org,2002:str"

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Do nothing: there are no tags by place either."""

    def ascend_resolver(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a file; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str
    source: str = ""  # the line itself

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: {self.message}"
        return f"{where}\n    {self.source}\n    {' ' * (self.column - 1)}^" if self.source else where


class _Endless(Exception):
    """A node that YAML's aliases make endless, or as good as that: the node, and why."""


@dataclass
class RuleFile:
    """A file being read, and what is wrong with it so far."""

    name: str
    text: str
    lines_before: int = 0  # of the file, when the text begins further down (negative: it has lines of its own on top)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = self.text.splitlines()

    def line_of(self, line: int) -> int:
        """Return the line in the file (from 1) of a line of the text (from 0)."""
        return self.lines_before + line + 1

    def root(self) -> yaml.Node | None:
        """Return the document; None (and a problem) when it is not YAML."""
        try:
            if (mark := self._too_deep()) is not None:
                self.wrong_at(mark.line, mark.column, f"more than {MOST_LEVELS} levels of lists and mappings")
                return None
            root = yaml.compose(self.text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
            self.wrong_at(line, column, f"not YAML: {error.problem or error.context}")
            return None
        except yaml.reader.ReaderError as error:
            before = self.text[: error.position]
            column = error.position - (before.rfind("\n") + 1)
            self.wrong_at(before.count("\n"), column, f"not YAML: {error.reason} (U+{int(error.character):04X})")
            return None
        try:
            if root is not None and "*" in self.text:
                _unfolded(root, {}, max(LEAST_NODES, len(self.text)))
        except _Endless as error:
            node, message = error.args
            self.wrong(node, f"this {message}, by what `*` refers to")
            return None
        return root

    def _too_deep(self) -> Any:
        """Return where the levels become too many: composing goes down with them, and takes the process along."""
        if self.text.count("[") + self.text.count("{") <= MOST_BRACKETS and not _MAY_BE_DEEP.search(self.text):
            return None
        level = 0
        for event in yaml.parse(self.text, Loader=_Loader):
            level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if level > MOST_LEVELS:
                return event.start_mark
        return None

    def wrong(self, node: yaml.Node, message: str) -> None:
        """Note a mistake at a node."""
        self.wrong_at(node.start_mark.line, node.start_mark.column, message)

    def wrong_at(self, line: int, column: int, message: str) -> None:
        """Note a mistake at a line and column that count from 0."""
        source = self.lines[line] if line < len(self.lines) else ""
        self.problems.append(Problem(self.name, self.line_of(line), column + 1, message, source.replace("\t", " ")))

    def wrong_inside(self, node: Any, offset: int, message: str) -> None:
        """Note a mistake at a character of a scalar's value, wherever YAML's folding and quoting have put it."""
        line, column = node.start_mark.line, node.start_mark.column
        if node.style in ("'", '"'):
            column += 1
        elif node.style in ("|", ">"):
            line, column = line + 1, 0
        wanted = sum(not char.isspace() for char in node.value[:offset])
        while line < len(self.lines):
            for at, char in enumerate(self.lines[line][column:], column):
                if char.isspace():
                    continue
                if not wanted:
                    return self.wrong_at(line, at, message)
                wanted -= 1
            if not wanted and offset >= len(node.value.rstrip()):  # behind the last character
                return self.wrong_at(line, len(self.lines[line]), message)
            line, column = line + 1, 0
        return self.wrong(node, message)

    def items(self, node: yaml.Node, known: Sequence[str], what: str) -> dict[str, yaml.Node]:
        """Return a mapping's values by key; unknown and repeated keys are mistakes."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} is a mapping with {_one_of(known)}")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if known and key.value not in known:
                self.wrong(key, f"{what} has no '{key.value}'; it has {_one_of(known)}")
            elif key.value in found:
                self.wrong(key, f"'{key.value}' stands twice")
            else:
                found[str(key.value)] = value
        return found

    def pairs(self, node: yaml.Node, what: str) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yield the keys and values of a mapping with free keys."""
        if isinstance(node, yaml.MappingNode):
            yield from node.value
        else:
            self.wrong(node, f"{what} is a mapping")

    def each(self, node: yaml.Node) -> list[yaml.Node]:
        """Return the elements of a list; a single value counts as a list of one."""
        return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]

    def text_of(self, node: yaml.Node, what: str) -> str:
        """Return a text; an empty one is a mistake."""
        if isinstance(node, yaml.ScalarNode) and node.value.strip():
            return str(node.value).strip()
        self.wrong(node, f"{what} is a text")
        return ""

    def choice(self, node: yaml.Node, known: Sequence[str], what: str) -> str:
        """Return one of the known words."""
        if isinstance(node, yaml.ScalarNode) and node.value in known:
            return str(node.value)
        self.wrong(node, f"{what} is {_one_of(known)}")
        return known[0]

    def whole(self, node: yaml.Node, what: str, *, least: int = 1, most: int = 1_000_000) -> int:
        """Return a whole number."""
        if isinstance(node, yaml.ScalarNode) and re.fullmatch(r"[+-]?\d{1,9}", node.value):
            number = int(node.value)
            if least <= number <= most:
                return number
        self.wrong(node, f"{what} is a whole number from {least} to {most}")
        return least

    def number(self, node: yaml.Node, what: str, *, above: float) -> float:
        """Return a number."""
        if isinstance(node, yaml.ScalarNode) and re.fullmatch(r"\d{1,6}(\.\d+)?", node.value):
            number = float(node.value)
            if number > above:
                return number
        self.wrong(node, f"{what} is a number above {above:g}")
        return above + 1

    def truth(self, node: yaml.Node, what: str) -> bool:
        """Return true or false."""
        word = str(node.value).lower() if isinstance(node, yaml.ScalarNode) else ""
        if word not in _TRUE | _FALSE:
            self.wrong(node, f"{what} is true or false")
        return word in _TRUE

    def duration(self, node: yaml.Node, what: str) -> timedelta:
        """Return a length of time such as 45s, 90m, 6h, 30d, 2w or 1d12h."""
        found = parse_duration(node.value) if isinstance(node, yaml.ScalarNode) else None
        if found is None:
            self.wrong(node, f"{what} is a length of time such as 90m, 6h or 30d")
            return timedelta(hours=1)
        return found


def parse_duration(text: str) -> timedelta | None:
    """Return the length of time a text says, or None when it says none, or nothing at all (`0h`)."""
    compact = text.replace(" ", "")
    if not re.fullmatch(rf"(?:{_DURATION.pattern})+", compact):
        return None
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _DURATION.findall(compact))
    return timedelta(seconds=seconds) if 0 < seconds <= 366 * 86400 else None


def plain(node: yaml.Node, *, without: str = "") -> Any:
    """Return a node as plain lists, dicts and texts, for hashing and for tests; perhaps without one of its keys."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): plain(value) for key, value in node.value if key.value != without}
    if isinstance(node, yaml.SequenceNode):
        return [plain(value) for value in node.value]
    return node.value


def _unfolded(node: yaml.Node, sizes: dict[int, int], most: int) -> int:
    """Return how many nodes a node stands for when each `*` is written out; raises _Endless."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if (size := sizes.get(id(node))) is None:
        sizes[id(node)] = 0  # not known yet: it is being asked
        parts = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
        sizes[id(node)] = size = 1 + sum(_unfolded(part, sizes, most) for part in parts)
    if size == 0 or size > most:
        raise _Endless(node, "stands inside itself" if size == 0 else f"stands for more than {most:,} values")
    return size


def _one_of(known: Sequence[str]) -> str:
    return ", ".join(known[:-1]) + (" or " if len(known) > 1 else "") + known[-1] if known else "keys"
