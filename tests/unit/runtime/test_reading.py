"""How much a worker reads at once."""

from typing import Any

from runtime.reading import READ_BYTES, Appetite


def a_read(*sizes: int) -> Any:
    return [[b"stream", [(b"1-%d" % number, {b"d": bytes(size)}) for number, size in enumerate(sizes)]]]


def test_messages_of_the_usual_size_are_read_in_full_batches() -> None:
    appetite = Appetite()

    appetite.ate(a_read(*[100_000] * 64))

    assert appetite.count(64) == 64


def test_large_messages_are_read_a_few_at_a_time() -> None:
    """Whatever one weighs, one is read; and a read of the largest seen stays within the bound."""
    appetite = Appetite()

    appetite.ate(a_read(1000, 5_000_000, 1000))
    assert appetite.count(64) == READ_BYTES // 5_000_000
    appetite.ate(a_read(50_000_000))
    assert appetite.count(64) == 1


def test_large_messages_are_forgotten_by_half_with_each_read() -> None:
    """A single large page does not slow a worker down for long, also when nothing comes."""
    appetite = Appetite()
    appetite.ate(a_read(8_000_000))
    counts = []

    for found in (a_read(10), None, [], a_read(10, 10), a_read(10)):
        appetite.ate(found)
        counts.append(appetite.count(64))

    assert counts == [4, 8, 16, 32, 64]
