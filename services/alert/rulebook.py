"""The rulebook: all rules of all files, checked, in one version, ready to be matched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from runtime.errors import Misconfigured
from schemas import TaggedArticle
from services.alert.article_view import ArticleView, view_of
from services.alert.condition import parse_condition
from services.alert.expression import AnyOf, Term, terms_of
from services.alert.index import RuleIndex
from services.alert.phrases import Phrases
from services.alert.rule import Rule
from services.alert.rule_file import Problem, RuleFile
from services.alert.rule_parser import RuleParser, content_hash
from services.alert.vocabulary import Vocabulary

CANARY = "canary"  # the reserved rule: it alone sees canary pages, and sees nothing else


class BadRules(Misconfigured):
    """Rule files with mistakes; `problems` holds all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Rulebook:
    """Rules by id, in the order of their files, and the phrases they look for."""

    rules: Mapping[str, Rule]
    version: str = ""
    vocabulary_version: str = ""
    phrases: Phrases = field(default_factory=lambda: Phrases(None))
    index: RuleIndex = field(default_factory=lambda: RuleIndex.of(()))  # of all rules but the canary's

    @classmethod
    def of(cls, rules: Iterator[Rule] | tuple[Rule, ...], vocabulary_version: str = "") -> "Rulebook":
        """Return the rulebook of these rules."""
        by_id = {rule.id: rule for rule in rules}
        phrases = {term.key for rule in by_id.values() for term in rule_terms(rule) if term.kind == "phrase"}
        version = content_hash(sorted((rule.id, rule.version) for rule in by_id.values()))
        index = RuleIndex.of(rule for rule in by_id.values() if rule.id != CANARY)
        return cls(by_id, version, vocabulary_version, Phrases.of(sorted(phrases)), index)

    def view(self, tagged: TaggedArticle) -> ArticleView:
        """Return an article as these rules see it."""
        return view_of(tagged, self.phrases)

    @cached_property
    def canary(self) -> Rule | None:
        """The reserved rule, when there is one."""
        return self.rules.get(CANARY)


def rule_terms(rule: Rule) -> Iterator[Term]:
    """Yield every term a rule looks for, with repeats."""
    yield from terms_of(rule.condition)
    for terms, _ in rule.mentions:
        yield from terms


def parse_rules(files: Mapping[str, str], vocabulary: Vocabulary) -> Rulebook:
    """Return the rulebook of some files (name → YAML); raises BadRules with all that is wrong in any of them."""
    problems: list[Problem] = []
    rules: dict[str, Rule] = {}
    for name in sorted(files):
        file = RuleFile(name, files[name])
        for rule, node in _rules_of(file, vocabulary):
            if rule.id in rules and rule.id:
                first = rules[rule.id]
                file.wrong(node, f"the id '{rule.id}' is taken, by {first.file}:{first.line}")
            rules[rule.id] = rule
        problems += sorted(file.problems)
    if problems:
        raise BadRules(tuple(problems))
    return Rulebook.of(tuple(rules.values()), vocabulary.version)


def _rules_of(file: RuleFile, vocabulary: Vocabulary) -> Iterator[tuple[Rule, Any]]:
    """Yield the rules of one file with their nodes."""
    root = file.root()
    if root is None:
        return
    found = file.items(root, ("groups", "rules"), "a rule file")
    groups: dict[str, tuple[Term, ...]] = {}
    for name, members in file.pairs(found["groups"], "groups") if "groups" in found else ():
        groups[" ".join(str(name.value).casefold().split())] = _members(file, members, vocabulary, groups)
    parser = RuleParser(file, vocabulary, groups)
    for node in file.each(found["rules"]) if "rules" in found else ():
        yield parser.parse(node), node


def _members(
    file: RuleFile, node: Any, vocabulary: Vocabulary, groups: Mapping[str, tuple[Term, ...]]
) -> tuple[Term, ...]:
    """Return the members of a group: names (quoted or not), or other groups that stand above it."""
    terms: list[Term] = []
    for one in file.each(node):
        parsed = parse_condition(file.text_of(one, "a member"), vocabulary, groups)
        if isinstance(parsed, tuple):
            for mistake in parsed:
                file.wrong_inside(one, mistake.offset, mistake.message)
            continue
        members = parsed.parts if isinstance(parsed, AnyOf) else (parsed,)
        if not all(isinstance(member, Term) for member in members):
            file.wrong(one, "a group has names, phrases and other groups")
        terms += [member for member in members if isinstance(member, Term)]
    if not terms:
        file.wrong(node, "a group has at least one member")
    return tuple(dict.fromkeys(terms))
