"""Why a rule holds for an article, or why not and how near it came: the tree of its clauses, true and false.

The tree is composed here from its leaves; that it agrees with the engine is what the tests of this file prove.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas import TaggedArticle
from services.alert.alert_event import age_of
from services.alert.article_view import ArticleView
from services.alert.candidate import Outcome
from services.alert.clauses import ARTICLE, Clause, Not, Term
from services.alert.clauses.seen import Seen, places_of
from services.alert.evaluate import mentions_of, passes
from services.alert.evidence import evidence_of
from services.alert.lexicon import FILTERS
from services.alert.rule import Rule, Where
from services.alert.rulebook import Rulebook
from services.desk.simulation import Simulation

MOST_SPANS = 12  # shown of one term


@dataclass(frozen=True, slots=True)
class Verdict:
    """One clause, filter or count: whether it is true, where it stands, and when it is false how near it came."""

    clause: str
    is_true: bool
    seen: tuple[Seen, ...] = ()
    miss: str = ""
    parts: tuple["Verdict", ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a rule says of an article."""

    rule: str
    version: str
    holds: bool
    filters: tuple[Verdict, ...]
    condition: Verdict
    quotes: tuple[str, ...]
    misses: tuple[str, ...]  # all that stands in the way, in words
    outcome: str  # state it would end in, alone and now; "no_match" when the rule does not hold
    states: dict[str, int]  # how often candidates of the rule ended in each state so far


def explain(rule: Rule, tagged: TaggedArticle, *, now: datetime, ledger: dict[str, int] | None = None) -> Explanation:
    """Return why a rule holds for an article, or does not; `ledger` is what became of its earlier candidates."""
    rulebook = Rulebook.of([rule])
    view = rulebook.view(tagged)
    seen = view if rule.where.zones is None else view.only(rule.where.zones)
    filters = (*_filters(rule.where, view), *_counts(rule, seen))
    condition = _verdict(rule.condition, seen, view)
    holds = condition.is_true and all(one.is_true for one in filters)
    misses = tuple(one.miss for one in filters if not one.is_true) + tuple(_misses(condition))
    age = _age(rule, tagged, now)
    outcome = _outcome(rulebook, tagged, now) if holds else None
    return Explanation(
        rule=rule.id,
        version=rule.version,
        holds=holds,
        filters=filters,
        condition=condition,
        quotes=tuple(one.quote for one in evidence_of(rule, tagged, view)) if holds else (),
        misses=(*misses, age) if age else misses,
        outcome=str(outcome.state) if outcome else "no_match",
        states=dict(ledger or {}),
    )


def _outcome(rulebook: Rulebook, tagged: TaggedArticle, now: datetime) -> Outcome | None:
    found = Simulation(rulebook).read(tagged, now)
    return found[0] if found else None


def _age(rule: Rule, tagged: TaggedArticle, now: datetime) -> str:
    """Return why the article is too old for the rule, or ""."""
    limit, age = rule.where.max_age, age_of(tagged.article, now)
    if limit is None or (age is not None and age <= limit):
        return ""
    found = "the article has no date" if age is None else f"published {age.days} days ago"
    return f"{found}; the rule wants it no older than {limit}"


def _filters(where: Where, view: ArticleView) -> list[Verdict]:
    """Return a verdict for each filter that the rule has."""
    source = view.source
    attributes = dict(
        zip(FILTERS, (view.language, source.tier, source.id, source.id, source.country, source.owner), strict=True)
    )
    verdicts = []
    for name in FILTERS:
        asked = getattr(where, name)
        if asked is None:
            continue
        is_true = passes(Where(**{name: asked}), view.language, source)
        found = "unknown" if attributes[name] is None else str(attributes[name])
        wanted = ", ".join(sorted(map(str, asked)))
        word = "none of" if name == "not_sources" else "one of"
        miss = "" if is_true else f"{name.removeprefix('not_')}: {found}; the rule wants {word} {wanted}"
        verdicts.append(Verdict(f"{name}: {wanted}", is_true, (), miss))
    return verdicts


def _counts(rule: Rule, view: ArticleView) -> list[Verdict]:
    """Return a verdict for each least number of mentions."""
    verdicts = []
    for terms, least in rule.mentions:
        found, names = mentions_of(terms, view), " or ".join(term.text() for term in terms)
        miss = "" if found >= least else f"{names} is mentioned {found} times; the rule wants {least}"
        verdicts.append(Verdict(f"at least {least} mentions of {names}", found >= least, _seen(terms, view), miss))
    return verdicts


def _verdict(clause: Clause, view: ArticleView, whole: ArticleView) -> Verdict:
    """Return the verdict on a clause that is asked of the whole article, with those on its parts."""
    inner = whole if isinstance(clause, Not) else view
    parts = tuple(_verdict(part, inner, whole) for part in clause.children())
    truths = [part.is_true for part in parts]
    is_true = clause.composed(truths)
    if is_true is None:
        is_true = clause.true_places(ARTICLE, view, whole) != 0
    terms = (clause,) if isinstance(clause, Term) else ()
    miss = "" if is_true else clause.miss(truths, view, whole)
    return Verdict(clause.text(), is_true, _seen(terms, view), miss, parts)


def _misses(verdict: Verdict) -> list[str]:
    """Return what stands in the way of a false clause: the deepest reasons of those parts that have to change."""
    if verdict.is_true:
        return []
    deeper = [miss for part in verdict.parts for miss in _misses(part)]
    return deeper if deeper and not verdict.miss else [verdict.miss] if verdict.miss else deeper


def _seen(terms: Sequence[Term], view: ArticleView) -> tuple[Seen, ...]:
    return tuple(places_of(terms, view)[:MOST_SPANS])
