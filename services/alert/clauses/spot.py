"""One place of an article in which a clause is true, and what of it is to be shown as its proof."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from services.alert.clauses.clause import Clause, Scope

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView
    from services.alert.clauses.term import Term


class Shown(NamedTuple):
    """A clause to be shown: any of these terms, in one of these sentences."""

    terms: "tuple[Term, ...]"
    sentences: int  # mask, never empty


@dataclass(frozen=True, slots=True)
class Spot:
    """One place of a scope (named as in `ArticleView.spread`), in which a clause is true and is to be shown."""

    scope: Scope
    place: int
    view: "ArticleView"
    whole: "ArticleView"

    @property
    def sentences(self) -> int:
        """Mask of the sentences of the place."""
        return self.view.sentences_of(self.place, self.scope)

    def is_true(self, clause: Clause) -> bool:
        """Whether a clause is true here."""
        return bool(clause.true_places(self.scope, self.view, self.whole) >> self.place & 1)

    def terms_to_show(self, terms: "Sequence[Term]") -> Iterator[Shown]:
        """Yield one clause that any of these terms shows, when one of them stands here."""
        here = tuple(term for term in terms if self.view.masks.get(term, 0) & self.sentences)
        if here:
            yield Shown(here, mask_of(here, self.view) & self.sentences)


def mask_of(terms: "Sequence[Term]", view: "ArticleView") -> int:
    """Return the mask of the sentences that any of the terms stands in."""
    mask = 0
    for term in terms:
        mask |= view.masks.get(term, 0)
    return mask


def bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the sentences of a mask."""
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1
