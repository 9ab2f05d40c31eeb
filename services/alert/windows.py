"""Windows, spikes and cooldown: small pure functions over records; event time, and any order of arrival.

What must stay true: a record's size is bounded, whatever arrives; and the same events in another order satisfy a window
just the same, as long as they arrive before it is pushed out by newer ones.
"""

from bisect import bisect_left
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.alert.memory import Record
from services.alert.rule import Over, Quiet, Rule, Spike

SPARE_SIGHTINGS = 32  # kept beyond what can decide, for events that arrive out of order
MOST_KEYS = 256  # origins told apart in one bucket of a spike; more than that is a spike anyway

Sightings = list[tuple[float, str]]  # event time (epoch seconds) and origin, oldest first


def see(sightings: Sightings, origin: str, at: float, over: Over) -> bool:
    """Add a sighting; return whether a window around it holds enough different origins.

    Keeps the newest sightings only. Where there are too many, those of one origin go first that decide nothing, so that
    an origin that floods pushes no other one out.
    """
    entry = (at, origin)
    place = bisect_left(sightings, entry)
    if place < len(sightings) and sightings[place] == entry:
        return window_holds(sightings, at, over)
    sightings.insert(place, entry)
    is_reached = window_holds(sightings, at, over)
    most = over.origins * 4 + SPARE_SIGHTINGS
    if len(sightings) > most:
        sightings[:] = _that_decide(sightings, over.window.total_seconds())[-most:]
    return is_reached


def _that_decide(sightings: Sightings, length: float) -> Sightings:
    """Return the sightings without those of an origin that stand between two of it less than a window apart.

    Every window around such a one holds one of the two as well.
    """
    times: dict[str, list[float]] = {}
    for at, origin in sightings:
        times.setdefault(origin, []).append(at)
    kept: Sightings = []
    for origin, ats in times.items():
        last = ats[0]
        kept.append((last, origin))
        for at, following in pairwise(ats[1:]):
            if following - last >= length:
                kept.append((at, origin))
                last = at
        if len(ats) > 1:
            kept.append((ats[-1], origin))
    return sorted(kept)


def window_holds(sightings: Sightings, at: float, over: Over) -> bool:
    """Return whether some window of the given length around a moment holds enough different origins.

    A window holds what lies less than its length apart.
    """
    length, wanted = over.window.total_seconds(), over.origins
    first = bisect_left(sightings, (at - length, "\uffff"))
    if len(sightings) - first < wanted:
        return False
    counts: dict[str, int] = {}
    start = first
    for end in range(first, len(sightings)):
        when, origin = sightings[end]
        if when >= at + length:
            break
        counts[origin] = counts.get(origin, 0) + 1
        while sightings[start][0] <= when - length:
            gone = sightings[start][1]
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
            start += 1
        if len(counts) >= wanted and sightings[start][0] <= at <= when:
            return True
    return False


def see_spike(record: Record, origin: str, at: float, spike: Spike, *, looked_at: float) -> str | None:
    """Count an origin in its bucket; return why this is a spike, for a person, or None when it is none.

    A bucket is as long as the spike's window. The average is over the buckets since somebody first looked (`looked_at`:
    when the article was fetched), at most the baseline: an old article that is found today teaches nothing.
    """
    length = spike.window.total_seconds()
    bucket, looked = int(at // length), int(looked_at // length)
    buckets: dict[str, list[str]] = record.setdefault("buckets", {})
    keys = buckets.setdefault(str(bucket), [])
    if origin not in keys and len(keys) < MOST_KEYS:
        keys.append(origin)
    newest = max(map(int, buckets))
    span = int(spike.baseline.total_seconds() // length)
    for old in [one for one in buckets if int(one) < newest - span]:
        del buckets[old]
    record["first"] = min(record.get("first", looked), looked)
    first = max(record["first"], bucket - span)
    seen = bucket - first
    if seen * length < spike.learn.total_seconds() or len(keys) < spike.at_least:
        return None
    average = sum(len(found) for one, found in buckets.items() if first <= int(one) < bucket) / seen
    if len(keys) < spike.times * average:
        return None
    hours = seen * length / 3600
    return f"{len(keys)} origins in {spike.window}, {average:.2g} on average over the last {hours:g} hours"


def is_quiet(quiet: Quiet, now: datetime) -> bool:
    """Return whether it is a quiet hour, on the clock of the rule's time zone (also when that clock is changed)."""
    local = now.astimezone(ZoneInfo(quiet.zone))
    clock = local.time().replace(tzinfo=None)
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end and _is_day(quiet, local)
    if clock >= quiet.start:
        return _is_day(quiet, local)
    return clock < quiet.end and _is_day(quiet, local - timedelta(days=1))


def _is_day(quiet: Quiet, begins: datetime) -> bool:
    return quiet.days is None or begins.weekday() in quiet.days


def is_muted(rule: Rule, now: datetime) -> bool:
    """Return whether a rule is silent now: muted for good, muted until later, or in its quiet hours."""
    if rule.is_muted or (rule.mute_until is not None and now < rule.mute_until):
        return True
    return rule.quiet is not None and is_quiet(rule.quiet, now)


def is_cooling(marks: dict[str, float], actors: str, at: float, cooldown: timedelta) -> bool:
    """Return whether the rule rang for the same actors less than the cooldown before or after this event."""
    last = marks.get(actors)
    return last is not None and abs(at - last) < cooldown.total_seconds()
