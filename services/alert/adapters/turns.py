"""Reading rules and matching articles take turns at the interpreter, which one thread has at a time.

Left to Python, each would get half of it, and pay for a switch at every call of numpy. So a message waits a moment and
is then handled without a break, while reading rests: reading has most of the time, and no message waits long. Rules
that take long to read, a hundred thousand new ones, get less of it after a while, or messages would pile up meanwhile.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic, sleep
from typing import TypeVar

Handled = TypeVar("Handled")

GIVE_WAY_SECONDS = 0.02  # of a matching thread, before each message while rules are read
LONG_SECONDS, GIVE_WAY_LATER_SECONDS = 1.5, 0.004  # reading that takes so long already; and how long one waits then
MOST_REST_SECONDS = 0.05  # of reading, while one message is handled; reading goes on beside a longer one


class Turns:
    """Whose turn it is; `reading` and `rest` are for one thread, what `before` returns is for any other one."""

    def __init__(self) -> None:
        self._since: float | None = None  # the clock's time when reading began
        self._is_free = Event()
        self._is_free.set()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Have most of the interpreter within the context."""
        self._since = monotonic()
        try:
            yield
        finally:
            self._since = None

    def rest(self) -> None:
        """Let a message that is being handled be finished."""
        if not self._is_free.is_set() and not self._is_free.wait(MOST_REST_SECONDS):
            self._is_free.set()

    def before(self, handle: Callable[[bytes], Handled]) -> Callable[[bytes], Handled]:
        """Return a handler of messages that takes turns with rules that are being read."""

        def handle_in_turn(data: bytes) -> Handled:
            if (since := self._since) is None:
                return handle(data)
            sleep(GIVE_WAY_SECONDS if monotonic() - since < LONG_SECONDS else GIVE_WAY_LATER_SECONDS)
            self._is_free.clear()
            try:
                return handle(data)
            finally:
                self._is_free.set()

        return handle_in_turn
