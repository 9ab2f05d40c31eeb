"""The shape of a condition: its text with a stand-in for each name and phrase, so that one parse serves many.

Ten thousand conditions have few shapes, and parsing is nine tenths of what reading one takes. A shape is parsed by the
same grammar as a condition; whatever stands for something else in the grammar is no name here, and stays as it is.
"""

import re
from dataclasses import dataclass

from services.alert.clauses import OPERATORS

NAME, PHRASE = "x", '"x"'

_OF_OPERATORS = "|".join(word for operator in OPERATORS for word in operator.keywords.values())
_RESERVED = rf"(?:and|or|not|of|any|all|sentences?|words|paragraph|article|{_OF_OPERATORS})(?![\w'’-])"
_WORD = rf"(?<![\w.'’&/-])(?!{_RESERVED})[^\W\d_][\w.'’&/-]*"
_PIECE = re.compile(rf'("[^"\n]*"|“[^”\n]*”|{_WORD}(?:\s+{_WORD})*)', re.IGNORECASE)
OPENING = '"“'


@dataclass(frozen=True, slots=True)
class Shape:
    """What is parsed, and what the stand-ins stand for, in the order of the text."""

    text: str
    pieces: tuple[str, ...]


def shape_of(condition: str) -> Shape | None:
    """Return the shape of a condition; None when a quote is left alone, which only the whole text can tell."""
    parts = _PIECE.split(condition)
    pieces, phrases = parts[1::2], 0
    for at, piece in enumerate(pieces):
        if piece[0] in OPENING:
            phrases += 1
            parts[2 * at + 1] = PHRASE
        else:
            parts[2 * at + 1] = NAME
            pieces[at] = " ".join(piece.split())
    text = "".join(parts)
    if sum(map(text.count, '"“”')) != 2 * phrases:
        return None
    return Shape(text, tuple(pieces))
