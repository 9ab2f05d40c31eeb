"""Who counts as an independent origin of a story: texts and voices, merged when they are one, and bounded."""

from dataclasses import replace

from services.alert.memory import Record
from services.alert.origins import MOST_ORIGINS, MOST_VOICES, Joined, as_known_now, join_story
from services.alert.sketch import Sketch, sketch_of
from services.alert.stories import Found, Leader
from tests.unit.alert.given_alerts import NOON, a_tagged_article


def _join(record: Record | None, page: str, voice: str, copies: str | None = None) -> Joined:
    """Put a page into a story: told by `voice`, a copy of the text of page `copies` or a text of its own."""
    sketch = sketch_of(a_tagged_article("Niger."))
    mine = _as(sketch, page, voice)
    leader = Leader("st_1", _as(sketch, copies or "other", "whoever"), NOON)
    return join_story(record, mine, Found(leader, copies is not None, 1.0, (copies,) if copies else ()))


def _as(sketch: Sketch, page: str, voice: str) -> Sketch:
    return replace(sketch, page=page, owner=voice)


def test_the_first_page_of_a_story_is_its_first_origin() -> None:
    joined = _join(None, "p1", "sahel-news")

    assert joined == Joined({"pages": 1, "origins": [{"voices": ["sahel-news"], "texts": ["p1"]}]}, "sahel-news", True)


def test_a_copy_by_another_voice_is_the_same_origin() -> None:
    first = _join(None, "p1", "agency")

    joined = _join(first.record, "p2", "paper", copies="p1")

    assert joined.record == {"pages": 2, "origins": [{"voices": ["agency", "paper"], "texts": ["p1"]}]}
    assert (joined.origin, joined.is_new_text) == ("agency", False)


def test_another_text_by_the_same_voice_is_the_same_origin() -> None:
    first = _join(None, "p1", "agency")

    joined = _join(first.record, "p2", "agency")

    assert joined.record["origins"] == [{"voices": ["agency"], "texts": ["p1", "p2"]}]
    assert joined.is_new_text


def test_another_text_by_another_voice_is_another_origin() -> None:
    first = _join(None, "p1", "agency")

    joined = _join(first.record, "p2", "paper")

    assert joined.record["origins"] == [{"voices": ["agency"], "texts": ["p1"]}, {"voices": ["paper"], "texts": ["p2"]}]
    assert joined.origin == "paper"


def test_two_origins_that_turn_out_to_be_one_are_merged() -> None:
    """A voice of the third copies the text of the first: they were one all along; the second stays another."""
    record = _join(None, "p1", "agency").record
    record = _join(record, "p2", "rival").record
    record = _join(record, "p3", "paper").record

    joined = _join(record, "p4", "paper", copies="p1")

    assert joined.record["origins"] == [
        {"voices": ["agency", "paper"], "texts": ["p1", "p3"]},
        {"voices": ["rival"], "texts": ["p2"]},
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


def test_origins_of_a_story_that_turn_out_to_be_one_are_one_in_a_window() -> None:
    """A voice that was seen in another story too speaks for itself there, and is left."""
    record: Record = {"origins": [{"voices": ["a", "b"], "texts": []}, {"voices": ["c"], "texts": []}]}
    seen = [(1.0, "a"), (2.0, "b"), (3.0, "c"), (4.0, "b")]

    renamed, told_in = as_known_now(seen, {"a": ["s"], "b": ["s"], "c": ["s", "t"]}, "s", record)
    left, _ = as_known_now(seen, {"a": ["s"], "b": ["s", "t"], "c": ["s"]}, "s", record)

    assert renamed == [(1.0, "a"), (2.0, "a"), (3.0, "c"), (4.0, "a")]
    assert told_in == {"a": ["s"], "c": ["s", "t"]}
    assert left == seen
