"""Rule files → rules: those that are known by their text are taken over, and the others parsed a few at a time.

What must stay true: whichever way a file is read, it gives the same rules and the same mistakes as when it is parsed as
a whole. A few at a time, because the YAML parser holds up all threads of the process while it is at work.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

import yaml

from services.alert.clauses import AnyOf, Term
from services.alert.condition import parse_condition
from services.alert.rest import Rest, no_rest
from services.alert.rule import Rule
from services.alert.rule_chunks import Chunk, chunks_of, in_place, stand_alone
from services.alert.rule_file import RuleFile
from services.alert.rule_layout import Frame, FrameReader, layout_of
from services.alert.rule_parser import RuleParser
from services.alert.rule_version import text_hash
from services.alert.vocabulary import Vocabulary

RULES_AT_ONCE = 25  # a millisecond or two of YAML

Key = tuple[str, str, str]  # vocabulary version, what stands before the rules, the rule's text
Groups = Mapping[str, tuple[Term, ...]]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as it was read: a hash of all it depends on, its rules, and those that are known by their text."""

    hash: str
    rules: Sequence[Rule]
    by_text: Mapping[Key, Rule]


@dataclass
class RuleReader:
    """Reads rule files; `before` are those of before, and `files` those of now, by name."""

    vocabulary: Vocabulary
    before: Mapping[str, ReadFile] = field(default_factory=dict)
    rest: Rest = no_rest  # called between any two rules
    files: dict[str, ReadFile] = field(default_factory=dict)
    _parsed: dict[Key, Rule] = field(default_factory=dict)  # of the file that is being read

    def read(self, file: RuleFile) -> Sequence[Rule]:
        """Return the rules of a file; what is wrong with it is noted there."""
        hash, known = text_hash(f"{self.vocabulary.version}\n{file.text}"), self.before.get(file.name)
        if known is None or known.hash != hash:
            self._parsed = {}
            known = ReadFile(hash, self._read(file), self._parsed)
        self.files[file.name] = known
        return known.rules

    @cached_property
    def _known(self) -> Mapping[Key, Rule]:
        """The rules of before, wherever they stood."""
        return {key: rule for file in self.before.values() for key, rule in file.by_text.items()}

    def _read(self, file: RuleFile) -> Sequence[Rule]:
        head, chunks = chunks_of(file.text)
        if chunks and stand_alone(file.text[len(head) :]):
            rules = self._in_chunks(file, head, chunks)
            if rules is not None:
                return rules
        root = file.root()
        if root is None:
            if not file.problems:  # also what a file looks like while it is being written
                file.wrong_at(0, 0, "the file is empty; a rule file has 'rules'")
            return ()
        return list(self._rules(file, *self._contents(file, root)))

    def _in_chunks(self, file: RuleFile, head: str, chunks: Sequence[Chunk]) -> list[Rule] | None:
        """Return the rules of a file chunk by chunk; None when it has to be seen as a whole."""
        before = RuleFile(file.name, head)
        root = before.root()
        if root is None:
            return None
        groups, _ = self._contents(before, root)
        meaning = self._meaning_before(head)
        new = [chunk for chunk in chunks if (*meaning, chunk.text) not in self._known]
        fresh = self._by_layout(file.name, new, groups)
        unknown = iter([chunk for chunk in new if chunk.line not in fresh])
        while some := tuple(islice(unknown, RULES_AT_ONCE)):
            self.rest()
            text, lines_before = in_place(some)
            alone = RuleFile(file.name, text, lines_before)
            root = alone.root()
            rules = list(self._rules(alone, groups, self._contents(alone, root)[1])) if root else []
            if [rule.line for rule in rules] != [chunk.line for chunk in some]:
                return None
            before.problems += alone.problems
            fresh.update((rule.line, rule) for rule in rules)
        file.problems += before.problems
        return [self._taken(file, (*meaning, chunk.text), chunk.line, fresh) for chunk in chunks]

    def _by_layout(self, name: str, chunks: Sequence[Chunk], groups: Groups) -> dict[int, Rule]:
        """Return by line the rules that are laid out like others, and right; YAML itself has a look at the rest."""
        framed: dict[Frame, list[tuple[int, tuple[str, ...]]]] = {}
        reader = FrameReader()
        for chunk in chunks:
            frame, values = reader.read(chunk.text)
            framed.setdefault(frame, []).append((chunk.line, values))
        alone, rules = RuleFile(name, ""), {}
        for frame, places in framed.items():
            layout = layout_of(frame) if len(places) > 1 else None
            if layout is None:
                continue
            parser = RuleParser(alone, self.vocabulary, groups, layout)
            for line, values in places:
                self.rest()
                alone.lines_before = line - 2
                rule = parser.parse_alike(values)
                if not alone.problems:
                    rules[line] = rule
                alone.problems.clear()
        return rules

    def _taken(self, file: RuleFile, key: Key, line: int, fresh: Mapping[int, Rule]) -> Rule:
        """Return a rule that is new, or known from wherever it stood before."""
        rule = fresh.get(line) or self._known[key]
        if (rule.line, rule.file) != (line, file.name):
            rule = replace(rule, line=line, file=file.name)
        self._parsed[key] = rule
        return rule

    def _meaning_before(self, head: str) -> tuple[str, str]:
        """Return what a rule's meaning depends on beside its text; of what stands before the rules, only the groups."""
        lines = (line for line in head.splitlines() if line.strip() and not line.lstrip().startswith("#"))
        return self.vocabulary.version, "\n".join(lines)

    def _contents(self, file: RuleFile, root: yaml.Node) -> tuple[Groups, yaml.Node | None]:
        """Return the groups of a file, and the node of its rules."""
        found = file.items(root, ("groups", "rules"), "a rule file")
        if "rules" not in found:
            file.wrong(root, "a rule file needs 'rules'")
        groups: dict[str, tuple[Term, ...]] = {}
        for name, members in file.pairs(found["groups"], "groups") if "groups" in found else ():
            groups[" ".join(str(name.value).casefold().split())] = _members(file, members, self.vocabulary, groups)
        return groups, found.get("rules")

    def _rules(self, file: RuleFile, groups: Groups, rules: yaml.Node | None) -> Iterator[Rule]:
        """Yield the rules of a node."""
        parser = RuleParser(file, self.vocabulary, groups)
        for node in file.each(rules) if rules is not None else ():
            yield parser.parse(node)


def _members(file: RuleFile, node: Any, vocabulary: Vocabulary, groups: Groups) -> tuple[Term, ...]:
    """Return the members of a group: names (quoted or not), or other groups that stand above it."""
    terms: list[Term] = []
    for one in file.each(node):
        if not (name := file.text_of(one, "a member")):
            continue
        parsed = parse_condition(name, vocabulary, groups)
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
