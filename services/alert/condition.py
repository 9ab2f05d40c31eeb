"""The condition of a rule (`when:`), from text to clauses; every mistake is said with its place.

Niger and Russia and military
(Niger and Russia) within sentence and not sport
2 of (Mali, Niger, "Burkina Faso") or any of sahel
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from services.alert.clauses import OPERATORS, Clause, Term
from services.alert.clauses.syntax import Say
from services.alert.condition_builder import Builder, Meanings, Mistake, Stand, Step, Unclear
from services.alert.condition_shape import NAME, PHRASE, Shape, shape_of
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

MOST_LEVELS = 50  # of clauses in clauses

_SAYS = {
    "_OR": "or", "_AND": "and", "_NOT": "not", "_ANY": "any of", "_ALL": "all of", "_OF": "of",
    "NUMBER": "a number", "QUOTED": 'a "phrase"', "WORD": "a name", "LPAR": "(", "RPAR": ")", "COMMA": "a comma",
    "SENTENCE": "sentence", "SENTENCES": "sentences", "WORDS": "words", "PARAGRAPH": "paragraph",
    "ARTICLE": "article", "$END": "the end", **_KEYWORDS,
}  # fmt: skip


def parse_condition(
    text: str,
    vocabulary: Vocabulary,
    groups: Mapping[str, tuple[Term, ...]],
    meanings: Meanings | None = None,
) -> Clause | tuple[Mistake, ...]:
    """Return the clause a text says, or all that is wrong with it.

    `groups` are the rule file's own; they win over the catalogue's. Names keep the analyst's spelling as label.
    `meanings` are what names mean with this vocabulary and these groups, to be shared by many conditions.
    """
    if (shape := shape_of(text)) is not None:
        known = Meanings(vocabulary, groups) if meanings is None else meanings
        if (clause := parse_shape(shape, known)) is not None:
            return clause
    return parse_as_written(text, vocabulary, groups)  # something is wrong, and only the text itself says where


def parse_shape(shape: Shape, meanings: Meanings) -> Clause | None:
    """Return the clause of a condition's shape; None when something is wrong with it."""
    step = _step_of(shape.text, is_shape=True)
    if isinstance(step, Mistake):
        return None
    builder = Builder("", meanings.vocabulary, meanings.groups, iter(shape.pieces), meanings)
    try:
        clause: Clause = builder.build(step)
    except Unclear:
        return None
    return None if builder.mistakes else clause


def parse_as_written(
    text: str, vocabulary: Vocabulary, groups: Mapping[str, tuple[Term, ...]]
) -> Clause | tuple[Mistake, ...]:
    """Return the same as `parse_condition`, without the way round by the condition's shape."""
    step = _step_of(text, is_shape=False)
    if isinstance(step, Mistake):
        return (step,)
    builder = Builder(text, vocabulary, groups)
    clause: Clause = builder.build(step)
    return tuple(builder.mistakes) or clause


@lru_cache(maxsize=20_000)
def _step_of(text: str, *, is_shape: bool) -> "Step | Mistake":
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


def _made_by(build: Callable[[list[Any], Say], Clause]) -> Callable[[Builder, list[Any]], Any]:
    return lambda builder, found: build(found, builder.say)


_MAKE = {operator.name: _made_by(operator.build) for operator in OPERATORS}


def _step(tree: "Tree[Token]", is_shape: bool, level: int) -> Step:
    """Return a tree as steps; of a shape, the stand-ins are pieces."""
    parts = tuple(_part(child, is_shape, level + 1) for child in tree.children)
    return Step(_MAKE.get(tree.data) or getattr(Builder, tree.data), parts, all(part is Stand.TERM for part in parts))


def _part(child: "Tree[Token] | Token", is_shape: bool, level: int) -> "Step | Token | Stand":
    if isinstance(child, Tree):
        if level > MOST_LEVELS:
            raise _TooDeep
        is_term = is_shape and child.data in ("name", "phrase") and child.children in ([NAME], [PHRASE])
        return Stand.TERM if is_term else _step(child, is_shape, level)
    return Stand.TEXT if is_shape and child in (NAME, PHRASE) else child
