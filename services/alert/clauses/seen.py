"""Where terms stand, as an explanation tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.alert.article_view import ArticleView
    from services.alert.clauses.term import Term


@dataclass(frozen=True, slots=True)
class Seen:
    """A place where a term stands."""

    term: str
    sentence: int  # 0 is the title
    start: int
    end: int
    text: str
    zone: str

    @property
    def where(self) -> str:
        """The sentence, as a reader counts it."""
        return where(self.sentence)


def places_of(terms: "Sequence[Term]", view: "ArticleView") -> list[Seen]:
    """Return where terms stand, in the order of the article."""
    found = [
        Seen(
            term.text(),
            place.sentence,
            place.start,
            place.end,
            (view.title if place.sentence == 0 else view.text)[place.start : place.end],
            place.zone,
        )
        for term in terms
        for place in view.places.get(term, ())
    ]
    return sorted(found, key=lambda one: (one.sentence, one.start))


def where(sentence: int) -> str:
    """Return a sentence's number as a reader is told it."""
    return "the title" if sentence == 0 else f"sentence {sentence}"
