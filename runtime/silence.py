"""The silence watch: learns how often each source, rule and language speaks, and notices when one has stopped.

Pure. Time is cut into slots of five minutes. For each hour of the day the share of slots with at least one event is
learned (counting slots, not events, so that bursts weigh no more than one event). A subject is silent when its run of
empty slots was less likely than one in a million. Slots in which the pipeline itself was down are not counted at all.
"""

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from schemas.monitor_event import RECOVERY, SILENCE

SLOT_SECONDS = 300
HOURS = 24
DAY_SLOTS = 24 * 3600 // SLOT_SECONDS
LEARNED_AFTER_SLOTS = DAY_SLOTS  # a day: before, a quiet night is not known to be quiet
LEARNED_AFTER_EVENTS = 12  # slots with an event; below, nothing can be expected
FORGET = 0.9990  # a slot's weight one slot of the same hour later: 12 a day, so half is forgotten in eight weeks
SURPRISE = -math.log(1e-6)
GONE_AFTER_SLOTS = 30 * DAY_SLOTS  # who was expected nothing of and said nothing for a month makes room for others
LEAST_SLOTS = 3  # fifteen minutes: nobody is called silent sooner


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often one subject speaks in each hour of the day (UTC), and how surprising its present silence is."""

    slots: tuple[float, ...] = (0.0,) * HOURS  # slots seen in each hour, forgetting
    spoke: tuple[float, ...] = (0.0,) * HOURS  # of them, those with an event
    slots_seen: int = 0
    slots_spoken: int = 0
    quiet_slots: int = 0
    surprise: float = 0.0  # −log of the likelihood of the present run of empty slots
    last_event_at: float = 0.0
    is_silent: bool = False

    @property
    def is_learned(self) -> bool:
        """Whether enough is known to expect anything."""
        return self.slots_seen >= LEARNED_AFTER_SLOTS and self.slots_spoken >= LEARNED_AFTER_EVENTS

    def share(self, hour: int) -> float:
        """Return the expected share of slots with an event in an hour, drawn towards less when little is known."""
        return self.spoke[hour] / (self.slots[hour] + 2.0)


def after_slot(rhythm: Rhythm, *, hour: int, has_event: bool) -> Rhythm:
    """Return the rhythm after one more slot of five minutes in this hour of the day."""
    share = rhythm.share(hour)
    # A silence teaches nothing: a source that is down for a week is still expected back.
    learns = has_event or not rhythm.is_silent
    slots, spoke = list(rhythm.slots), list(rhythm.spoke)
    if learns:
        slots[hour] = slots[hour] * FORGET + 1.0
        spoke[hour] = spoke[hour] * FORGET + float(has_event)
    surprise = 0.0 if has_event else rhythm.surprise - math.log1p(-min(share, 0.999))
    quiet_slots = 0 if has_event else rhythm.quiet_slots + 1
    next_rhythm = replace(
        rhythm,
        slots=tuple(slots),
        spoke=tuple(spoke),
        slots_seen=rhythm.slots_seen + learns,
        slots_spoken=rhythm.slots_spoken + has_event,
        quiet_slots=quiet_slots,
        surprise=surprise,
    )
    is_silent = next_rhythm.is_learned and quiet_slots >= LEAST_SLOTS and surprise >= SURPRISE
    return replace(next_rhythm, is_silent=is_silent)


@dataclass(frozen=True, slots=True)
class Change:
    """A subject fell silent, or spoke again."""

    kind: str  # source, rule or language
    subject: str
    change: str  # "began" or "ended"
    last_event_at: float  # Unix time
    quiet_seconds: int
    likelihood: float  # of a silence this long, by what was learned
    forgotten: bool = False  # it ended because nobody expects the subject any more, and not with an event


def event_of(change: Change, now: datetime) -> dict[str, Any]:
    """Return the CloudEvent of a silence that began or ended."""
    last = datetime.fromtimestamp(change.last_event_at, UTC).isoformat() if change.last_event_at else None
    return {
        "specversion": "1.0",
        "id": f"silence-{change.kind}-{change.subject}-{change.change}-{int(change.last_event_at)}",
        "type": SILENCE if change.change == "began" else RECOVERY,
        "source": f"/monitor/{change.kind}s",
        "subject": change.subject,
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "kind": change.kind,
            "subject": change.subject,
            "change": change.change,
            "last_event_at": last,
            "quiet_seconds": change.quiet_seconds,
            "likelihood": change.likelihood,
            "forgotten": change.forgotten,
        },
    }


@dataclass(frozen=True, slots=True)
class Watch:
    """All rhythms, and who spoke in the present slot. Never more than `most` subjects; later ones are not watched."""

    most: int = 5000
    rhythms: dict[tuple[str, str], Rhythm] = field(default_factory=dict)
    spoke_at: dict[tuple[str, str], float] = field(default_factory=dict)

    def heard(self, kind: str, subject: str, at: float) -> list[Change]:
        """Note an event; returns the end of a silence, at once and not only with the slot."""
        key = (kind, subject)
        if key not in self.rhythms:
            if len(self.rhythms) >= self.most:
                return []
            self.rhythms[key] = Rhythm()
        rhythm = self.rhythms[key]
        self.rhythms[key] = replace(rhythm, last_event_at=max(rhythm.last_event_at, at), is_silent=False)
        self.spoke_at[key] = at
        return [_change(key, "ended", rhythm)] if rhythm.is_silent else []

    def slot_over(self, ended_at: float, *, was_watching: bool) -> list[Change]:
        """Close the slot that ended at this Unix time; returns the silences that began with it.

        `was_watching` is False when the pipeline itself did not work in the slot: nobody can be blamed for it.
        """
        changes = []
        if was_watching:
            hour = datetime.fromtimestamp(ended_at - SLOT_SECONDS / 2, UTC).hour
            for key, before in list(self.rhythms.items()):
                rhythm = after_slot(before, hour=hour, has_event=key in self.spoke_at)
                self.rhythms[key] = rhythm
                if rhythm.quiet_slots >= GONE_AFTER_SLOTS and not rhythm.is_silent:
                    del self.rhythms[key]
                if rhythm.is_silent and not before.is_silent:
                    changes.append(_change(key, "began", rhythm))
        self.spoke_at.clear()
        return changes

    def forget(self, kind: str, subject: str) -> list[Change]:
        """Expect nothing of a subject any more, and learn it anew when it speaks; returns the silence this ends."""
        key = (kind, subject)
        rhythm = self.rhythms.pop(key, None)
        self.spoke_at.pop(key, None)
        return [_change(key, "ended", rhythm, forgotten=True)] if rhythm and rhythm.is_silent else []

    def silent(self, kind: str) -> list[str]:
        """Return the subjects of a kind that are silent now, sorted."""
        return sorted(subject for (of, subject), rhythm in self.rhythms.items() if of == kind and rhythm.is_silent)

    def learned(self, kind: str) -> int:
        """Return how many subjects of a kind have a known rhythm."""
        return sum(of == kind and rhythm.is_learned for (of, _), rhythm in self.rhythms.items())


def _change(key: tuple[str, str], change: str, rhythm: Rhythm, *, forgotten: bool = False) -> Change:
    quiet_seconds = rhythm.quiet_slots * SLOT_SECONDS
    return Change(*key, change, rhythm.last_event_at, quiet_seconds, math.exp(-rhythm.surprise), forgotten)


def to_fields(rhythm: Rhythm) -> dict[str, object]:
    """Return a rhythm as plain data, to be kept over a restart."""
    return {name: getattr(rhythm, name) for name in Rhythm.__dataclass_fields__}


def from_fields(fields: dict[str, object]) -> Rhythm:
    """Return the rhythm of `to_fields`; unknown fields of a newer version are left out."""
    known = {name: value for name, value in fields.items() if name in Rhythm.__dataclass_fields__}
    for name in ("slots", "spoke"):
        if isinstance(known.get(name), list):
            known[name] = tuple(known[name])  # type: ignore[arg-type]
    return Rhythm(**known)  # type: ignore[arg-type]
