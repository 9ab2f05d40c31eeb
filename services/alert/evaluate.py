"""Whether a rule holds for an article: its filters, its counts of mentions, and its condition (clauses/).

The index (index.py) finds the same rules faster; where it cannot decide alone it asks here. The tests hold both
against a third, naive reading of the language.
"""

from collections.abc import Sequence

from schemas import Source
from services.alert.article_view import ArticleView
from services.alert.clauses import ARTICLE, Term
from services.alert.rule import Rule, Where


def holds(rule: Rule, view: ArticleView) -> bool:
    """Return whether an article satisfies a rule: filters, mentions and condition; time is not asked here."""
    if not passes(rule.where, view.language, view.source):
        return False
    seen = view if rule.where.zones is None else view.only(rule.where.zones)
    if not all(mentions_of(terms, seen) >= least for terms, least in rule.mentions):
        return False
    return rule.condition.true_places(ARTICLE, seen, view) != 0


def passes(where: Where, language: str | None, source: Source) -> bool:
    """Return whether an article from this source in this language is asked for; unknown attributes never are."""
    asked_and_found = (
        (where.languages, language),
        (where.tiers, source.tier),
        (where.sources, source.id),
        (where.countries, source.country),
        (where.owners, source.owner),
    )
    if any(asked is not None and found not in asked for asked, found in asked_and_found):
        return False
    return where.not_sources is None or source.id not in where.not_sources


def mentions_of(terms: Sequence[Term], view: ArticleView) -> int:
    """Return how often any of the terms is mentioned."""
    return sum(len(view.places.get(term, ())) for term in terms)
