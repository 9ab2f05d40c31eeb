"""The condition of a rule (`when:`), from text to clauses; every mistake is said with its place.

Niger and Russia and military
(Niger and Russia) within sentence and not sport
2 of (Mali, Niger, "Burkina Faso") or any of sahel
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import Any, NamedTuple

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from services.alert.clauses import OPERATORS, AllOf, AnyOf, Clause, Not, Scope, Term
from services.alert.clauses.syntax import Say
from services.alert.condition_shape import NAME, OPENING, PHRASE, shape_of
from services.alert.phrases import folded_phrase
from services.alert.vocabulary import Vocabulary

_GRAMMAR = r"""
?start: either
?either: both
       | both (_OR both)+           -> any_of
?both: negated
     | negated (_AND negated)+      -> all_of
?negated: _NOT negated              -> negation
        | item
?item: "(" either ")"
     | name
     | QUOTED                       -> phrase
     | OPERATORS
name: WORD (WORD | NUMBER)*
members: "(" either ("," either)* ")"
    | name                          -> group
scope: SENTENCE                     -> one_sentence
     | NUMBER SENTENCES             -> sentences
     | NUMBER WORDS                 -> words
     | PARAGRAPH                    -> paragraph
     | ARTICLE                      -> article

_OR.3: /or(?![\w'’-])/i
_AND.3: /and(?![\w'’-])/i
_NOT.3: /not(?![\w'’-])/i
_OF.3: /of(?![\w'’-])/i
_ANY.3: /any(?=\s+of\b)/i
_ALL.3: /all(?=\s+of\b)/i
SENTENCE.3: /(1\s+)?sentence(?![\w'’-])/i
SENTENCES.3: /sentences(?![\w'’-])/i
WORDS.3: /words(?![\w'’-])/i
PARAGRAPH.3: /paragraph(?![\w'’-])/i
ARTICLE.3: /article(?![\w'’-])/i
NUMBER.2: /\d+(?![\w'’.-])/
QUOTED: /"[^"\n]*"|“[^”\n]*”/
WORD: /[^\W_][\w.'’&\/-]*/
%ignore /\s+/
"""

_ITEMS = "\n     | ".join(f"{operator.rule} -> {operator.name}" for operator in OPERATORS)
_KEYWORDS = {terminal: word for operator in OPERATORS for terminal, word in operator.keywords.items()}
_TERMINALS = "".join(rf"{terminal}.3: /{word}(?![\w'’-])/i" + "\n" for terminal, word in _KEYWORDS.items())
_PARSER = Lark(
    _GRAMMAR.replace("OPERATORS", _ITEMS) + _TERMINALS, parser="lalr", lexer="contextual", maybe_placeholders=False
)

MOST_SENTENCES = 20  # a wider window is better said as a paragraph or the article
MOST_WORDS = 200
MOST_NAME_WORDS = 8
MOST_LEVELS = 50  # of clauses in clauses

_SAYS = {
    "_OR": "or", "_AND": "and", "_NOT": "not", "_ANY": "any of", "_ALL": "all of", "_OF": "of",
    "NUMBER": "a number", "QUOTED": 'a "phrase"', "WORD": "a name", "LPAR": "(", "RPAR": ")", "COMMA": "a comma",
    "SENTENCE": "sentence", "SENTENCES": "sentences", "WORDS": "words", "PARAGRAPH": "paragraph",
    "ARTICLE": "article", "$END": "the end", **_KEYWORDS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a piece of text, and where (0-based offset into the piece)."""

    offset: int
    message: str


def parse_condition(
    text: str, vocabulary: Vocabulary, groups: Mapping[str, tuple[Term, ...]]
) -> Clause | tuple[Mistake, ...]:
    """Return the clause a text says, or all that is wrong with it.

    `groups` are the rule file's own; they win over the catalogue's. Names keep the analyst's spelling as label.
    """
    shape = shape_of(text)
    step = _step_of(shape.text, is_shape=True) if shape else None
    if shape and isinstance(step, _Step):
        builder = _Builder(text, vocabulary, groups, iter(shape.pieces))
        clause: Clause = builder.build(step)
        if not builder.mistakes:
            return clause
    return parse_as_written(text, vocabulary, groups)  # something is wrong, and only the text itself says where


def parse_as_written(
    text: str, vocabulary: Vocabulary, groups: Mapping[str, tuple[Term, ...]]
) -> Clause | tuple[Mistake, ...]:
    """Return the same as `parse_condition`, without the way round by the condition's shape."""
    step = _step_of(text, is_shape=False)
    if isinstance(step, Mistake):
        return (step,)
    builder = _Builder(text, vocabulary, groups)
    clause: Clause = builder.build(step)
    return tuple(builder.mistakes) or clause


@lru_cache(maxsize=20_000)
def _step_of(text: str, *, is_shape: bool) -> "_Step | Mistake":
    """Return a parsed text, ready to be built from as often as it comes."""
    try:
        return _step(_PARSER.parse(text), is_shape, 0)
    except UnexpectedInput as error:
        return _unexpected(text, error)
    except _TooDeep:
        return Mistake(0, f"more than {MOST_LEVELS} levels of parentheses; nobody can read that")


def _unexpected(text: str, error: UnexpectedInput) -> Mistake:
    offset = len(text) if error.pos_in_stream is None or error.pos_in_stream < 0 else error.pos_in_stream
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        offset, found = len(text.rstrip()), "the end"
    elif token is not None:
        found = f"'{token}'"
    else:
        found = f"'{text[offset : offset + 1]}'"
    expected = getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", ())
    wanted = sorted({_SAYS[one] for one in expected or () if one in _SAYS})
    return Mistake(offset, f"expected {' or '.join(wanted) or 'something else'}, found {found}")


class _TooDeep(Exception):
    """A condition that every look at it would have to follow down too far."""


class _Stand(Enum):
    """What stands for the next piece: for what it means, or for its text as a part of a name."""

    TERM = auto()
    TEXT = auto()


class _Step(NamedTuple):
    """A node of the parse tree: what makes its meaning of its parts."""

    make: Callable[["_Builder", list[Any]], Any]
    parts: tuple["_Step | Token | _Stand", ...]


@dataclass(slots=True)
class _Builder:
    """Makes clauses of the parse tree, and collects mistakes instead of stopping at the first.

    With `pieces` the tree is that of a shape: they stand where its stand-ins do. Places of mistakes are then wrong.
    """

    text: str
    vocabulary: Vocabulary
    groups: Mapping[str, tuple[Term, ...]]
    pieces: Iterator[str] = field(default_factory=lambda: iter(()))
    mistakes: list[Mistake] = field(default_factory=list)

    def build(self, step: _Step) -> Any:
        """Return what a step means: a clause, a scope, or several clauses."""
        found: list[Any] = []
        for part in step.parts:
            if part is _Stand.TERM:
                piece = next(self.pieces)
                found.append(self.phrase([piece]) if piece[0] in OPENING else self.name([piece]))
            elif isinstance(part, _Step):
                found.append(self.build(part))
            else:
                found.append(next(self.pieces) if part is _Stand.TEXT else part)
        return step.make(self, found)

    def name(self, words: list[str]) -> Clause:
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
        words = folded_phrase(quoted[0][1:-1])
        if not any(char.isalnum() for char in words):
            self.mistakes.append(Mistake(_start(quoted[0]), "the phrase is empty"))
        return Term("phrase", words, quoted[0][1:-1])

    def any_of(self, parts: list[Clause]) -> Clause:
        return AnyOf.of(parts)

    def all_of(self, parts: list[Clause]) -> Clause:
        return AllOf.of(parts)

    def negation(self, parts: list[Clause]) -> Clause:
        return Not.of(parts[0])

    def members(self, parts: list[Clause]) -> tuple[Clause, ...]:
        return tuple(parts)

    def group(self, parts: list[Clause]) -> tuple[Clause, ...]:
        return parts[0].parts if isinstance(parts[0], AnyOf) else (parts[0],)

    def say(self, token: str, message: str) -> None:
        """Note a mistake at a token."""
        self.mistakes.append(Mistake(_start(token), message))

    def one_sentence(self, _: list[Token]) -> Scope:
        return Scope("sentence")

    def paragraph(self, _: list[Token]) -> Scope:
        return Scope("paragraph")

    def article(self, _: list[Token]) -> Scope:
        return Scope("article")

    def sentences(self, found: list[Token]) -> Scope:
        return self._sized("sentence", found[0], MOST_SENTENCES)

    def words(self, found: list[Token]) -> Scope:
        return self._sized("words", found[0], MOST_WORDS)

    def _sized(self, unit: Any, number: Token, most: int) -> Scope:
        if not 1 <= int(number) <= most:
            self.mistakes.append(Mistake(_start(number), f"choose 1 to {most} {unit.rstrip('s')}s"))
        return Scope(unit, int(number))


def _made_by(build: Callable[[list[Any], Say], Clause]) -> Callable[[_Builder, list[Any]], Any]:
    return lambda builder, found: build(found, builder.say)


_MAKE = {operator.name: _made_by(operator.build) for operator in OPERATORS}


def _step(tree: "Tree[Token]", is_shape: bool, level: int) -> _Step:
    """Return a tree as steps; of a shape, the stand-ins are pieces."""
    parts = tuple(_part(child, is_shape, level + 1) for child in tree.children)
    return _Step(_MAKE.get(tree.data) or getattr(_Builder, tree.data), parts)


def _part(child: "Tree[Token] | Token", is_shape: bool, level: int) -> "_Step | Token | _Stand":
    if isinstance(child, Tree):
        if level > MOST_LEVELS:
            raise _TooDeep
        is_term = is_shape and child.data in ("name", "phrase") and child.children in ([NAME], [PHRASE])
        return _Stand.TERM if is_term else _step(child, is_shape, level)
    return _Stand.TEXT if is_shape and child in (NAME, PHRASE) else child


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
