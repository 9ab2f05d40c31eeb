"""What a spike counts: independent reports, whichever paper copied which, in whatever order that comes out."""

from random import Random

from schemas import TaggedArticle
from services.alert.ledger import State
from services.desk.simulation import Simulation
from tests.unit.alert.a_burst import (
    FOURTH,
    REWRITE,
    SPIKE,
    THIRD,
    WIRE,
    a_calm_day,
    papers_that_turn_out_to_be_one,
    told,
)
from tests.unit.alert.given_alerts import a_rule, a_rulebook, after

OVER = a_rule("Niger", id="o", over="{origins: 3, window: 2h}")


def states(articles: list[TaggedArticle], simulation: Simulation | None = None) -> list[State]:
    """Return what becomes of the rule for each article, decided when it was fetched."""
    simulation = simulation or Simulation(a_rulebook(SPIKE))
    return [one.state for article in articles for one in simulation.read(article, article.article.fetched_at)]


def test_forty_copies_of_one_wire_are_no_spike() -> None:
    copies = [told(f"{WIRE}\n\nPaper {n}.", f"paper-{n}", minutes=360 + n) for n in range(40)]

    assert set(states([*a_calm_day(), *copies])) == {State.BELOW_THRESHOLD}


def test_two_origins_that_turn_out_to_be_one_are_one_in_a_spike() -> None:
    """The second paper's own text counted as a second origin until it published the wire as well."""
    articles = papers_that_turn_out_to_be_one()
    another = told("Niger: one more report of another event, from 19 villages.", "d", minutes=390)

    assert set(states([*a_calm_day(), *articles])) == {State.BELOW_THRESHOLD}
    assert states([*a_calm_day(), *articles, another])[-1] is State.RANG


def test_a_burst_of_copies_does_not_raise_what_is_usual() -> None:
    """Twenty papers copy the wire in one hour, three of them after a text of their own: one report in that hour."""
    own = [told(text, f"paper-{n}", minutes=60 + n) for n, text in enumerate((REWRITE, THIRD, FOURTH))]
    copies = [told(f"{WIRE}\n\nPaper {n}.", f"paper-{n}", minutes=80 + n) for n in range(20)]
    calm = a_calm_day(7)
    simulation = Simulation(a_rulebook(SPIKE))

    states([*calm[:2], *own, *copies, *calm[2:]], simulation)

    burst = [told(f"Niger: {n * 13 + 5} trucks of company {n * n + 3}.", f"p{n}", minutes=365 + n) for n in range(2)]
    outcomes = [simulation.read(one, one.article.fetched_at)[0] for one in burst]
    (event,) = [one.event for one in outcomes if one.event]
    assert event.data.because == "Niger; 3 origins in 1:00:00, 1.2 on average over the last 6 hours"


def test_windows_and_spikes_count_the_same_in_any_order_of_arrival() -> None:
    """An agency and two papers, of which one tells in its own words first, and a story of each of them."""
    articles = [
        told(WIRE, "reuters", minutes=1),
        told(f"{WIRE}\n\nA.", "a", minutes=5),
        told(REWRITE, "b", minutes=10),
        told(f"{WIRE}\n\nB.", "b", minutes=20),
        told("Niger: 19 villages of the north.", "reuters", minutes=30),
        told("Niger: 812 camels of the south.", "a", minutes=40),
        told("Niger: 77 bridges of the west.", "b", minutes=70),
    ]
    dice, counted = Random(5), set()
    for _ in range(60):
        dice.shuffle(articles)
        simulation = Simulation(a_rulebook(SPIKE, OVER))
        for article in articles:
            simulation.read(article, after(hours=2))
        counted.add(_counted(simulation))

    (((first, second), sightings),) = counted
    assert (first, second) == (("a", "reuters"), ("b",))
    assert [origin for _, origin in sightings] == ["reuters"] * 5 + ["a", "b"]


def _counted(simulation: Simulation) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[float, str], ...]]:
    """Return the origins of each bucket of the spike, and the sightings of the window, without ids of stories."""
    (spike,) = (one for key, one in simulation.records.items() if key.startswith("spike:") and one)
    (window,) = (one for key, one in simulation.records.items() if key.startswith("over:") and one)
    buckets = tuple(tuple(sorted(map(_bare, told))) for _, told in sorted(spike["told"].items()))
    return buckets, tuple(sorted({(at, _bare(origin)) for at, origin, _ in window["sightings"]}))


def _bare(origin: str) -> str:
    return origin.removeprefix("source:")
