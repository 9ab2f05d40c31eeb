"""Windows, spikes and cooldown: small pure functions over records; event time, and any order of arrival.

What must stay true: a record's size is bounded, whatever arrives; and the same events in another order satisfy a window
just the same, as long as they arrive before it is pushed out by newer ones.
"""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

from services.alert.memory import Record
from services.alert.rule import Over, Quiet, Rule, Spike
from services.alert.stories import KEPT_FOR

SPARE_SIGHTINGS = 32  # kept beyond what can decide, for events that arrive out of order
MOST_KEYS = 256  # origins told apart in one bucket of a spike; more than that is a spike anyway
MOST_STORIES = 4  # of one origin in one bucket; an origin of so many does not turn out to be another in each of them

Sightings = list[tuple[float, str, str]]  # event time (epoch seconds), origin and story; oldest first
Names = Mapping[str, str]  # what a voice of a story is called now, where that is not its own name
NO_NAMES: Names = MappingProxyType({})
Bucket = dict[str, list[str]]  # the stories that each origin told in one window of the clock; none when they are over


def as_known_now(sightings: Sightings, story: str, names: Names) -> Sightings:
    """Return a window's sightings with the origins that a story has now: those that turned out to be one are one.

    In another story a voice still speaks for itself.
    """
    if not any(of == story and origin in names for _, origin, of in sightings):
        return sightings
    return sorted({(at, names.get(origin, origin) if of == story else origin, of) for at, origin, of in sightings})


def see(sightings: Sightings, origin: str, at: float, over: Over, story: str = "") -> bool:
    """Add a sighting; return whether a window around it holds enough different origins.

    Keeps the newest sightings only. Where there are too many, those of one origin go first that decide nothing, so that
    an origin that floods pushes no other one out.
    """
    entry = (at, origin, story)
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
    by_origin: dict[str, Sightings] = {}
    for sighting in sightings:
        by_origin.setdefault(sighting[1], []).append(sighting)
    kept: Sightings = []
    for own in by_origin.values():
        last = own[0]
        kept.append(last)
        for one, following in pairwise(own[1:]):
            if following[0] - last[0] >= length:
                kept.append(one)
                last = one
        if len(own) > 1:
            kept.append(own[-1])
    return sorted(kept)


def window_holds(sightings: Sightings, at: float, over: Over) -> bool:
    """Return whether some window of the given length around a moment holds enough different origins.

    A window holds what lies less than its length apart.
    """
    length, wanted = over.window.total_seconds(), over.origins
    first = bisect_left(sightings, (at - length, "\uffff", ""))
    if len(sightings) - first < wanted:
        return False
    counts: dict[str, int] = {}
    start = first
    for end in range(first, len(sightings)):
        when, origin, _ = sightings[end]
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


def see_spike(
    record: Record, origin: str, at: float, spike: Spike, *, looked_at: float, story: str = "", names: Names = NO_NAMES
) -> str | None:
    """Count an origin in its bucket; return why this is a spike, for a person, or None when it is none.

    A bucket is as long as the spike's window. The average is over the buckets since somebody first looked (`looked_at`:
    when the article was fetched), at most the baseline: an old article that is found today teaches nothing. In every
    bucket the origins of the story are those that it has now (`names`).
    """
    length = spike.window.total_seconds()
    bucket, looked = int(at // length), int(looked_at // length)
    buckets = {int(one): _renamed(told, story, names) for one, told in record.get("told", {}).items()}
    found = _told_in(buckets.get(bucket, {}), origin, story)
    buckets[bucket] = found
    oldest = max(buckets) - int(spike.baseline.total_seconds() // length)  # what is older is not remembered
    over = max(buckets) - int(KEPT_FOR.total_seconds() // length)  # the stories of what is older are over
    record["told"] = {
        str(one): told if one >= over else {origin: [] for origin in told}
        for one, told in buckets.items()
        if one >= oldest
    }
    record["first"] = min(record.get("first", looked), looked)
    first = max(record["first"], oldest)
    seen = bucket - first
    if seen * length < spike.learn.total_seconds() or len(found) < spike.at_least:
        return None
    average = sum(len(told) for one, told in buckets.items() if first <= one < bucket) / seen
    if len(found) < spike.times * average:
        return None
    hours = seen * length / 3600
    return f"{len(found)} origins in {spike.window}, {average:.2g} on average over the last {hours:g} hours"


def _told_in(told: Bucket, origin: str, story: str) -> Bucket:
    """Return a bucket in which an origin told a story; bounded."""
    stories = told.get(origin, [])
    is_full = len(stories) >= MOST_STORIES or (origin not in told and len(told) >= MOST_KEYS)
    return told if story in stories or is_full else {**told, origin: [*stories, story]}


def _renamed(told: Bucket, story: str, names: Names) -> Bucket:
    """Return a bucket with the origins that a story has now; in another story a voice still speaks for itself."""
    for voice in sorted(one for one in names.keys() & told.keys() if story in told[one]):
        rest = [one for one in told[voice] if one != story]
        others = {origin: stories for origin, stories in told.items() if origin != voice}
        told = _told_in({**others, voice: rest} if rest else others, names[voice], story)
    return told


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
