"""A rule as a pattern for others of its layout: only what differs is read anew, and everything else taken over.

What differs may be the id, the title, the description, the condition, and what tests say; and, as one of few values
that were read before, how close together, the severity and the cooldown. A rule in which something else differs, or
that has a mistake, is parsed as any other. What must stay true: a rule after a pattern is the rule that is parsed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import yaml

from services.alert.clauses import Scope
from services.alert.condition_builder import Meanings
from services.alert.condition_form import filled
from services.alert.condition_shape import in_one_line
from services.alert.rule import Rule
from services.alert.rule_layout import Layout
from services.alert.rule_version import version_of

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TEXTS = ("id", "title", "description", "when")
_FEW = ("within", "severity", "cooldown")
_OF_EACH = frozenset({*_TEXTS, "condition", "version", "tests", "file", "line"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """What rules of a layout share, and where among their values the rest stands."""

    layout: Layout
    shared: Mapping[str, Any]  # fields of a rule
    texts: Mapping[str, int]  # fields that are texts: places of their values
    few: Mapping[str, int]  # fields that say one of few things
    scope: Scope  # where it does not differ
    tests: tuple[dict[str, Any], ...]
    holes: tuple[tuple[int, str, int], ...]  # in the tests: number of the test, key, place of the value
    read: dict[tuple[str, str], Any] = field(default_factory=dict)  # what fields of `few` say by their text

    def learn(self, values: Sequence[str], rule: Rule, scope: Scope) -> None:
        """Note what a rule with these values says, and how close together."""
        for name, place in self.few.items():
            self.read[name, values[place]] = scope if name == "within" else getattr(rule, name)

    def rule(self, values: Sequence[str], meanings: Meanings, file: str, line: int) -> Rule | None:
        """Return the rule with these values; None when it takes a closer look, or something is wrong with it."""
        texts: dict[str, Any] = {name: values[place].strip() for name, place in self.texts.items()}
        try:
            few = {name: self.read[name, values[place]] for name, place in self.few.items()} if self.few else {}
        except KeyError:
            return None
        if not all(texts.values()) or not ID.fullmatch(texts["id"]):
            return None
        whole = filled(values[self.texts["when"]], few.pop("within", self.scope), meanings)
        if whole is None:
            return None
        texts["when"] = in_one_line(texts["when"])
        return Rule(
            **{"title": texts["id"], **self.shared, **texts, **few},
            condition=whole[0],
            version=version_of(self.layout.packed(values), whole[1]),
            tests=self._tests(values),
            file=file,
            line=line,
        )

    def _tests(self, values: Sequence[str]) -> tuple[dict[str, Any], ...]:
        tests = tuple([test.copy() for test in self.tests])
        for number, key, place in self.holes:
            tests[number][key] = values[place]
        return tests


def pattern_of(layout: Layout, rule: Rule, found: Mapping[str, yaml.Node], scope: Scope) -> Pattern | None:
    """Return the pattern that a rule is, which was read from these nodes of a layout; None when more differs."""
    places = {id(node): place for place, node in enumerate(layout.values) if node is not None}
    texts, few = (
        {name: places.pop(id(found[name])) for name in names if name in found and id(found[name]) in places}
        for names in (_TEXTS, _FEW)
    )
    holes = tuple(_holes(found.get("tests"), places))
    if not {"id", "when"} <= texts.keys() or {place for _, _, place in holes} != set(places.values()):
        return None
    if "weights" in found:  # a part of the condition
        return None
    differ = _OF_EACH - ({"title", "description"} & (found.keys() - texts.keys())) | few.keys()
    shared = {one.name: getattr(rule, one.name) for one in fields(rule) if one.name not in differ}
    return Pattern(layout, shared, texts, few, scope, rule.tests, holes)


def _holes(tests: yaml.Node | None, places: Mapping[int, int]) -> Iterator[tuple[int, str, int]]:
    """Yield where the values of a layout stand in the tests themselves; not what is deeper, or said twice."""
    for number, test in enumerate(tests.value if isinstance(tests, yaml.SequenceNode) else (tests,)):
        pairs = test.value if isinstance(test, yaml.MappingNode) else ()
        if len({key.value for key, _ in pairs}) < len(pairs):
            continue
        said = [(str(key.value), value) for key, value in pairs if key.value != "line"]  # that is its place in the rule
        yield from ((number, key, places[id(value)]) for key, value in said if id(value) in places)
