"""What long work on many rules calls between any two of them, so that other work has its turn."""

from collections.abc import Callable

Rest = Callable[[], None]


def no_rest() -> None:
    """Do nothing: there is no other work."""
