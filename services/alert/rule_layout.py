"""The layout of a rule: its text with a stand-in for each value, so that YAML is parsed once for many rules.

Ten thousand rules have few layouts, and composing YAML is a third of what reading a rule takes. A value is only taken
out where YAML's own parse of the layout shows its stand-in as a value by itself; so the values are put back into that
parse, each where it was. What must stay true: a rule read by its layout is the rule that YAML reads.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from json.encoder import encode_basestring

import yaml

from services.alert.rule_chunks import RULES
from services.alert.rule_file import RuleFile, plain
from services.alert.rule_version import packed

STAND_IN = "\ue000"  # of the private area, which a rule has no use for; with a number and itself again

# Up to the end of its line, behind a key or a dash: in quotes without escapes, or plain and without what may end it.
_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff" + STAND_IN
_QUOTED = rf"[^\"'\\{_CONTROLS}]*(?:(?!\1)[\"'][^\"'\\{_CONTROLS}]*)*"
_UNQUOTED = {quote: rf"[^{quote}\\{_CONTROLS}]*" for quote in "\"'"}  # the same, of what stands in such quotes
_PLAIN = rf"[\w(][^:#{_CONTROLS}]*(?::\w[^:#{_CONTROLS}]*)*(?<! )"
_VALUE = re.compile(rf"(?<=[:-] )([\"'])?((?(1){_QUOTED}|{_PLAIN}))(?(1)\1)(?=\n|\Z)")
_PACKED_STAND_IN = re.compile(f'"{STAND_IN}([0-9]+){STAND_IN}"')

Frame = tuple[str | None, ...]  # the text between the values, and the quotes of each


@dataclass(frozen=True, slots=True)
class Layout:
    """The nodes of a rule that stands on line 1 of its text, and those of its values: they are filled anew each time.

    `fixed` are the nodes (by `id`) that say the same in each rule; of the rule itself, which fields it has.
    """

    root: yaml.Node
    values: tuple[yaml.ScalarNode | None, ...]  # None for what stands in a remark
    fixed: frozenset[int]
    said: tuple[str | int, ...]  # what a rule says, packed for its version: around the values, and places of these

    def filled(self, values: Iterable[str]) -> yaml.Node:
        """Return the nodes with these values."""
        for node, value in zip(self.values, values, strict=True):
            if node is not None:
                node.value = value
        return self.root

    def texts(self) -> list[str]:
        """Return the values that the nodes have now."""
        return ["" if node is None else node.value for node in self.values]

    def packed(self, values: Sequence[str]) -> str:
        """Return what the rule with these values says without its tests, packed for its version."""
        return "".join([part if isinstance(part, str) else encode_basestring(values[part]) for part in self.said])


def frame_of(text: str) -> tuple[Frame, tuple[str, ...]]:
    """Return the frame of a rule's text, and the values that are taken out of it."""
    parts = _VALUE.split(text)
    values = parts[2::3]
    del parts[2::3]
    return tuple(parts), tuple(values)


class FrameReader:
    """Takes the values out of texts, most of which are laid out like the one before: several times as fast as anew."""

    def __init__(self) -> None:
        self._frame: Frame = ()
        self._alike: re.Pattern[str] | None = None

    def read(self, text: str) -> tuple[Frame, tuple[str, ...]]:
        """Return the same as `frame_of`."""
        if self._alike is not None and (found := self._alike.fullmatch(text)):
            return self._frame, found.groups()
        frame, values = frame_of(text)
        if frame != self._frame:
            self._frame, self._alike = frame, _alike(frame)
        return frame, values


def _alike(frame: Frame) -> re.Pattern[str] | None:
    """Return a pattern of the texts with a frame; None where a quote before a value might belong to it in another."""
    fixed = [part or "" for part in frame[::2]]
    if any("'" in line or '"' in line for line in (part.rpartition("\n")[2] for part in fixed[:-1])):
        return None
    values = (f"{quote}({_UNQUOTED[quote]}){quote}" if quote else f"({_PLAIN})" for quote in frame[1::2])
    return re.compile("".join(chain.from_iterable(zip(map(re.escape, fixed), (*values, ""), strict=True))))


def layout_of(frame: Frame) -> Layout | None:
    """Return the layout that a frame has; None when it is no rule, or a value is no value by itself."""
    if any(STAND_IN in part for part in frame if part):
        return None
    parts: list[str] = [frame[0] or ""]
    stand_ins: list[str] = []
    for quote, behind in zip(frame[1::2], frame[2::2], strict=True):
        stand_ins.append(f"{STAND_IN}{len(stand_ins)}{STAND_IN}")
        parts += [quote or "", stand_ins[-1], quote or "", behind or ""]
    root = RuleFile("", f"{RULES}\n{''.join(parts)}\n").root()
    rules = root.value[0][1] if isinstance(root, yaml.MappingNode) else None
    if not isinstance(rules, yaml.SequenceNode) or len(rules.value) != 1 or rules.value[0].start_mark.line != 1:
        return None
    found: dict[str, yaml.ScalarNode] = {}
    for node, is_free in _scalars(rules.value[0]):
        if STAND_IN in node.value and (not is_free or node.value not in stand_ins or node.value in found):
            return None
        found[node.value] = node
    return _layout(rules.value[0], tuple(found.get(one) for one in stand_ins))


def _layout(rule: yaml.Node, values: tuple[yaml.ScalarNode | None, ...]) -> Layout:
    varied = {id(node) for node in values}
    fields = [value for _, value in rule.value] if isinstance(rule, yaml.MappingNode) else []
    fixed = [field for field in fields if not any(id(node) in varied for node, _ in _scalars(field))]
    said = _PACKED_STAND_IN.split(packed(plain(rule, without="tests")))
    parts = tuple(int(part) if at % 2 else part for at, part in enumerate(said))
    return Layout(rule, values, frozenset(map(id, (rule, *fixed))), parts)


def _scalars(node: yaml.Node, is_free: bool = True) -> Iterator[tuple[yaml.ScalarNode, bool]]:
    """Yield the scalars of a node, and whether one ends with its line: no key, and not between brackets."""
    if isinstance(node, yaml.ScalarNode):
        yield node, is_free
        return
    is_free = is_free and not getattr(node, "flow_style", True)
    for part in node.value:
        if isinstance(node, yaml.MappingNode):
            yield from _scalars(part[0], False)
            yield from _scalars(part[1], is_free)
        else:
            yield from _scalars(part, is_free)
