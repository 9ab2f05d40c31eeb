"""How large a draft of rules may unfold: a few lines can stand for a billion, and no reader of rules need bear that."""

import yaml

from runtime.errors import Unprocessable

MOST_DEPTH = 40  # of YAML; rules and their tests need eight
MOST_NODES = 50_000  # with every alias written out
MOST_PARENTHESES = 60  # inside each other, in one condition


class DraftTooLarge(Unprocessable):
    """A draft that would unfold beyond reason."""


def check_draft(text: str) -> None:
    """Raise DraftTooLarge for a draft that nests or unfolds too far; what is no YAML is left to the reader of rules."""
    sizes: dict[str, int] = {}  # of anchored nodes, unfolded
    open_nodes: list[tuple[str | None, int]] = []  # anchor of each open node, and how many nodes there were before it
    nodes = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                nodes += sizes.get(event.anchor or "", MOST_NODES)
            elif isinstance(event, yaml.NodeEvent):
                nodes += 1
                if isinstance(event, yaml.ScalarEvent):
                    _check_parentheses(event.value)
                    sizes |= {event.anchor: 1} if event.anchor else {}
                else:
                    open_nodes.append((event.anchor, nodes - 1))
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, before = open_nodes.pop()
                sizes |= {anchor: nodes - before} if anchor else {}
            if len(open_nodes) > MOST_DEPTH:
                raise DraftTooLarge(f"expected at most {MOST_DEPTH} levels of YAML, found more")
            if nodes > MOST_NODES:
                raise DraftTooLarge(f"expected at most {MOST_NODES} values, aliases written out, found more")
    except yaml.YAMLError:
        return


def _check_parentheses(text: str) -> None:
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth > MOST_PARENTHESES:
            raise DraftTooLarge(f"expected at most {MOST_PARENTHESES} parentheses inside each other, found more")
