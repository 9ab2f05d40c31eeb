"""One rule of a file, from YAML to Rule; everything that is wrong with it is noted in the file."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from services.alert.article_view import ArticleView
from services.alert.clauses import ARTICLE, AllOf, AnyOf, Clause, Points, Scope, Term, Within, scope_mistakes
from services.alert.condition import parse_condition
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
from services.alert.vocabulary import Vocabulary

FIELDS = (
    "id", "title", "description", "when", "within", "where", "at_least", "weights", "over", "spike", "severity",
    "cooldown", "tags", "mute", "quiet", "shadow", "tests",
)  # fmt: skip
SEVERITIES = ("low", "medium", "high", "critical")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_EMPTY = ArticleView({}, (0, 1))  # an article that mentions nothing at all


@dataclass
class RuleParser:
    """Parses the rules of one file."""

    file: RuleFile
    vocabulary: Vocabulary
    groups: Mapping[str, tuple[Term, ...]]

    def parse(self, node: yaml.Node) -> Rule:
        """Return the rule at a node; of no use when something is wrong with it, which the file then knows."""
        file, found = self.file, self.file.items(node, FIELDS, "a rule")
        id = file.text_of(found["id"], "id") if "id" in found else ""
        if "id" not in found:
            file.wrong(node, "a rule needs an 'id'")
        elif not _ID.fullmatch(id):
            file.wrong(found["id"], "an id is lower-case letters, digits and hyphens, at most 64")
        condition = self._condition(node, found)
        muted, until = read_mute(file, found["mute"]) if "mute" in found else (False, None)
        quiet = read_quiet(file, found["quiet"]) if "quiet" in found else None
        where = read_where(file, found["where"]) if "where" in found else Where()
        return Rule(
            id=id,
            title=file.text_of(found["title"], "title") if "title" in found else id,
            description=file.text_of(found["description"], "description") if "description" in found else "",
            when=" ".join(found["when"].value.split()) if isinstance(found.get("when"), yaml.ScalarNode) else "",
            condition=condition,
            version=self._version(node, condition),
            where=where,
            mentions=read_mentions(file, found["at_least"], self._names) if "at_least" in found else (),
            over=read_over(file, found["over"]) if "over" in found else None,
            spike=read_spike(file, found["spike"]) if "spike" in found else None,
            severity=file.choice(found["severity"], SEVERITIES, "severity") if "severity" in found else "medium",  # type: ignore[arg-type]
            cooldown=file.duration(found["cooldown"], "cooldown") if "cooldown" in found else None,
            tags=tuple(file.text_of(one, "a tag") for one in file.each(found["tags"])) if "tags" in found else (),
            mute_until=until,
            is_muted=muted,
            quiet=quiet,
            is_shadow=file.truth(found["shadow"], "shadow") if "shadow" in found else False,
            tests=read_tests(file, found["tests"], node.start_mark.line) if "tests" in found else (),
            file=file.name,
            line=file.line_of(node.start_mark.line),
        )

    def _condition(self, node: yaml.Node, found: Mapping[str, yaml.Node]) -> Clause:
        """Return the rule's whole condition: `when` bounded by `within`, and the points of `weights`."""
        file, parts = self.file, []
        if "when" not in found and "weights" not in found:
            file.wrong(node, "a rule needs 'when' (or 'weights')")
        before = len(file.problems)
        if "when" in found:
            clause = self._when(found["when"])
            scope = read_scope(file, found["within"]) if "within" in found else ARTICLE
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
        if parts and len(file.problems) == before and condition.true_places(ARTICLE, _EMPTY, _EMPTY):
            file.wrong(
                found.get("when", node), "this rings for an article that mentions nothing of it; ask for something"
            )
        return condition

    def _when(self, node: Any) -> Clause:
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        if not text.strip():
            self.file.wrong(node, "when is a condition such as: Niger and Russia and military")
            return AnyOf(())
        parsed = parse_condition(text, self.vocabulary, self.groups)
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

    def _version(self, node: yaml.Node, condition: Clause) -> str:
        """Return a hash of the rule without its tests, and of what its names mean."""
        content = plain(node, without="tests")
        return content_hash([content, condition.meaning()])


def bounded(clause: Clause, scope: Scope) -> tuple[Clause, tuple[str, ...]]:
    """Return a clause with a rule's `within` worked in, and what is wrong with that.

    What the rule asks for must stand within the scope; what it excludes (`not`) is looked for in the whole article.
    """
    if scope == ARTICLE:
        return clause, ()
    parts = clause.parts if isinstance(clause, AllOf) else (clause,)
    wanted = tuple(part.nots_everywhere() for part in parts if part.is_wanted)
    unwanted = tuple(part for part in parts if not part.is_wanted)
    if not wanted:
        return clause, ()
    together = wanted[0] if len(wanted) == 1 else AllOf(wanted)
    inside = Within(together, scope)
    return (AllOf((inside, *unwanted)) if unwanted else inside), scope_mistakes(together, scope)


def content_hash(content: Any) -> str:
    """Return 16 hex digits that stand for plain data."""

    def plainer(value: Any) -> str:
        return value.isoformat() if isinstance(value, datetime) else str(value)

    packed = json.dumps(content, sort_keys=True, ensure_ascii=False, default=plainer)
    return hashlib.sha256(packed.encode()).hexdigest()[:16]
