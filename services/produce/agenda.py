"""Agenda: which source is read next, fair between hosts.

Pure bookkeeping: times come in as numbers. What must stay true: a source is taken by one reader at a time, and of one
host only one source is read at a time, so that a host with hundreds of feeds never holds all readers.
"""

import heapq
from collections import deque
from collections.abc import Collection, Iterable


class Agenda:
    """Sources with the times they are due, and the hosts that are busy."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, str]] = []
        self._ticket: dict[str, int] = {}  # the valid entry of each source in the heap
        self._host_of: dict[str, str] = {}
        self._busy: dict[str, str] = {}  # host → the source that is being read
        self._waiting: dict[str, deque[str]] = {}  # host → sources that are due while it is busy
        self._count = 0

    def __len__(self) -> int:
        return len(self._host_of)

    @property
    def reading(self) -> Collection[str]:
        """The sources that are being read."""
        return self._busy.values()

    @property
    def overdue(self) -> int:
        """How many sources wait for their host."""
        return sum(map(len, self._waiting.values()))

    def put(self, source: str, *, host: str, at: float) -> None:
        """Let the source be due at a time; replaces what it was due before."""
        self._count += 1
        self._host_of[source] = host
        self._ticket[source] = self._count
        heapq.heappush(self._due, (at, self._count, source))

    def remove(self, sources: Iterable[str]) -> None:
        """Forget sources; one that is being read is forgotten when it is done."""
        for source in sources:
            self._host_of.pop(source, None)
            self._ticket.pop(source, None)

    def take(self, now: float) -> str | None:
        """Return a source that is due and whose host is free, and mark both busy; None when there is none."""
        while self._due and self._due[0][0] <= now:
            _, ticket, source = heapq.heappop(self._due)
            if self._ticket.get(source) != ticket:
                continue
            host = self._host_of[source]
            if host in self._busy:
                self._waiting.setdefault(host, deque()).append(source)
                continue
            self._busy[host] = source
            return source
        return None

    def done(self, source: str, *, host: str, now: float) -> None:
        """Free the source's host; the source of that host that has waited longest is due at once."""
        if self._busy.get(host) == source:
            del self._busy[host]
        waiting = self._waiting.get(host)
        while waiting:
            following = waiting.popleft()
            if following in self._host_of:
                self.put(following, host=host, at=now)
                break
        if not waiting:
            self._waiting.pop(host, None)

    def next_at(self) -> float | None:
        """Return when the next source is due; None when nothing is."""
        while self._due and self._ticket.get(self._due[0][2]) != self._due[0][1]:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None
