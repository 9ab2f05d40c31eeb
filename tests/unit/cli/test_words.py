"""Numbers as a sentence wants them."""

import pytest

from services.cli.words import counted


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (0, "page", "0 pages"),
        (1, "page", "1 page"),
        (2, "dead letter", "2 dead letters"),
        (1, "restart of workers", "1 restart of workers"),
        (3, "restart of workers", "3 restarts of workers"),
    ],
)
def test_what_is_counted_stands_in_its_number(number: int, noun: str, said: str) -> None:
    assert counted(number, noun) == said
