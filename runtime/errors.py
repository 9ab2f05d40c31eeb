"""What a stage does next when something goes wrong; every error of ours is one of these.

    TocsinError
    ├── TryAgain        the world is at fault: the message stays pending and is tried again later
    ├── Unprocessable   the message is at fault: it becomes a dead letter at once
    ├── NotWanted       nobody is at fault: the message is dropped on purpose, and counted by reason
    └── Misconfigured   we are at fault: the process refuses to start, and says what to change

The `reason` of an error is a label of metrics and dead letters: a closed set, never a text.
"""

import re


class TocsinError(Exception):
    """Base of all errors that say what happens next."""

    @property
    def reason(self) -> str:
        """The label of this error: `TooShort` → `too_short`."""
        return reason_of(type(self))


def reason_of(error: type[TocsinError]) -> str:
    """Return the class name in snake_case, the label of metrics and dead letters."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", error.__name__).lower()


class TryAgain(TocsinError):
    """The world is at fault; the message stays pending and is tried again."""


class Unprocessable(TocsinError):
    """The message is at fault; it becomes a dead letter with this reason."""


class InvalidMessage(Unprocessable):
    """The message is not what its stream carries."""


class NotWanted(TocsinError):
    """The message is fine and of no use here; it is dropped and counted by this reason."""


class Misconfigured(TocsinError):
    """The setup is at fault; the process refuses to start."""
