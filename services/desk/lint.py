"""Lint: what is allowed in a rule, and yet not what its author means.

A clause that decides nothing is found by trying: every way in which an article can mention the rule's terms or not,
laid out near and far, and whether leaving the clause out ever makes a difference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

from services.alert.article_view import ArticleView, Place
from services.alert.clauses import ARTICLE, AnyOf, Clause, Not, Term, terms_of
from services.alert.rule import Rule
from services.alert.rulebook import CANARY
from services.desk.backtest import Backtest
from services.desk.desk import Desk
from services.desk.rule_tests import run_rule
from services.tag.catalogue import Catalogue

MOST_TERMS = 10  # all combinations of so many terms are tried, and a fixed sample of more
SAMPLE = 1024
FAR_WORDS = 300  # between terms that are far apart


@dataclass(frozen=True, slots=True)
class Warning:
    """Something to look at in a rule."""

    rule: str
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


def lint(desk: Desk, sample: Backtest | None = None) -> list[Warning]:
    """Return everything that looks wrong in the desk's rules, in the order of the rules.

    With a backtest of the same rules also those that would ring more often than anybody reads.
    """
    warnings: list[Warning] = []
    seen: dict[str, Rule] = {}
    doubtful = _Doubtful.of(desk.names.catalogue)
    for rule in desk.rulebook.rules.values():
        messages = [*_names(rule, desk, doubtful), *useless_clauses(rule.condition), *_tests(rule, desk)]
        tested = sample.rules.get(rule.id) if sample else None
        if sample and tested and tested.is_noisy(sample.span):
            messages.append(f"would ring {tested.a_day(sample.span):.0f} times a day; ask for more, or more origins")
        twin = rule if rule.id == CANARY else seen.setdefault(_what_it_asks(rule), rule)
        if twin is not rule:
            messages.append(f"asks for the same as {twin.id} ({twin.file}:{twin.line})")
        warnings += [Warning(rule.id, rule.file, rule.line, message) for message in dict.fromkeys(messages)]
    return warnings


def _what_it_asks(rule: Rule) -> str:
    filters = replace(rule.where, max_age=None)
    return f"{rule.condition.meaning()} {filters} {rule.mentions} {rule.over} {rule.spike}"


@dataclass(frozen=True, slots=True)
class _Doubtful:
    """What of the catalogue is not what it seems, looked up once for all rules."""

    ambiguous: frozenset[str]  # actors with a name that also means something else
    stand_for: dict[str, str]  # lower-case name of a body such as the Pentagon or Rosatom → the state it stands for

    @classmethod
    def of(cls, catalogue: Catalogue) -> "_Doubtful":
        """Return what is doubtful in a catalogue."""
        bodies: dict[str, set[str]] = {}
        named: set[str] = set()  # by a name of its own, of whatever actor
        for alias in catalogue.aliases:
            if alias.kind in ("metonym", "organisation") and alias.actor.isupper():
                bodies.setdefault(alias.text.casefold(), set()).add(alias.actor)
            else:
                named.add(alias.text.casefold())
        stand_for = {
            name: catalogue.actors[next(iter(states))].names.get("en", next(iter(states)))
            for name, states in bodies.items()
            if len(states) == 1 and name not in named
        }
        ambiguous = {alias.actor for alias in catalogue.aliases if alias.ambiguous and alias.kind == "name"}
        return cls(frozenset(ambiguous), stand_for)


def _names(rule: Rule, desk: Desk, doubtful: _Doubtful) -> Iterator[str]:
    """Yield what is doubtful about the names and phrases of a rule."""
    terms = list(dict.fromkeys(terms_of(rule.condition)))
    for term in terms:
        state = doubtful.stand_for.get(term.label.casefold())
        if term.kind == "actor" and state:
            yield f"{term.label} stands for {state}, which rings by any of its names; for that word alone use quotes"
        if term.kind == "phrase" and not state and (meant := desk.names.resolve(term.key)):
            name = meant[0].text()
            yield f'"{term.key}" in quotes is only that word; {name} without quotes knows other names and false friends'
        elif term.key in doubtful.ambiguous and isinstance(rule.condition, Term | AnyOf):
            yield f"{term.text()} has a name that also means something else; ask for a topic or another actor with it"
    phrases = [term for term in terms if term.kind == "phrase"]
    for left, right in product(phrases, phrases):
        if left != right and f" {left.key} " in f" {right.key} ":
            yield f'"{right.key}" contains "{left.key}", which is found there too'
    names = {term.key: term.text() for term in terms if term.kind == "actor"}
    if len(terms) == 1 and names and not rule.mentions and rule.over is None and rule.spike is None:
        yield f"rings for every article that mentions {terms[0].text()}; ask for something with it"


def _tests(rule: Rule, desk: Desk) -> Iterator[str]:
    """Yield what is doubtful about the tests of a rule, and a `not` that silences its own example."""
    if rule.id != CANARY and not {"fires", "timeline"} & {kind for test in rule.tests for kind in test}:
        yield "has no test that must fire"
    if rule.id != CANARY and not any("silent" in test for test in rule.tests):
        yield "has no test that must stay silent"
    failing = [test for test, result in zip(rule.tests, run_rule(desk, rule), strict=True) if not result.passed]
    for test in failing:
        if "fires" not in test:
            continue
        for clause, without in rule.condition.without():
            if isinstance(clause, Not) and without is not None:
                (result,) = run_rule(desk, replace(rule, condition=without, tests=(test,)))
                if result.passed:
                    yield f"'{clause.text()}' silences its own example (line {rule.line + int(test['line'])})"


def useless_clauses(condition: Clause) -> list[str]:
    """Return what can never be true, and what can be left out without any difference."""
    articles = list(_articles(tuple(dict.fromkeys(terms_of(condition)))))
    truth = [_is_true(condition, article) for article in articles]
    if not any(truth):
        return ["can never ring: what it asks for excludes itself"]
    messages = []
    for clause, without in condition.without():
        if without is not None and [_is_true(without, article) for article in articles] == truth:
            messages.append(f"'{clause.text()}' decides nothing; the rule means the same without it")
    return messages


def _is_true(clause: Clause, view: ArticleView) -> bool:
    return clause.true_places(ARTICLE, view, view) != 0


def _articles(terms: Sequence[Term]) -> Iterator[ArticleView]:
    """Yield articles that mention some of the terms: side by side, far apart in a sentence, a paragraph, an article."""
    if len(terms) <= MOST_TERMS:
        choices: list[tuple[bool, ...]] = list(product((True, False), repeat=len(terms)))
    else:
        dice = Random(len(terms))
        choices = [tuple(dice.random() < 0.5 for _ in terms) for _ in range(SAMPLE)]
        choices += [tuple(n != left_out for n in range(len(terms))) for left_out in range(len(terms) + 1)]
    for chosen in choices:
        here = [term for term, is_there in zip(terms, chosen, strict=True) if is_there]
        for words, sentences, paragraphs in ((1, 0, 0), (FAR_WORDS, 0, 0), (FAR_WORDS, 1, 0), (FAR_WORDS, 30, 30)):
            yield _article(here, words, sentences, paragraphs)


def _article(terms: Sequence[Term], words: int, sentences: int, paragraphs: int) -> ArticleView:
    """Return an article whose terms stand so many words, sentences and paragraphs apart."""
    places = {
        term: (Place(1 + n * sentences, n * words * 2, n * words * 2 + 1, "body"),) for n, term in enumerate(terms)
    }
    last = 2 + len(terms) * sentences
    paragraph_of = tuple(0 if n == 0 else 1 + (n if paragraphs else 0) for n in range(last))
    return ArticleView(places, paragraph_of, text="x " * (words * len(terms)))
