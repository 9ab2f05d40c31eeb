"""The rulebook: all rules of all files, checked, in one version, ready to be matched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from runtime.errors import Misconfigured
from schemas import TaggedArticle
from services.alert.article_view import ArticleView, view_of
from services.alert.clauses import Clause, Term
from services.alert.index import RuleIndex
from services.alert.phrases import Phrases
from services.alert.rest import Rest, no_rest
from services.alert.rule import Rule
from services.alert.rule_file import Problem, RuleFile
from services.alert.rule_reading import ReadFile, RuleReader
from services.alert.rule_version import content_hash
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
    phrases: Phrases = field(default_factory=lambda: Phrases.of(()))
    index: RuleIndex = field(default_factory=lambda: RuleIndex.of(()))  # of all rules but the canary's
    files: Mapping[str, ReadFile] = field(default_factory=dict, repr=False)  # that they stand in, by name

    @classmethod
    def of(
        cls,
        rules: Iterable[Rule],
        vocabulary_version: str = "",
        *,
        previous: "Rulebook | None" = None,
        files: Mapping[str, ReadFile] | None = None,
        rest: Rest = no_rest,
    ) -> "Rulebook":
        """Return the rulebook of these rules; from a previous one it takes over whatever is the same.

        `rest` is called between any two rules that are worked on, so that other work can have its turn.
        """
        by_id = {rule.id: rule for rule in rules}
        version = content_hash(sorted((rule.id, rule.version) for rule in by_id.values()))
        wanted = frozenset(term.key for term in _terms_of_all(by_id.values()) if term.kind == "phrase")
        phrases = previous.phrases if previous and previous.phrases.wanted == wanted else Phrases.of(wanted)
        index = _index_of([rule for rule in by_id.values() if rule.id != CANARY], previous, rest)
        return cls(by_id, version, vocabulary_version, phrases, index, files or {})

    def view(self, tagged: TaggedArticle) -> ArticleView:
        """Return an article as these rules see it."""
        return view_of(tagged, self.phrases)

    @cached_property
    def canary(self) -> Rule | None:
        """The reserved rule, when there is one."""
        return self.rules.get(CANARY)


def _index_of(rules: list[Rule], previous: Rulebook | None, rest: Rest) -> RuleIndex:
    """Return the index of some rules: the previous one with the changes, or a new one when there are many."""
    if previous is None:
        return RuleIndex.of(rules, rest=rest)
    before, now = previous.index.by_id, {rule.id: rule for rule in rules}
    # Whatever is written in a rule but decides nothing (its tests) changes no version, and is taken over all the same.
    changed = [rule for rule in rules if (old := before.get(rule.id)) is not rule and not _is_same(old, rule)]
    gone = [id for id in before if id not in now]
    if (len(changed) + len(gone)) * 4 > len(rules):
        return RuleIndex.of(rules, rest=rest)
    if previous.index.is_due(len(changed) + len(gone)):
        return RuleIndex.of(rules, previous.index.frequencies(), rest)
    return previous.index.changed(add=changed, remove=gone)


def _is_same(old: Rule | None, rule: Rule) -> bool:
    return old is not None and old.version == rule.version and old == rule  # versions are told apart much faster


def _terms_of_all(rules: Iterable[Rule]) -> set[Term]:
    """Return every term that some rules look for."""
    found = {term for rule in rules for terms, _ in rule.mentions for term in terms}
    clauses: list[Clause] = [rule.condition for rule in rules]
    while clauses:
        clause = clauses.pop()
        if (terms := clause.alternatives()) is not None:
            found.update(terms)
        else:
            clauses += clause.children()
    return found


def parse_rules(
    files: Mapping[str, str], vocabulary: Vocabulary, previous: Rulebook | None = None, rest: Rest = no_rest
) -> Rulebook:
    """Return the rulebook of some files (name → YAML); raises BadRules with all that is wrong in any of them.

    Rules whose text has not changed are taken from `previous`. `rest` is called between any two that are parsed.
    """
    problems: list[Problem] = []
    rules: dict[str, Rule] = {}
    reader = RuleReader(vocabulary, previous.files if previous else {}, rest)
    for name in sorted(files):
        file = RuleFile(name, files[name])
        for rule in reader.read(file):
            if rule.id in rules and rule.id:
                first = rules[rule.id]
                file.wrong_at(rule.line - 1, 0, f"the id '{rule.id}' is taken, by {first.file}:{first.line}")
            rules[rule.id] = rule
        problems += sorted(file.problems)
    if problems:
        raise BadRules(tuple(problems))
    return Rulebook.of(rules.values(), vocabulary.version, previous=previous, files=reader.files, rest=rest)
