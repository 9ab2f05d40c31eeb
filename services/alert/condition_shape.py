"""The shape of a condition: its text with a stand-in for each name and phrase, so that one parse serves many.

Ten thousand conditions have few shapes, and parsing is nine tenths of what reading one takes. A shape is parsed by the
same grammar as a condition; whatever stands for something else in the grammar is no name here, and stays as it is.
"""

import re
from typing import NamedTuple

from services.alert.clauses import OPERATORS

NAME, PHRASE = "x", '"x"'

_OF_OPERATORS = "|".join(word for operator in OPERATORS for word in operator.keywords.values())
_RESERVED = rf"(?:and|or|not|of|any|all|sentences?|words|paragraph|article|{_OF_OPERATORS})(?![\w'’-])"
_WORD = rf"(?<![\w.'’&/-])(?!{_RESERVED})[^\W\d_][\w.'’&/-]*"
_PIECE = re.compile(rf'("[^"\n]*"|“[^”\n]*”|{_WORD}(?:\s+{_WORD})*)', re.IGNORECASE)
OPENING = '"“'


class Shape(NamedTuple):
    """What is parsed, and what the stand-ins stand for, in the order of the text."""

    text: str
    pieces: tuple[str, ...]


def shape_of(condition: str) -> Shape | None:
    """Return the shape of a condition; None when a quote is left alone, which only the whole text can tell."""
    parts = _PIECE.split(condition)
    between, pieces = "".join(parts[::2]), parts[1::2]
    if '"' in between or "“" in between or "”" in between:
        return None
    if '"' in condition or "“" in condition:
        parts[1::2] = [PHRASE if piece[0] in OPENING else NAME for piece in pieces]
        text = "".join(parts)
    else:
        text = NAME.join(parts[::2])
    if "  " in condition or not condition.isprintable():  # of all spaces only the usual one is printable
        pieces = [piece if piece[0] in OPENING else " ".join(piece.split()) for piece in pieces]
    return Shape(text, tuple(pieces))


def in_one_line(text: str) -> str:
    """Return a text with single spaces and without line breaks."""
    if "  " in text or not text.isprintable():
        return " ".join(text.split())
    return text.strip(" ")
