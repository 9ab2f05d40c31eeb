"""The form of a rule's condition: its clause but for the terms, worked out once for all of one shape and scope.

Ten thousand conditions have few forms, and a form is filled with terms faster than clauses are made of a parse tree and
bounded. Only where each name means one term, and each another one: a group is a clause by itself, and what is said
twice is said once. What must stay true: a filled form is the clause that the condition means.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from services.alert.clauses import Clause, Scope, Term
from services.alert.condition import parse_shape
from services.alert.condition_builder import Meanings, Unclear
from services.alert.condition_scope import bounded, rings_for_nothing
from services.alert.condition_shape import Shape, shape_of

Filler = Callable[[Sequence[str]], str]
Make = Callable[[Sequence[Term]], Any]
_STAND_IN = "\ue000{}\ue000"  # of the private area, which a condition has no use for
_STAND_INS = re.compile(_STAND_IN.format("([0-9]+)"))


class Form(NamedTuple):
    """What makes a bounded clause of its terms, in the order they are written, and says what it means."""

    make: Make
    says: Filler
    names: tuple[Filler, ...] | None  # of the shape's pieces; None where each is a name by itself


def filled(condition: str, scope: Scope, meanings: Meanings) -> tuple[Clause, str] | None:
    """Return the clause that a condition is within a scope, and its meaning; None when that takes a closer look."""
    if (shape := shape_of(condition)) is None:
        return None
    pieces = shape.pieces
    if (form := _form(shape.text, len(pieces), scope)) is None:
        return None
    names = pieces if form.names is None else [name(pieces) for name in form.names]
    try:
        terms = [meanings[name] for name in names]
    except Unclear:
        return None
    if len(set(terms)) < len(terms) or not all([isinstance(term, Term) for term in terms]):
        return None
    return form.make(terms), form.says(terms)  # type: ignore[arg-type]  # they are terms


@dataclass
class _AnyNames:
    """A vocabulary in which each name means a term of its own; `asked` are the names, in order."""

    version: str = ""
    asked: list[str] = field(default_factory=list)

    def resolve(self, name: str) -> tuple[Term, ...]:
        self.asked.append(name)
        return (Term("actor", _STAND_IN.format(len(self.asked) - 1)),)

    def suggest(self, name: str) -> str | None:
        return None


@lru_cache(maxsize=20_000)
def _form(shape: str, count: int, scope: Scope) -> Form | None:
    """Return the form of a shape with so many pieces; None when something is wrong with it, or it has no names."""
    pieces, names = tuple(map(_STAND_IN.format, range(count))), _AnyNames()
    clause = parse_shape(Shape(shape, pieces), Meanings(names, {}))
    if clause is None or not names.asked:
        return None
    inside, mistakes = bounded(clause, scope)
    if mistakes or rings_for_nothing(inside):
        return None
    return Form(_maker(inside), _filler(inside.meaning(), "actor:"), _names(names.asked, pieces))


def _names(asked: Sequence[str], pieces: Sequence[str]) -> tuple[Filler, ...] | None:
    return None if tuple(asked) == pieces else tuple([_filler(name) for name in asked])


def _filler(text: str, before: str = "") -> Filler:
    """Return what fills a text: a stand-in, and what stands before each, makes way for the text of its number."""
    parts = _STAND_INS.split(text)
    between, numbers = [part.removesuffix(before) for part in parts[:-1:2]] + parts[-1:], list(map(int, parts[1::2]))
    template = "%s".join([part.replace("%", "%%") for part in between])
    if len(numbers) < 2:
        return lambda texts: template % tuple([texts[number] for number in numbers])
    in_order = itemgetter(*numbers)
    return lambda texts: template % in_order(texts)


def _maker(value: Any) -> Make:
    """Return what makes a value again with other terms: a term, a clause, or several of them."""
    if isinstance(value, Term):
        return itemgetter(_place(value))
    if isinstance(value, tuple) and len(value) > 1 and all(isinstance(part, Term) for part in value):
        return itemgetter(*map(_place, value))
    if isinstance(value, tuple):
        parts = [_maker(part) for part in value]
        return lambda terms: tuple([part(terms) for part in parts])
    if not isinstance(value, Clause):
        return lambda _: value
    kind: Any = type(value)
    its = [_maker(getattr(value, one.name)) for one in fields(kind)]
    if len(its) == 1:
        (only,) = its
        return lambda terms: kind(only(terms))
    return lambda terms: kind(*[one(terms) for one in its])


def _place(stand_in: Term) -> int:
    return int(stand_in.key[1:-1])
