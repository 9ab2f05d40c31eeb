"""One rule of a file, from YAML to Rule; everything that is wrong with it is noted in the file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import yaml

from schemas.alert import Severity
from services.alert.clauses import ARTICLE, AllOf, AnyOf, Clause, Points, Scope, Term
from services.alert.condition import parse_condition
from services.alert.condition_builder import Meanings
from services.alert.condition_form import filled
from services.alert.condition_scope import bounded, rings_for_nothing
from services.alert.condition_shape import in_one_line
from services.alert.rule import Rule, Where
from services.alert.rule_fields import (
    read_mentions,
    read_mute,
    read_over,
    read_quiet,
    read_scope,
    read_spike,
    read_tests,
    read_weights,
    read_where,
)
from services.alert.rule_file import RuleFile, plain
from services.alert.rule_layout import Layout
from services.alert.rule_pattern import ID, Pattern, pattern_of
from services.alert.rule_version import packed, version_of
from services.alert.vocabulary import Vocabulary

FIELDS = (
    "id", "title", "description", "when", "within", "where", "at_least", "weights", "over", "spike", "severity",
    "cooldown", "tags", "mute", "quiet", "shadow", "tests",
)  # fmt: skip
SEVERITIES = ("low", "medium", "high", "critical")
ANYWHERE = Where()
Value = TypeVar("Value")


@dataclass
class RuleParser:
    """Parses the rules of one file, or those of one layout: what is the same in all of them is read once."""

    file: RuleFile
    vocabulary: Vocabulary
    groups: Mapping[str, tuple[Term, ...]]
    layout: Layout | None = None
    _read_before: dict[int, Any] = field(default_factory=dict)
    _pattern: Pattern | None = None
    _looks_for_pattern: bool = True

    def __post_init__(self) -> None:
        self._meanings = Meanings(self.vocabulary, self.groups)

    def parse_alike(self, values: Sequence[str]) -> Rule:
        """Return what `parse` does for the rule of the layout with these values; it begins on line 1 of the text."""
        layout = self.layout
        if layout is None:
            raise TypeError("a parser of one layout has one")
        if self._pattern is not None:
            rule = self._pattern.rule(values, self._meanings, self.file.name, self.file.line_of(1))
            if rule is not None:
                return rule
        node = layout.filled(values)
        rule = self.parse(node)
        if not self.file.problems:
            found = self._once(node, _fields)
            scope = self._scope(found)
            if self._looks_for_pattern:
                self._pattern, self._looks_for_pattern = pattern_of(layout, rule, found, scope), False
            if self._pattern is not None:
                self._pattern.learn(values, rule, scope)
        return rule

    def parse(self, node: yaml.Node) -> Rule:
        """Return the rule at a node; of no use when something is wrong with it, which the file then knows."""
        file, found, read = self.file, self._once(node, _fields), self._once
        id = file.text_of(found["id"], "id") if "id" in found else ""
        if "id" not in found:
            file.wrong(node, "a rule needs an 'id'")
        elif not ID.fullmatch(id):
            file.wrong(found["id"], "an id is lower-case letters, digits and hyphens, at most 64")
        condition, meaning = self._condition(node, found)
        muted, until = read(found["mute"], read_mute) if "mute" in found else (False, None)
        return Rule(
            id=id,
            title=file.text_of(found["title"], "title") if "title" in found else id,
            description=file.text_of(found["description"], "description") if "description" in found else "",
            when=in_one_line(found["when"].value) if isinstance(found.get("when"), yaml.ScalarNode) else "",
            condition=condition,
            version=version_of(self._packed(node), meaning),
            where=read(found["where"], read_where) if "where" in found else ANYWHERE,
            mentions=read_mentions(file, found["at_least"], self._names) if "at_least" in found else (),
            over=read(found["over"], read_over) if "over" in found else None,
            spike=read(found["spike"], read_spike) if "spike" in found else None,
            severity=read(found["severity"], _severity) if "severity" in found else "medium",
            cooldown=read(found["cooldown"], _cooldown) if "cooldown" in found else None,
            tags=read(found["tags"], _tags) if "tags" in found else (),
            mute_until=until,
            is_muted=muted,
            quiet=read(found["quiet"], read_quiet) if "quiet" in found else None,
            is_shadow=file.truth(found["shadow"], "shadow") if "shadow" in found else False,
            tests=read_tests(file, found["tests"], node.start_mark.line) if "tests" in found else (),
            file=file.name,
            line=file.line_of(node.start_mark.line),
        )

    def _packed(self, node: yaml.Node) -> str:
        """Return what a rule says without its tests, packed for its version."""
        return self.layout.packed(self.layout.texts()) if self.layout else packed(plain(node, without="tests"))

    def _once(self, node: yaml.Node, read: Callable[[RuleFile, yaml.Node], Value]) -> Value:
        """Return what a node says; a mistake is told each time."""
        if self.layout is None or id(node) not in self.layout.fixed:
            return read(self.file, node)
        if id(node) in self._read_before:
            value: Value = self._read_before[id(node)]
            return value
        before, value = len(self.file.problems), read(self.file, node)
        if len(self.file.problems) == before:
            self._read_before[id(node)] = value
        return value

    def _condition(self, node: yaml.Node, found: Mapping[str, yaml.Node]) -> tuple[Clause, str]:
        """Return the rule's whole condition, and its meaning: `when` bounded by `within`, the points of `weights`."""
        file, parts, before = self.file, [], len(self.file.problems)
        if "when" not in found and "weights" not in found:
            file.wrong(node, "a rule needs 'when' (or 'weights')")
        if "when" in found:
            scope = self._scope(found)
            is_alone = "weights" not in found and len(file.problems) == before
            if is_alone and (whole := self._by_form(found["when"], scope)) is not None:
                return whole
            clause = self._when(found["when"])
            if len(file.problems) == before:
                clause, mistakes = bounded(clause, scope)
                for message in mistakes:
                    file.wrong(found["within"], message)
            parts.append(clause)
        elif "within" in found:
            file.wrong(found["within"], "within goes with 'when'")
        if "weights" in found:
            parts.append(Points(*read_weights(file, found["weights"], self._names)))
        condition = parts[0] if len(parts) == 1 else AllOf(tuple(parts))
        if parts and len(file.problems) == before and rings_for_nothing(condition):
            file.wrong(
                found.get("when", node), "this rings for an article that mentions nothing of it; ask for something"
            )
        return condition, condition.meaning()

    def _scope(self, found: Mapping[str, yaml.Node]) -> Scope:
        return self._once(found["within"], read_scope) if "within" in found else ARTICLE

    def _by_form(self, when: Any, scope: Scope) -> tuple[Clause, str] | None:
        """Return a condition within a scope, and its meaning; None when it has to be parsed as it is written."""
        return filled(when.value, scope, self._meanings) if isinstance(when, yaml.ScalarNode) else None

    def _when(self, node: Any) -> Clause:
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        if not text.strip():
            self.file.wrong(node, "when is a condition such as: Niger and Russia and military")
            return AnyOf(())
        parsed = parse_condition(text, self.vocabulary, self.groups, self._meanings)
        if not isinstance(parsed, tuple):
            return parsed
        # YAML takes the outer quotes away: `when: "oil"` is the name oil, not the phrase.
        hint = " (YAML took the outer quotes; a phrase alone is written '\"…\"')" if node.style in ("'", '"') else ""
        for mistake in parsed:
            self.file.wrong_inside(node, mistake.offset, mistake.message + hint * ('"' not in text))
        return AnyOf(())

    def _names(self, node: yaml.Node) -> tuple[Term, ...]:
        """Return the terms that a key of `mentions` or `points` names: an actor, a topic, a group or a "phrase"."""
        name = str(node.value)
        text = f'"{name}"' if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"') else name
        terms = self.groups.get(name.casefold()) or self.vocabulary.resolve(name)
        if terms:
            return terms
        parsed = parse_condition(text, self.vocabulary, self.groups)
        if isinstance(parsed, Term):
            return (parsed,)
        for mistake in parsed if isinstance(parsed, tuple) else ():
            self.file.wrong_inside(node, mistake.offset, mistake.message)
        return ()


def _fields(file: RuleFile, node: yaml.Node) -> dict[str, yaml.Node]:
    return file.items(node, FIELDS, "a rule")


def _severity(file: RuleFile, node: yaml.Node) -> Severity:
    return file.choice(node, SEVERITIES, "severity")  # type: ignore[return-value]


def _cooldown(file: RuleFile, node: yaml.Node) -> timedelta:
    return file.duration(node, "cooldown")


def _tags(file: RuleFile, node: yaml.Node) -> tuple[str, ...]:
    return tuple(file.text_of(one, "a tag") for one in file.each(node))
