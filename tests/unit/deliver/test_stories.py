"""What the facts of many alerts tell together: who stands beside whom."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations

from services.deliver.alert_index import AlertIndex
from services.deliver.facts import Facts
from services.deliver.positions import time_of
from services.deliver.stories import MOST_NODES, graph

UNTIL = datetime(2026, 3, 2, 12, tzinfo=UTC)
SINCE = UNTIL - timedelta(hours=10)


def alerts(count: int, actors: int) -> Iterator[Facts]:
    """Yield alerts of twelve hours, of which the first two lie before the interval."""
    dice = random.Random(count)
    for number in range(count):
        at = UNTIL - timedelta(hours=12) * (1 - number / count)
        named = frozenset(f"A{dice.randrange(actors):03}" for _ in range(4))
        id = f"{int(at.timestamp() * 1000)}-{number}"
        yield Facts(id, f"e{number}", "t", alert=f"a{number}", actors=named, story=f"s{number // 3}")


def test_a_link_counts_the_stories_that_two_actors_share() -> None:
    """Copies of one report bring nobody closer; only the most frequent actors are shown, and only links among them."""
    index = AlertIndex(1000)
    for one in alerts(900, actors=60):
        index.add_new(one)

    found = graph(index, since=SINCE, until=UNTIL, steps=5)

    stories: dict[str, set[str]] = {}
    shared: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for one in index.facts:
        if not SINCE <= (at := time_of(one.id)) < UNTIL:
            continue
        for actor in one.actors:
            stories.setdefault(actor, set()).add(one.story)
        for pair in combinations(sorted(one.actors), 2):
            shared.setdefault(pair, set()).add((int((at - SINCE) / timedelta(hours=2)), one.story))
    shown = [node["id"] for node in found["nodes"]]
    assert len(shown) == MOST_NODES < len(stories)
    assert {node["id"]: node["stories"] for node in found["nodes"]} == {one: len(stories[one]) for one in shown}
    assert min(len(stories[one]) for one in shown) >= max(len(stories[one]) for one in set(stories) - set(shown))
    links = {(link["source"], link["target"]): link for link in found["links"]}
    assert set(links) == {pair for pair in shared if set(pair) <= set(shown)}
    for pair, link in links.items():
        assert link["stories"] == len({story for _, story in shared[pair]})
        assert link["over_time"] == [sum(bucket == step for bucket, _ in shared[pair]) for step in range(5)]
    assert [link["stories"] for link in found["links"]] == sorted(len({s for _, s in shared[p]}) for p in links)[::-1]
