"""Stories and actors, out of the facts of alerts: what grows, and who stands beside whom."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from services.deliver.alert_filter import AlertFilter
from services.deliver.alert_index import AlertIndex
from services.deliver.facts import SEVERITIES, Facts
from services.deliver.positions import time_of, to_sequence

MOST_NODES = 40  # more than this is a hairball, not a picture


def stories(facts: Iterable[Facts]) -> dict[str, list[Facts]]:
    """Return alert events by story, each newest first, the stories by their newest event (given newest first)."""
    found: dict[str, list[Facts]] = {}
    for one in facts:
        if one.story:
            found.setdefault(one.story, []).append(one)
    return found


def story_summary(story: str, events: list[Facts]) -> dict[str, Any]:
    """Return a story as the API lists it; `events` newest first."""
    newest, oldest = events[0], events[-1]
    return {
        "id": story,
        "title": newest.title or oldest.title,
        "pages": max(one.pages for one in events),
        "origins": max(one.origins for one in events),
        "severity": max((one.severity for one in events), key=SEVERITIES.index),
        "rules": sorted({one.rule for one in events}),
        "tags": sorted(set().union(*(one.tags for one in events))),
        "actors": sorted(set().union(*(one.actors for one in events))),
        "alerts": len({one.alert for one in events}),
        "events": len(events),
        "first_at": time_of(oldest.id).isoformat(),
        "last_at": time_of(newest.id).isoformat(),
        "sequence": to_sequence(newest.id),
    }


def actor_names(index: AlertIndex) -> dict[str, str]:
    """Return for each actor the name that texts give it most often; its id when they never name it."""
    names: dict[str, Counter[str]] = {}
    for one in index.facts:
        for actor in one.actors:
            names.setdefault(actor, Counter())
        for actor, name in one.names:
            names[actor][name] += 1
    return {actor: found.most_common(1)[0][0] if found else actor for actor, found in names.items()}


def actor_list(index: AlertIndex) -> list[dict[str, Any]]:
    """Return the actors of the newest alerts, the most frequent first."""
    names = actor_names(index)
    counts = Counter(actor for one in index.facts if index.is_latest(one) for actor in one.actors)
    return [{"id": actor, "name": names[actor], "alerts": count} for actor, count in counts.most_common()]


def rang_list(index: AlertIndex) -> list[dict[str, Any]]:
    """Return the rules that rang, the most frequent first."""
    counts: Counter[str] = Counter()
    last: dict[str, Facts] = {}
    for one in index.facts:
        counts[one.rule] += index.is_latest(one)
        last[one.rule] = one
    return [
        {
            "id": rule,
            "title": last[rule].rule_title,
            "severity": last[rule].severity,
            "tags": sorted(last[rule].tags),
            "alerts": count,
            "last_at": time_of(last[rule].id).isoformat(),
        }
        for rule, count in counts.most_common()
    ]


def source_list(index: AlertIndex) -> list[dict[str, Any]]:
    """Return the sources whose pages rang, the most frequent first."""
    counts: Counter[str] = Counter()
    last: dict[str, Facts] = {}
    for one in index.facts:
        counts[one.source] += 1
        last[one.source] = one
    return [
        {
            "id": source,
            "name": last[source].source_name or source,
            "alerts": count,
            "last_at": time_of(last[source].id).isoformat(),
        }
        for source, count in counts.most_common()
    ]


def pulse(index: AlertIndex, wanted: AlertFilter, *, since: datetime, until: datetime, steps: int) -> list[list[int]]:
    """Return how many alerts rang in each of `steps` parts of an interval, by severity, lowest first."""
    step = (until - since) / steps or timedelta(seconds=1)
    counts = [[0] * len(SEVERITIES) for _ in range(steps)]
    for one in index.facts:
        at = time_of(one.id)
        if one.revision == 1 and since <= at < until and wanted.matches(one):
            counts[min(steps - 1, int((at - since) / step))][SEVERITIES.index(one.severity)] += 1
    return counts


def graph(index: AlertIndex, *, since: datetime, until: datetime, steps: int) -> dict[str, Any]:
    """Return who stands beside whom in the alerts of an interval, and how often in each of `steps` parts of it.

    A link counts stories, not alerts: forty copies of one report bring two actors no closer.
    """
    step = (until - since) / steps or timedelta(seconds=1)
    pairs: dict[tuple[str, str], list[set[str]]] = {}
    actors: dict[str, set[str]] = {}
    for one in index.facts:
        at = time_of(one.id)
        if not since <= at < until:
            continue
        bucket = min(steps - 1, int((at - since) / step))
        for actor in one.actors:
            actors.setdefault(actor, set()).add(one.story)
        for pair in combinations(sorted(one.actors), 2):
            pairs.setdefault(pair, [set() for _ in range(steps)])[bucket].add(one.story)
    names = actor_names(index)
    kept = sorted(actors, key=lambda actor: (-len(actors[actor]), actor))[:MOST_NODES]
    nodes = [{"id": actor, "name": names.get(actor, actor), "stories": len(actors[actor])} for actor in kept]
    links = [
        {"source": a, "target": b, "stories": len(set().union(*buckets)), "over_time": [len(one) for one in buckets]}
        for (a, b), buckets in sorted(pairs.items(), key=lambda pair: (-len(set().union(*pair[1])), pair[0]))
        if a in kept and b in kept
    ]
    return {"since": since.isoformat(), "until": until.isoformat(), "steps": steps, "nodes": nodes, "links": links}
