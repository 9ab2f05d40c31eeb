"""The proof of a match: as few sentences as show every clause, each with the spans that satisfy it.

Every quote slices the article's text; a sentence of the title is quoted only for what no sentence of the text shows.
"""

from collections.abc import Sequence

from schemas import Evidence, EvidenceSpan, TaggedArticle
from services.alert.article_view import ArticleView, Place
from services.alert.clauses import ARTICLE, Term
from services.alert.clauses.spot import Shown, Spot, bits, mask_of
from services.alert.rule import Rule

MOST_SENTENCES = 8  # quoted for one alert; a rule asks for fewer things than that, or a reader is lost anyway


def evidence_of(rule: Rule, tagged: TaggedArticle, view: ArticleView) -> tuple[Evidence, ...]:
    """Return the sentences that prove a rule for an article it holds for, in the order of the article."""
    seen = view if rule.where.zones is None else view.only(rule.where.zones)
    shown = list(rule.condition.to_show(Spot(ARTICLE, 0, seen, view)))
    for terms, _ in rule.mentions:
        mask = mask_of(terms, seen)
        if mask:
            shown.append(Shown(terms, mask))
    quoted = {term for one in shown for term in one.terms}
    return tuple(_quote(number, quoted, tagged, seen) for number in sorted(_cover(shown)))


def _cover(shown: Sequence[Shown]) -> set[int]:
    """Return few sentences that show everything: again and again the one that shows most, the title last."""
    chosen: set[int] = set()
    left = [one.sentences & ~1 or one.sentences for one in shown]
    while left and len(chosen) < MOST_SENTENCES:
        candidates = {number for mask in left for number in bits(mask)}
        best = max(candidates, key=lambda number: (sum(mask >> number & 1 for mask in left), -number))
        chosen.add(best)
        left = [mask for mask in left if not mask >> best & 1]
    return chosen


def _quote(number: int, terms: set[Term], tagged: TaggedArticle, view: ArticleView) -> Evidence:
    """Return a sentence with the spans of the terms in it."""
    sentence = tagged.sentences[number]
    text = tagged.article.title if number == 0 else tagged.article.text
    found: list[tuple[Place, Term]] = [
        (place, term) for term in terms for place in view.places.get(term, ()) if place.sentence == number
    ]
    found.sort(key=lambda one: (one[0].start, one[0].end, one[1].kind, one[1].key))
    return Evidence(
        zone="title" if number == 0 else sentence.zone,
        sentence=number,
        paragraph=sentence.paragraph,
        start=sentence.start,
        end=sentence.end,
        quote=text[sentence.start : sentence.end],
        spans=tuple(
            EvidenceSpan(
                start=place.start,
                end=place.end,
                text=text[place.start : place.end],
                actor=term.key if term.kind == "actor" else None,
                topic=term.key if term.kind == "topic" else None,
                phrase=term.key if term.kind == "phrase" else None,
                name=term.label or None,
                kind=place.kind,
            )
            for place, term in found
        ),
    )
