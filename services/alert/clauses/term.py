"""A term: an actor, a topic, or an exact phrase."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from services.alert.clauses.clause import Clause, Scope
from services.alert.clauses.row import Row
from services.alert.clauses.seen import places_of
from services.alert.clauses.spot import Shown, Spot

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView
    from services.alert.rule_rows import RuleRows

TermKind = Literal["actor", "topic", "phrase"]


class Term(str, Clause):
    """Something an article can mention: an actor, a topic, or an exact phrase (folded, see phrases.py).

    A text of its own, `kind:key`, so that looking one up costs as little as looking up a text.
    """

    __slots__ = ("key", "kind", "label")
    kind: TermKind
    key: str  # actor id, topic id, or the folded phrase
    label: str  # as the analyst wrote it; no part of what the term means

    def __new__(cls, kind: TermKind, key: str, label: str = "") -> "Term":
        """Return the term; terms of one kind and key are equal, whatever their labels."""
        term = super().__new__(cls, f"{kind}:{key}")
        term.kind, term.key, term.label = kind, key, label
        return term

    def __repr__(self) -> str:
        return f"Term({str(self)!r})"

    def text(self) -> str:
        return f'"{self.label or self.key}"' if self.kind == "phrase" else self.label or self.key

    def meaning(self) -> str:
        return f"{self.kind}:{self.key}"

    def true_places(self, scope: Scope, view: "ArticleView", whole: "ArticleView") -> int:
        return view.spread(view.masks.get(self, 0), scope)

    def alternatives(self) -> "tuple[Term, ...]":
        return (self,)

    def necessary(self) -> "list[frozenset[Term]]":
        return [frozenset({self})]

    def rows(self, of: "RuleRows") -> list[Row]:
        return [Row(anywhere=(of.lexicon.term(self, of.zones),))]

    def to_show(self, spot: Spot) -> Iterator[Shown]:
        yield from spot.terms_to_show((self,))

    def miss(self, truths: Sequence[bool], view: "ArticleView", whole: "ArticleView") -> str:
        if elsewhere := places_of((self,), whole):
            zones = ", ".join(sorted({one.zone for one in elsewhere}))
            return f"{self.text()} stands only in the {zones}; the rule reads other zones"
        return f"{self.text()} is not mentioned"
