"""Stories on the built-in catalogue: one event told by two hands is one story with two origins, in any order."""

from datetime import timedelta
from itertools import permutations

import pytest

from schemas import TaggedArticle
from services.alert.ledger import State
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


def test_any_order_of_arrival_gives_the_same_stories() -> None:
    """Two events, each told by two hands, and a copy of each hand's text."""
    texts = [*SAME["uranium licence"], *SAME["Agadez withdrawal"]]
    articles = [an_article(text, f"paper-{n}") for n, text in enumerate(texts)]
    copies = [an_article(f"{text} More follows.", f"copy-{n}") for n, text in enumerate(texts)]

    partitions = set()
    for order in [*permutations(range(4)), (7, 0, 6, 1, 5, 2, 4, 3), (4, 5, 6, 7, 3, 2, 1, 0)]:
        pool = articles + copies
        chosen = [pool[n] for n in (*order, *(range(4, 8) if len(order) == 4 else ()))]
        stories, simulation = stories_of(*chosen)
        groups: dict[str | None, set[str]] = {}
        for article, story in zip(chosen, stories, strict=True):
            groups.setdefault(story, set()).add(article.article.id)
        origins = sorted(
            len(one["origins"]) for key, one in simulation.records.items() if key.startswith("story:") and one
        )
        partitions.add((frozenset(map(frozenset, groups.values())), tuple(origins)))

    assert len(partitions) == 1
    assert next(iter(partitions))[1] == (2, 2)


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
