"""The rulebook: all rules of all files, checked, in one version, ready to be matched."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from runtime.errors import Misconfigured
from schemas import TaggedArticle
from services.alert.article_view import ArticleView, view_of
from services.alert.clauses import AnyOf, Term, terms_of
from services.alert.condition import parse_condition
from services.alert.index import RuleIndex
from services.alert.phrases import Phrases
from services.alert.rule import Rule
from services.alert.rule_chunks import chunks_of
from services.alert.rule_file import Problem, RuleFile
from services.alert.rule_parser import RuleParser, content_hash
from services.alert.vocabulary import Vocabulary

CANARY = "canary"  # the reserved rule: it alone sees canary pages, and sees nothing else

Parsed = dict[tuple[str, str, str], Rule]  # vocabulary version, what stands before the rules, the rule's text


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
    phrases: Phrases = field(default_factory=lambda: Phrases.of(()))
    index: RuleIndex = field(default_factory=lambda: RuleIndex.of(()))  # of all rules but the canary's
    parsed: Parsed = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        rules: Iterable[Rule],
        vocabulary_version: str = "",
        *,
        previous: "Rulebook | None" = None,
        parsed: Parsed | None = None,
    ) -> "Rulebook":
        """Return the rulebook of these rules; from a previous one it takes over whatever is the same."""
        by_id = {rule.id: rule for rule in rules}
        version = content_hash(sorted((rule.id, rule.version) for rule in by_id.values()))
        wanted = frozenset(term.key for rule in by_id.values() for term in rule_terms(rule) if term.kind == "phrase")
        phrases = previous.phrases if previous and previous.phrases.wanted == wanted else Phrases.of(wanted)
        index = _index_of([rule for rule in by_id.values() if rule.id != CANARY], previous)
        return cls(by_id, version, vocabulary_version, phrases, index, parsed or {})

    def view(self, tagged: TaggedArticle) -> ArticleView:
        """Return an article as these rules see it."""
        return view_of(tagged, self.phrases)

    @cached_property
    def canary(self) -> Rule | None:
        """The reserved rule, when there is one."""
        return self.rules.get(CANARY)


def _index_of(rules: list[Rule], previous: Rulebook | None) -> RuleIndex:
    """Return the index of some rules: the previous one with the changes, or a new one when there are many."""
    if previous is None:
        return RuleIndex.of(rules)
    before, now = previous.index.by_id, {rule.id: rule for rule in rules}
    # Whatever is written in a rule but decides nothing (its tests) changes no version, and is taken over all the same.
    changed = [rule for rule in rules if (old := before.get(rule.id)) is None or old != rule]
    gone = [id for id in before if id not in now]
    if (len(changed) + len(gone)) * 4 > len(rules):
        return RuleIndex.of(rules)
    index = previous.index.changed(add=changed, remove=gone)
    return index.merged() if index.is_due else index


def rule_terms(rule: Rule) -> Iterator[Term]:
    """Yield every term a rule looks for, with repeats."""
    yield from terms_of(rule.condition)
    for terms, _ in rule.mentions:
        yield from terms


def parse_rules(files: Mapping[str, str], vocabulary: Vocabulary, previous: Rulebook | None = None) -> Rulebook:
    """Return the rulebook of some files (name → YAML); raises BadRules with all that is wrong in any of them.

    Rules whose text has not changed are taken from `previous`.
    """
    problems: list[Problem] = []
    rules: dict[str, Rule] = {}
    parsed: Parsed = {}
    for name in sorted(files):
        file = RuleFile(name, files[name])
        for rule in _known_rules(file, vocabulary, previous, parsed) or _rules_of(file, vocabulary, parsed):
            if rule.id in rules and rule.id:
                first = rules[rule.id]
                file.wrong_at(rule.line - 1, 0, f"the id '{rule.id}' is taken, by {first.file}:{first.line}")
            rules[rule.id] = rule
        problems += sorted(file.problems)
    if problems:
        raise BadRules(tuple(problems))
    return Rulebook.of(rules.values(), vocabulary.version, previous=previous, parsed=parsed)


def _known_rules(file: RuleFile, vocabulary: Vocabulary, previous: Rulebook | None, parsed: Parsed) -> list[Rule]:
    """Return the rules of a file of which most are known; nothing when it has to be parsed as a whole."""
    head, chunks = chunks_of(file.text)
    known = previous.parsed if previous else {}
    keys = [_key(vocabulary, head, chunk.text) for chunk in chunks]
    if not known or sum(key not in known for key in keys) * 4 > len(keys):
        return []
    rules = []
    for key, chunk in zip(keys, chunks, strict=True):
        rule = known.get(key)
        if rule is None:
            # Parsed in the place where it stands, so that lines are right; mistakes are told by parsing the whole file.
            alone = RuleFile(file.name, f"{head}\n{chunk.text}\n")
            found = list(_rules_of(alone, vocabulary, {}))
            if alone.problems or len(found) != 1:
                return []
            rule = found[0]
        if (rule.line, rule.file) != (chunk.line, file.name):
            rule = replace(rule, line=chunk.line, file=file.name)
        parsed[key] = rule
        rules.append(rule)
    return rules


def _rules_of(file: RuleFile, vocabulary: Vocabulary, parsed: Parsed) -> Iterator[Rule]:
    """Yield the rules of one file, and remember them by their text."""
    root = file.root()
    if root is None:
        if not file.problems:  # also what a file looks like while it is being written
            file.wrong_at(0, 0, "the file is empty; a rule file has 'rules'")
        return
    found = file.items(root, ("groups", "rules"), "a rule file")
    if "rules" not in found:
        file.wrong(root, "a rule file needs 'rules'")
    groups: dict[str, tuple[Term, ...]] = {}
    for name, members in file.pairs(found["groups"], "groups") if "groups" in found else ():
        groups[" ".join(str(name.value).casefold().split())] = _members(file, members, vocabulary, groups)
    parser = RuleParser(file, vocabulary, groups)
    head, chunks = chunks_of(file.text)
    by_line = {chunk.line: chunk.text for chunk in chunks}
    for node in file.each(found["rules"]) if "rules" in found else ():
        rule = parser.parse(node)
        if rule.line in by_line:
            parsed[_key(vocabulary, head, by_line[rule.line])] = rule
        yield rule


def _key(vocabulary: Vocabulary, head: str, text: str) -> tuple[str, str, str]:
    """Return what a rule's meaning depends on; of what stands before the rules only the groups do."""
    groups = "\n".join(line for line in head.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return vocabulary.version, groups, text


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
