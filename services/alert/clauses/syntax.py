"""How an operator is written: what the grammar needs to know of it, and how its clause is made of what was read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.alert.clauses.clause import Clause

Say = Callable[[Any, str], None]  # tells a mistake at the word (a Lark token) where it stands


@dataclass(frozen=True, slots=True)
class Syntax:
    """An alternative of `item` in the grammar of conditions (condition.py)."""

    name: str
    rule: str  # in Lark's notation; `members`, `either`, `scope`, NUMBER and the like are condition.py's
    build: Callable[[list[Any], Say], Clause]  # of what stands in the rule, in its order
    keywords: Mapping[str, str] = field(
        default_factory=dict
    )  # words of its own: terminal → word, as {"WITHIN": "within"}
