"""Partitions: tags that spread evenly over slots, a home that never moves, and an owner for every identity."""

import pytest
import redis.crc

from schemas import streams

COUNTS = (1, 2, 3, 4, 5, 7, 12, 16, 48)


@pytest.mark.parametrize("count", COUNTS)
def test_every_equal_share_of_the_slots_has_one_partition(count: int) -> None:
    shares = [streams.slot(tag) * count // streams.SLOTS for tag in streams.partition_tags(count)]

    assert sorted(shares) == list(range(count))


@pytest.mark.parametrize("masters", [1, 2, 3, 4, 6, 12])
def test_twelve_partitions_spread_evenly_over_any_number_of_masters_that_divides_them(masters: int) -> None:
    owners = [streams.slot(tag) * masters // streams.SLOTS for tag in streams.partition_tags(12)]

    assert {owners.count(master) for master in range(masters)} == {12 // masters}


@pytest.mark.parametrize("count", COUNTS)
def test_home_is_the_first_partition_of_every_number(count: int) -> None:
    assert streams.partition_tags(count)[0] == streams.HOME


@pytest.mark.parametrize("tag", ["p0", "p11.274", ""])
def test_slots_are_those_of_redis_cluster(tag: str) -> None:
    key = streams.key("tocsin", tag, "pages") if tag else "{"

    assert streams.slot(tag or "{") == redis.crc.key_slot(key.encode())


def test_pages_spread_evenly_over_partitions_and_stay_there() -> None:
    tags = streams.partition_tags(12)
    owners = [streams.partition_of(f"pg_{number}", tags) for number in range(12_000)]

    assert all(850 < owners.count(tag) < 1150 for tag in tags)
    assert owners == [streams.partition_of(f"pg_{number}", tags) for number in range(12_000)]
