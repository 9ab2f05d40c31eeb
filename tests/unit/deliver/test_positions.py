"""Positions in the alert log sort as text and are read back in every form a client may send."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.deliver.positions import NEW, WrongPosition, as_numbers, parse_start, time_of, to_sequence, to_stream_id

IDS = st.tuples(st.integers(0, 10**15), st.integers(0, 10**9)).map(lambda pair: f"{pair[0]}-{pair[1]}")


@given(st.lists(IDS, max_size=20))
def test_sequences_sort_as_text_in_the_order_of_the_log(ids: list[str]) -> None:
    """Sorting the padded text gives the order of the numbers."""
    assert sorted(ids, key=to_sequence) == sorted(ids, key=as_numbers)


@given(IDS)
def test_a_sequence_is_read_back_as_its_id(id: str) -> None:
    """A client may send back what it was given, padded or not."""
    assert to_stream_id(to_sequence(id)) == to_stream_id(id) == id


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param("0", "0-0", id="the beginning"),
        pytest.param("", "0-0", id="nothing"),
        pytest.param("beginning", "0-0", id="the word"),
        pytest.param("$", NEW, id="what comes"),
        pytest.param("now", NEW, id="now"),
        pytest.param("1763781911482", "1763781911482-0", id="milliseconds"),
        pytest.param("1763781911482-3", "1763781911482-3", id="an id"),
        pytest.param("1970-01-01T00:00:01Z", f"999-{2**64 - 1}", id="a time"),
        pytest.param("1970-01-01T01:00:01+01:00", f"999-{2**64 - 1}", id="a time with a zone"),
        pytest.param("1970-01-01T01:00:01 01:00", f"999-{2**64 - 1}", id="a plus sign lost in a URL"),
        pytest.param("1970-01-01T00:00:01", f"999-{2**64 - 1}", id="a time without a zone is UTC"),
        pytest.param("1969-01-01", "0-0", id="before all time"),
    ],
)
def test_a_start_can_be_written_in_many_ways(start: str, expected: str) -> None:
    """What people and programs write is understood."""
    assert parse_start(start) == expected


@pytest.mark.parametrize("start", ["yesterday", "12-", "-3", "2026-13-01", "1-2-3", "9" * 21, "١٢"])
def test_nonsense_is_refused_with_what_was_expected(start: str) -> None:
    """The message shows the forms that are understood."""
    with pytest.raises(WrongPosition, match="expected a position such as"):
        parse_start(start)


def test_an_id_tells_when_it_was_written() -> None:
    """The first number of an id is the server's clock in milliseconds."""
    assert time_of("1767268800000-5") == datetime(2026, 1, 1, 12, tzinfo=UTC)
