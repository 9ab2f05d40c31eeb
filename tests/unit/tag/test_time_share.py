"""Time for what may be left out: earned as the clock runs, bounded both ways, spent by use."""

import pytest

from services.tag.time_share import TimeShare


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def uses(share: TimeShare, clock: Clock, *, every: float, each: float, seconds: float) -> int:
    """Return how many uses of `each` seconds there was time for, where one was wanted `every` seconds."""
    done, end = 0, clock.now + seconds
    while clock.now < end:
        if share.has_some():
            done += 1
            with share.spent():
                clock.now += each
        clock.now += every
    return done


@pytest.mark.parametrize("part", [0.1, 0.35, 0.8])
def test_no_more_than_its_share_is_spent(part: float) -> None:
    clock = Clock()

    done = uses(TimeShare(part, clock=clock), clock, every=0.002, each=0.02, seconds=1000)

    assert done * 0.02 == pytest.approx(part * 1000, rel=0.02)


def test_what_stays_under_the_share_is_never_left_out() -> None:
    clock = Clock()

    assert uses(TimeShare(0.5, clock=clock), clock, every=0.08, each=0.02, seconds=100) == 1000


def test_a_long_rest_saves_no_more_than_the_most() -> None:
    clock = Clock()
    share = TimeShare(0.001, most=0.4, clock=clock)
    clock.now += 3600

    assert uses(share, clock, every=0.001, each=0.15, seconds=1) == 3


def test_one_long_use_is_a_bounded_debt() -> None:
    clock = Clock()
    share = TimeShare(0.5, most=0.4, clock=clock)
    with share.spent():
        clock.now += 60
    assert not share.has_some()

    clock.now += 0.9

    assert share.has_some()
