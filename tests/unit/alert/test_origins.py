"""Who counts as an independent origin of a story: texts and voices, merged when they are one, and bounded."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from services.alert.memory import Record
from services.alert.origins import MOST_ORIGINS, MOST_VOICES, Joined, join_story, other_names
from services.alert.sketch import Sketch, sketch_of
from services.alert.stories import Found, Leader
from tests.unit.alert.given_alerts import NOON, a_tagged_article


def _join(record: Record | None, page: str, voice: str, copies: str | None = None, *, at: datetime = NOON) -> Joined:
    """Put a page into a story: told by `voice`, a copy of the text of page `copies` or a text of its own."""
    sketch = sketch_of(a_tagged_article("Niger."))
    mine = replace(_as(sketch, page, voice), event_at=at)
    leader = Leader("st_1", _as(sketch, copies or "other", "whoever"), NOON)
    return join_story(record, mine, Found(leader, copies is not None, 1.0, (copies,) if copies else ()))


def _origin(voices: list[str], texts: list[str]) -> dict[str, Any]:
    return {"voices": voices, "texts": texts, "at": NOON.timestamp()}


def _as(sketch: Sketch, page: str, voice: str) -> Sketch:
    return replace(sketch, page=page, owner=voice)


def test_the_first_page_of_a_story_is_its_first_origin() -> None:
    joined = _join(None, "p1", "sahel-news")

    assert joined == Joined({"pages": 1, "origins": [_origin(["sahel-news"], ["p1"])]}, "sahel-news", True)


def test_a_copy_by_another_voice_is_the_same_origin() -> None:
    first = _join(None, "p1", "agency")

    joined = _join(first.record, "p2", "paper", copies="p1")

    assert joined.record == {"pages": 2, "origins": [_origin(["agency", "paper"], ["p1"])]}
    assert (joined.origin, joined.is_new_text) == ("agency", False)


def test_another_text_by_the_same_voice_is_the_same_origin() -> None:
    first = _join(None, "p1", "agency")

    joined = _join(first.record, "p2", "agency")

    assert joined.record["origins"] == [_origin(["agency"], ["p1", "p2"])]
    assert joined.is_new_text


def test_another_text_by_another_voice_is_another_origin() -> None:
    first = _join(None, "p1", "agency")

    joined = _join(first.record, "p2", "paper")

    assert joined.record["origins"] == [_origin(["agency"], ["p1"]), _origin(["paper"], ["p2"])]
    assert joined.origin == "paper"


def test_two_origins_that_turn_out_to_be_one_are_merged() -> None:
    """A voice of the third copies the text of the first: they were one all along; the second stays another."""
    record = _join(None, "p1", "agency").record
    record = _join(record, "p2", "rival").record
    record = _join(record, "p3", "paper").record

    joined = _join(record, "p4", "paper", copies="p1")

    assert joined.record["origins"] == [
        _origin(["agency", "paper"], ["p1", "p3"]),
        _origin(["rival"], ["p2"]),
    ]
    assert (joined.record["pages"], joined.origin) == (4, "agency")


def test_what_was_known_before_is_left_as_it_was() -> None:
    """The record that is handed in does not change: a decision that is not kept leaves no trace."""
    record = _join(_join(None, "p1", "agency").record, "p2", "rival").record
    before = repr(record)

    _join(record, "p3", "rival", copies="p1")

    assert repr(record) == before


def test_the_record_of_a_story_is_bounded() -> None:
    record: Record | None = None
    for number in range(MOST_ORIGINS + 2):
        record = _join(record, f"p{number}", f"voice {number}").record
    assert record is not None
    assert len(record["origins"]) == MOST_ORIGINS
    for number in range(MOST_VOICES + 2):
        record = _join(record, f"copy {number}", f"copier {number}", copies="p0").record
        record = _join(record, f"more {number}", "voice 1").record

    assert len(record["origins"][0]["voices"]) == MOST_VOICES
    assert len(record["origins"][1]["texts"]) == MOST_VOICES
    assert record["pages"] == MOST_ORIGINS + 2 + 2 * (MOST_VOICES + 2)


def test_a_page_in_a_new_form_is_no_further_page() -> None:
    """An edited page that its story has already changes what is known of it, not how many pages there are."""
    first = _join(None, "p1", "agency").record
    sketch = _as(sketch_of(a_tagged_article("Niger.")), "p2", "agency")

    joined = join_story(first, sketch, None, is_told_on=True)

    assert joined.record["pages"] == 1


def test_an_origin_is_called_by_the_voice_that_told_it_first_whichever_arrived_first() -> None:
    """By the time of the event, then by name: so the same origin has the same name in another order of arrival."""
    copies = [("agency", NOON - timedelta(hours=1)), ("paper", NOON), ("a-paper", NOON + timedelta(hours=1))]

    for order in permutations(copies):
        joined = _join(None, "p1", "another-paper", at=NOON)
        for number, (voice, at) in enumerate(order):
            joined = _join(joined.record, f"copy {number}", voice, copies="p1", at=at)

        assert joined.origin == "agency"
        assert other_names(joined.record) == dict.fromkeys(["paper", "a-paper", "another-paper"], "agency")


def test_two_origins_that_are_one_are_called_by_the_voice_of_both_that_told_it_first() -> None:
    record = _join(None, "p1", "paper", at=NOON).record
    record = _join(record, "p2", "agency", at=NOON - timedelta(hours=1)).record

    joined = _join(record, "p3", "paper", copies="p2", at=NOON)

    assert joined.origin == "agency"
    assert other_names(joined.record) == {"paper": "agency"}
