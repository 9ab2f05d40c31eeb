"""A share of a worker's time for work that may be left out, so that what must be done is not late for it. Pure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class TimeShare:
    """Time is earned as the clock runs, `share` seconds a second, saved up to `most` seconds, and spent by using it.

    `most` is also what a burst can wait for such work at once. A use that takes longer than what is left makes a debt
    of at most `most`, which is earned back before the next one. The clock, in seconds, should be the wall's: that is
    what a message waits.
    """

    share: float
    clock: Callable[[], float]
    most: float = 0.5
    _saved: float = field(init=False)
    _earned_until: float = field(init=False)

    def __post_init__(self) -> None:
        """Start with all that can be saved."""
        self._saved, self._earned_until = self.most, self.clock()

    def has_some(self) -> bool:
        """Return whether there is time to spend."""
        self._earn(self.clock())
        return self._saved > 0

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Spend the time that the block takes."""
        start = self.clock()
        try:
            yield
        finally:
            end = self.clock()
            self._earn(end)
            self._saved = max(-self.most, self._saved - (end - start))

    def _earn(self, now: float) -> None:
        self._saved = min(self.most, self._saved + (now - self._earned_until) * self.share)
        self._earned_until = now
