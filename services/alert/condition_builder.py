"""A condition's parse tree → clauses; what its names mean, and everything that is wrong with them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice
from typing import Any, NamedTuple

from lark import Token

from services.alert.clauses import AllOf, AnyOf, Clause, Not, Scope, Term
from services.alert.condition_shape import OPENING
from services.alert.phrases import folded_phrase
from services.alert.vocabulary import Vocabulary

MOST_SENTENCES = 20  # a wider window is better said as a paragraph or the article
MOST_WORDS = 200
MOST_NAME_WORDS = 8


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a piece of text, and where (0-based offset into the piece)."""

    offset: int
    message: str


class Stand(Enum):
    """What stands for the next piece: for what it means, or for its text as a part of a name."""

    TERM = auto()
    TEXT = auto()


class Step(NamedTuple):
    """A node of the parse tree: what makes its meaning of its parts."""

    make: Callable[["Builder", list[Any]], Any]
    parts: tuple["Step | Token | Stand", ...]
    are_terms: bool = False  # all of them stand for what a piece means


@dataclass(slots=True)
class Builder:
    """Makes clauses of the parse tree, and collects mistakes instead of stopping at the first.

    With `pieces` the tree is that of a shape: they stand where its stand-ins do, and mean what `meanings` says.
    Places of mistakes are then wrong.
    """

    text: str
    vocabulary: Vocabulary
    groups: Mapping[str, tuple[Term, ...]]
    pieces: Iterator[str] = field(default_factory=lambda: iter(()))
    meanings: Mapping[str, Clause] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def build(self, step: Step) -> Any:
        """Return what a step means: a clause, a scope, or several clauses."""
        if step.are_terms:  # most are
            return step.make(self, list(map(self.meanings.__getitem__, islice(self.pieces, len(step.parts)))))
        found: list[Any] = []
        for part in step.parts:
            if part is Stand.TERM:
                found.append(self.meanings[next(self.pieces)])
            elif isinstance(part, Step):
                found.append(self.build(part))
            else:
                found.append(next(self.pieces) if part is Stand.TEXT else part)
        return step.make(self, found)

    def name(self, words: list[str]) -> Clause:
        """Return what a name means; of an unknown one a stand-in, and a mistake."""
        name = " ".join(words)
        found = (self.groups.get(name.casefold()) if self.groups else None) or self.vocabulary.resolve(name)
        if not found:
            near = self.vocabulary.suggest(name)
            offset = _start(words[0])
            bound = next((word for word in words if word.lower() == "within"), None)
            if bound is not None:
                message = "put parentheses around what must stand together: (… and …) within sentence"
                self.mistakes.append(Mistake(_start(bound), message))
                return Term("phrase", name, name)
            hint = f"; did you mean '{near}'?" if near else '; for the words themselves, put them in "quotes"'
            hint = _in_two(name, self.text, offset, self.vocabulary) or hint
            self.mistakes.append(Mistake(offset, f"'{name}' is no known actor, topic or group{hint}"))
            return Term("phrase", name, name)
        return found[0] if len(found) == 1 else AnyOf(found)

    def phrase(self, quoted: list[str]) -> Clause:
        """Return an exact phrase."""
        words = folded_phrase(quoted[0][1:-1])
        if not any(char.isalnum() for char in words):
            self.mistakes.append(Mistake(_start(quoted[0]), "the phrase is empty"))
        return Term("phrase", words, quoted[0][1:-1])

    def any_of(self, parts: list[Clause]) -> Clause:
        """Return `or`."""
        return AnyOf.of(parts)

    def all_of(self, parts: list[Clause]) -> Clause:
        """Return `and`."""
        return AllOf.of(parts)

    def negation(self, parts: list[Clause]) -> Clause:
        """Return `not`."""
        return Not.of(parts[0])

    def members(self, parts: list[Clause]) -> tuple[Clause, ...]:
        """Return the members of a list."""
        return tuple(parts)

    def group(self, parts: list[Clause]) -> tuple[Clause, ...]:
        """Return the members of a group, or the one name."""
        return parts[0].parts if isinstance(parts[0], AnyOf) else (parts[0],)

    def say(self, token: str, message: str) -> None:
        """Note a mistake at a token."""
        self.mistakes.append(Mistake(_start(token), message))

    def one_sentence(self, _: list[Token]) -> Scope:
        """Return the scope of one sentence."""
        return Scope("sentence")

    def paragraph(self, _: list[Token]) -> Scope:
        """Return the scope of a paragraph."""
        return Scope("paragraph")

    def article(self, _: list[Token]) -> Scope:
        """Return the scope of the article."""
        return Scope("article")

    def sentences(self, found: list[Token]) -> Scope:
        """Return the scope of some sentences in a row."""
        return self._sized("sentence", found[0], MOST_SENTENCES)

    def words(self, found: list[Token]) -> Scope:
        """Return the scope of some words."""
        return self._sized("words", found[0], MOST_WORDS)

    def _sized(self, unit: Any, number: Token, most: int) -> Scope:
        if not 1 <= int(number) <= most:
            self.mistakes.append(Mistake(_start(number), f"choose 1 to {most} {unit.rstrip('s')}s"))
        return Scope(unit, int(number))


def _start(token: str) -> int:
    """Return where a token begins."""
    return getattr(token, "start_pos", None) or 0


def _in_two(name: str, text: str, offset: int, vocabulary: Vocabulary) -> str:
    """Return what to write for a name with 'and' or 'or' in it, which a condition takes for two: its id."""
    words, at = text.split(), len(text[:offset].split())
    for start in range(max(0, at - MOST_NAME_WORDS), at + 1):
        for end in range(at + len(name.split()), min(len(words), start + MOST_NAME_WORDS) + 1):
            whole = " ".join(words[start:end]).strip("(),")
            if " and " in whole and len(found := vocabulary.resolve(whole)) == 1:
                return f"; '{whole}' has an 'and' in it, write its id: {found[0].key}"
    return ""


class Unclear(Exception):
    """Something is wrong with a name or a phrase."""


class Meanings(dict[str, Clause]):
    """What names and quoted phrases mean, each worked out once; raises Unclear for one with a mistake."""

    def __init__(self, vocabulary: Vocabulary, groups: Mapping[str, tuple[Term, ...]]) -> None:
        super().__init__()
        self.vocabulary, self.groups = vocabulary, groups

    def __missing__(self, piece: str) -> Clause:
        builder = Builder(piece, self.vocabulary, self.groups)
        clause = builder.phrase([piece]) if piece[0] in OPENING else builder.name([piece])
        if builder.mistakes:
            raise Unclear(piece)
        self[piece] = clause
        return clause
