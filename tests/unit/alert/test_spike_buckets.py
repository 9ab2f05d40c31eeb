"""The buckets of a spike at their edges: what is counted, averaged, remembered and forgotten."""

from datetime import timedelta

from services.alert.memory import Record
from services.alert.rule import Spike
from services.alert.windows import MOST_KEYS, see_spike

HOUR = 3600.0


def _spike(**given: object) -> Spike:
    fields = {"window": timedelta(hours=1), "baseline": timedelta(hours=24), "learn": timedelta(hours=4), "at_least": 3}
    return Spike(**(fields | given))  # type: ignore[arg-type]


def _see(record: Record, origin: str, at: float) -> str | None:
    """See an article that was fetched when it was published."""
    return see_spike(record, origin, at, _spike(), looked_at=at)


def _one_origin_an_hour(hours: int) -> Record:
    record: Record = {}
    for hour in range(hours):
        _see(record, "usual", hour * HOUR)
    return record


def test_three_times_the_average_is_a_spike_and_says_why() -> None:
    record = _one_origin_an_hour(4)

    said = [_see(record, origin, 4 * HOUR + second) for second, origin in enumerate("abc")]

    assert said == [None, None, "3 origins in 1:00:00, 1 on average over the last 4 hours"]


def test_a_copy_is_no_further_origin_of_a_spike() -> None:
    record = _one_origin_an_hour(4)

    assert [_see(record, origin, 4.5 * HOUR) for origin in "aabb"] == [None] * 4


def test_in_a_spike_an_origin_is_called_as_its_story_knows_it_now() -> None:
    """In every bucket of the baseline; in another story the voice speaks for itself."""
    record: Record = {}
    for origin, hour, story in (
        ("a", 0, "s"),
        ("b", 0, "s"),
        ("b", 1, "t"),
        ("b", 2, "s"),
        ("b", 2, "t"),
        ("c", 2, "u"),
    ):
        see_spike(record, origin, hour * HOUR, _spike(), looked_at=hour * HOUR, story=story)

    see_spike(record, "a", 2 * HOUR, _spike(), looked_at=2 * HOUR, story="s", names={"b": "a"})

    assert record["told"] == {
        "0": {"a": ["s"]},
        "1": {"b": ["t"]},
        "2": {"b": ["t"], "c": ["u"], "a": ["s"]},
    }


def test_of_buckets_whose_stories_are_over_only_the_origins_are_remembered() -> None:
    """Three days later nobody turns out to have copied; a week of windows stays small."""
    record: Record = {}
    week = _spike(baseline=timedelta(days=7))
    for hour in (0, 1, 73):
        see_spike(record, "b", hour * HOUR, week, looked_at=0.0, story="s")

    see_spike(record, "a", 73 * HOUR, week, looked_at=0.0, story="s", names={"b": "a"})

    assert record["told"] == {"0": {"b": []}, "1": {"a": ["s"]}, "73": {"a": ["s"]}}


def test_what_was_remembered_is_left_as_it_was() -> None:
    """A decision that is not kept leaves no trace in the record that was read."""
    record: Record = {}
    _see(record, "b", 0.0)
    before, again = repr(record), dict(record)

    see_spike(again, "a", 1.0, _spike(), looked_at=1.0, names={"b": "a"})

    assert repr(record) == before
    assert again["told"] == {"0": {"a": [""]}}


def test_an_event_older_than_the_baseline_is_no_spike() -> None:
    """What was usual then is no longer known."""
    record: Record = {}
    for hour in range(60):
        for origin in "abc":
            see_spike(record, origin, hour * HOUR, _spike(at_least=1), looked_at=hour * HOUR)

    for hour in (30, 35, 37):
        assert see_spike(record, "d", hour * HOUR, _spike(at_least=1), looked_at=60 * HOUR) is None


def test_nothing_spikes_before_enough_was_seen() -> None:
    record = _one_origin_an_hour(4)

    assert [_see(record, origin, 3.5 * HOUR) for origin in "abcdefg"] == [None] * 7


def test_fewer_than_at_least_are_no_spike_however_rare_they_are() -> None:
    record = _one_origin_an_hour(1)

    assert [_see(record, origin, 20 * HOUR) for origin in "ab"] == [None, None]
    assert _see(record, "c", 20 * HOUR) == ("3 origins in 1:00:00, 0.05 on average over the last 20 hours")


def test_the_average_is_over_the_baseline_only() -> None:
    """A busy day that is too long ago does not raise the bar, and is forgotten."""
    record: Record = {}
    for origin in "abcdefgh":
        _see(record, origin, 0.0)

    said = [_see(record, origin, 24 * HOUR) for origin in "abc"]

    assert said == [None, None, "3 origins in 1:00:00, 0.33 on average over the last 24 hours"]
    assert set(record["told"]) == {"0", "24"}
    assert _see(record, "a", 25 * HOUR) is None
    assert set(record["told"]) == {"24", "25"}


def test_an_earlier_event_moves_the_beginning_back() -> None:
    """The first bucket is the earliest, whatever arrived first."""
    record: Record = {}

    _see(record, "a", 9.9 * HOUR)
    _see(record, "a", 2.2 * HOUR)

    assert record["first"] == 2
    assert record["told"] == {"9": {"a": [""]}, "2": {"a": [""]}}


def test_an_old_article_found_today_teaches_nothing() -> None:
    record: Record = {}

    see_spike(record, "archive", 0.0, _spike(), looked_at=700 * HOUR)
    said = [_see(record, origin, 700.5 * HOUR) for origin in "abcdef"]

    assert said == [None] * 6


def test_a_bucket_is_bounded() -> None:
    record: Record = {}

    for number in range(MOST_KEYS + 3):
        _see(record, str(number), 0.0)

    assert record["told"]["0"] == {str(number): [""] for number in range(MOST_KEYS)}
