"""Stories and actors, out of the facts of alerts: what grows, and who stands beside whom."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import combinations, islice
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


def story_list(index: AlertIndex, wanted: AlertFilter, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` stories as the API lists them, the last to have grown first."""
    found = stories(index.newest_first(wanted, latest_only=False))
    return [story_summary(*one) for one in islice(found.items(), limit)]


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


def beside(index: AlertIndex, actor: str) -> list[dict[str, Any]]:
    """Return who stands in the same stories as an actor, the most frequent first."""
    seen = {(other, one.story) for one in index.facts if actor in one.actors for other in one.actors - {actor}}
    names = actor_names(index)
    counts = Counter(other for other, _ in seen)
    return [{"id": other, "name": names.get(other, other), "stories": count} for other, count in counts.most_common(20)]


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
    told = [(one, at) for one in index.facts if since <= (at := time_of(one.id)) < until]
    actors: dict[str, set[str]] = {}
    for one, _ in told:
        for actor in one.actors:
            actors.setdefault(actor, set()).add(one.story)
    kept = sorted(actors, key=lambda actor: (-len(actors[actor]), actor))[:MOST_NODES]
    pairs: dict[tuple[str, str], dict[int, set[str]]] = {}
    for one, at in told:
        bucket = min(steps - 1, int((at - since) / step))
        for pair in combinations(sorted(one.actors.intersection(kept)), 2):
            pairs.setdefault(pair, {}).setdefault(bucket, set()).add(one.story)
    names = actor_names(index)
    nodes = [{"id": actor, "name": names.get(actor, actor), "stories": len(actors[actor])} for actor in kept]
    links: list[dict[str, Any]] = [
        {
            "source": a,
            "target": b,
            "stories": len(set().union(*buckets.values())),
            "over_time": [len(buckets.get(number, ())) for number in range(steps)],
        }
        for (a, b), buckets in pairs.items()
    ]
    links.sort(key=lambda link: (-link["stories"], link["source"], link["target"]))
    return {"since": since.isoformat(), "until": until.isoformat(), "steps": steps, "nodes": nodes, "links": links}
