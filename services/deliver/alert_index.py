"""AlertIndex: the facts of the newest alerts, in memory, for lists, searches, stories and the graph of actors.

Bodies stay in the log. Entries come from both ends: new ones as they ring, older ones while the index is filled.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.deliver.alert_filter import AlertFilter
from services.deliver.facts import Facts
from services.deliver.positions import as_numbers


@dataclass
class AlertIndex:
    """The newest `size` alert events, and for each alert its newest revision."""

    size: int
    facts: deque[Facts] = field(default_factory=deque)
    is_filled: bool = False  # older entries have been read, as far as there is room
    _by_alert: dict[str, list[Facts]] = field(default_factory=dict)  # oldest revision first

    def add_new(self, facts: Facts) -> None:
        """Add an alert that has just rung; the oldest leaves when there is no room."""
        if not facts.alert:
            return
        if len(self.facts) >= self.size:
            self._drop_oldest()
        self.facts.append(facts)
        self._by_alert.setdefault(facts.alert, []).append(facts)

    def add_old(self, facts: Facts) -> bool:
        """Add an alert older than all that are here; False when there is no room for it."""
        if len(self.facts) >= self.size:
            return False
        if facts.alert:
            self.facts.appendleft(facts)
            self._by_alert.setdefault(facts.alert, []).insert(0, facts)
        return True

    def forget_before(self, id: str) -> None:
        """Drop what the log no longer has: entries up to and including `id`."""
        while self.facts and as_numbers(self.facts[0].id) <= as_numbers(id):
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        oldest = self.facts.popleft()
        revisions = self._by_alert[oldest.alert]
        revisions.pop(0)
        if not revisions:
            del self._by_alert[oldest.alert]

    def as_it_is(self) -> "AlertIndex":
        """Return the index as it is now, to be walked through in a thread while this one goes on.

        A copy of fifty thousand takes a millisecond or two, a walk through them up to the better part of a second.
        """
        return AlertIndex(self.size, self.facts.copy(), self.is_filled, self._by_alert)

    def is_latest(self, facts: Facts) -> bool:
        """Return whether no newer revision of this alert is known."""
        revisions = self._by_alert.get(facts.alert)
        return not revisions or revisions[-1].id == facts.id

    def newest_first(self, wanted: AlertFilter, *, before: str | None = None, latest_only: bool) -> Iterator[Facts]:
        """Yield the alerts that were asked for, newest first; `before` is a position to go on from."""
        end = as_numbers(before) if before else None
        for facts in reversed(self.facts):
            if end is not None and as_numbers(facts.id) >= end:
                continue
            if (not latest_only or self.is_latest(facts)) and wanted.matches(facts):
                yield facts

    def of_alert(self, alert: str) -> list[Facts]:
        """Return all revisions of an alert, oldest first."""
        return list(self._by_alert.get(alert, ()))

    def of_story(self, story: str) -> list[Facts]:
        """Return all alert events of a story, oldest first."""
        return [facts for facts in self.facts if facts.story == story]
