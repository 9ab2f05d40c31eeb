"""Stories on the built-in catalogue: one event told by two hands is one story with two origins, in any order."""

from datetime import timedelta
from random import Random

import pytest

from schemas import TaggedArticle
from services.alert.ledger import State
from services.alert.stories import story_id
from services.desk.rule_tests import given_article
from services.desk.simulation import Simulation
from tests.unit.alert.given_alerts import NOON, a_rule
from tests.unit.desk.given_desk import a_desk
from tests.unit.desk.story_pairs import OTHER, SAME

DESK = a_desk(a_rule("any of (Niger, Mali, Chad)"))


def an_article(text: str, source: str) -> TaggedArticle:
    return given_article(DESK, {"text": text, "source": source, "at": "1h"})[0]


def stories_of(*articles: TaggedArticle) -> tuple[list[str | None], Simulation]:
    simulation = Simulation(DESK.rulebook)
    return [simulation.read(article, NOON)[0].story for article in articles], simulation


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("name", SAME)
def test_two_reports_of_one_event_are_one_story_with_two_origins(name: str, order: int) -> None:
    (first, second), simulation = stories_of(
        *(an_article(text, f"paper-{n}") for n, text in enumerate(SAME[name][::order]))
    )

    assert first == second
    record = simulation.records[f"story:{first}"]
    assert record is not None and len(record["origins"]) == 2


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("name", OTHER)
def test_two_events_of_one_kind_are_two_stories(name: str, order: int) -> None:
    (first, second), _ = stories_of(*(an_article(text, f"paper-{n}") for n, text in enumerate(OTHER[name][::order])))

    assert first != second


BOILERPLATE = "Sign up to our newsletter. {} Follow us for more news. All rights reserved."


def edited(text: str, share: float, seed: int) -> str:
    """Return a text in which some words are others, as a desk edits a wire; its names stay."""
    dice, others = Random(seed), ("also", "reportedly", "then")
    return " ".join(dice.choice(others) if word.islower() and dice.random() < share else word for word in text.split())


def told_by_many() -> list[TaggedArticle]:
    """Return three events, each told by two hands, and of each hand's text five copies: one more, wrapped, edited."""
    articles = []
    for name in ("uranium licence", "Agadez withdrawal", "convoy near Tillia"):
        for hand, text in enumerate(SAME[name]):
            wrapped = BOILERPLATE.format(text)
            texts = (text, f"{text} More follows.", wrapped, f"Exclusive: {text}", edited(text, 0.05, 1))
            articles += [an_article(one, f"{name}-{hand}-{n}") for n, one in enumerate(texts)]
    return articles


def test_any_order_of_arrival_gives_the_same_stories(is_long: bool) -> None:
    """The same groups, each with two independent origins, and one alert opened for each."""
    articles, dice, seen = told_by_many(), Random(8), set()
    for _ in range(300 if is_long else 25):
        dice.shuffle(articles)
        simulation = Simulation(DESK.rulebook)
        outcomes = [simulation.read(article, NOON)[0] for article in articles]
        groups: dict[str | None, set[str]] = {}
        for article, outcome in zip(articles, outcomes, strict=True):
            groups.setdefault(outcome.story, set()).add(article.article.id)
        origins = {
            frozenset(groups[key.removeprefix("story:")]): len(record["origins"])
            for key, record in simulation.records.items()
            if key.startswith("story:") and record
        }
        assert [one.state for one in outcomes].count(State.RANG) == len(groups)
        seen.add(frozenset(origins.items()))

    assert [sorted((len(pages), count) for pages, count in one) for one in seen] == [[(10, 2)] * 3]


def test_a_story_has_the_id_of_the_page_that_was_decided_first_and_keeps_it() -> None:
    """So ids depend on the order of decision, and on nothing else: a replay, a restart and a backtest give the same."""
    articles = told_by_many()
    for order in (articles, articles[::-1]):
        whole, restarted = Simulation(DESK.rulebook), Simulation(DESK.rulebook)
        ids = [whole.read(article, NOON)[0].story for article in order]
        again = []
        for article in order:
            restarted = restarted.restarted()
            again.append(restarted.read(article, NOON)[0].story)

        assert ids == again
        assert ids[0] == story_id(order[0].article.id)


def test_templated_notices_of_other_days_are_not_merged() -> None:
    notice = "The central bank of Mali offers {} billion francs in treasury bills at {} per cent, due on the {}."
    (first, second), _ = stories_of(
        an_article(notice.format(25, "6.15", "14th"), "bank"),
        an_article(notice.format(40, "7.35", "28th"), "bank"),
    )

    assert first != second


def test_a_follow_up_after_days_is_a_story_of_its_own() -> None:
    simulation = Simulation(DESK.rulebook)
    later = NOON + timedelta(hours=80)
    text = SAME["Ndjamena pact"]
    first = given_article(DESK, {"text": text[0], "source": "a", "at": NOON.isoformat()})[0]
    second = given_article(DESK, {"text": text[1], "source": "b", "at": later.isoformat()})[0]

    (one,), (two,) = simulation.read(first, NOON), simulation.read(second, later)
    assert (one.state, two.state) == (State.RANG, State.RANG)
    assert one.story != two.story
