"""YAML with the line of every value, so that a mistake can be shown where it stands."""

from collections.abc import Iterator

import yaml

from services.tag.mistakes import Mistakes

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Reader:
    """Reads the nodes of one file and notes what is not as expected."""

    def __init__(self, file: str, mistakes: Mistakes) -> None:
        self.file = file
        self.mistakes = mistakes

    def root(self, text: str) -> yaml.Node | None:
        """Return the document's root node; None when it is empty or, with a mistake noted, not YAML."""
        try:
            return yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            self.mistakes.add(self.file, line, f"expected YAML, found: {error.problem}")
            return None

    def wrong(self, node: yaml.Node, what: str) -> None:
        """Note a mistake at the line of `node`."""
        self.mistakes.add(self.file, node.start_mark.line + 1, what)

    def fields(self, node: yaml.Node, of: str, known: tuple[str, ...] | None = None) -> Iterator[tuple[str, yaml.Node]]:
        """Yield (key, value node) of a mapping; notes unknown and doubled keys, and anything but a mapping."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"expected {of} as a mapping, found {_shown(node)}")
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if known is not None and name not in known:
                self.wrong(key, f"expected one of {', '.join(known)} in {of}, found '{name}'")
            elif name in seen:
                self.wrong(key, f"expected '{name}' once in {of}, found it twice")
            else:
                seen.add(name)
                yield name, value

    def items(self, node: yaml.Node, of: str) -> list[yaml.Node]:
        """Return the nodes of a list; notes anything else."""
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        self.wrong(node, f"expected {of} as a list, found {_shown(node)}")
        return []

    def text(self, node: yaml.Node, of: str) -> str:
        """Return the text of a scalar, or "" with a mistake noted."""
        if isinstance(node, yaml.ScalarNode) and str(node.value).strip():
            return str(node.value).strip()
        self.wrong(node, f"expected {of} as a text, found {_shown(node)}")
        return ""

    def texts(self, node: yaml.Node, of: str) -> list[str]:
        """Return the texts of a list of scalars, without the ones that are none."""
        return [text for item in self.items(node, of) if (text := self.text(item, of))]

    def one_of(self, node: yaml.Node, of: str, allowed: tuple[str, ...]) -> str:
        """Return the text of a scalar that is one of `allowed`, else the first of them with a mistake noted."""
        text = self.text(node, of)
        if text and text not in allowed:
            self.wrong(node, f"expected {of} as one of {', '.join(allowed)}, found '{text}'")
        return text if text in allowed else allowed[0]

    def number(self, node: yaml.Node, of: str) -> float:
        """Return a number greater than or equal to 0, else 0 with a mistake noted."""
        text = self.text(node, of)
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if text and not 0 <= value < 1e6:
            self.wrong(node, f"expected {of} as a number, found '{text}'")
        return max(value, 0.0)


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return f"'{node.value}'" if str(node.value).strip() else "nothing"
