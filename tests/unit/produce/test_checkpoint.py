"""checkpoint: what was dealt with stays dealt with, in bounded memory."""

import tracemalloc
from datetime import UTC, datetime, timedelta

from services.produce.checkpoint import KEPT_ENTRIES, Checkpoint
from services.produce.entry import Entry
from services.produce.positions import Positions

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def an_entry(number: int = 0, title: str = "T") -> Entry:
    return Entry(url=f"https://a.example/{number}", key=str(number), title=title)


def test_an_entry_is_settled_until_its_feed_says_that_it_changed():
    """The same version is not read again, a new one is."""
    checkpoint = Checkpoint().settled(an_entry(), revision=1, page_print="p")

    assert checkpoint.is_settled(an_entry())
    assert not checkpoint.is_settled(an_entry(title="T, updated"))
    assert not checkpoint.is_settled(an_entry(1))


def test_only_new_prose_is_a_new_revision():
    """A page that the feed calls updated and that says the same is the same revision."""
    checkpoint = Checkpoint().settled(an_entry(), revision=1, page_print="p")
    changed = checkpoint.settled(an_entry(), revision=2, page_print="q")

    assert Checkpoint().revision_of(an_entry(), "p") == 1
    assert checkpoint.revision_of(an_entry(), "p") == 1
    assert checkpoint.revision_of(an_entry(), "q") == 2
    assert changed.revision_of(an_entry(), "p") == 3


def test_a_page_that_could_not_be_read_again_keeps_its_revision():
    """A failed fetch of an update forgets nothing of the page before."""
    checkpoint = Checkpoint().settled(an_entry(), revision=2, page_print="p").settled(an_entry(title="T2"))

    assert checkpoint.revision_of(an_entry(), "p") == 2
    assert checkpoint.revision_of(an_entry(), "q") == 3


def test_failed_tries_are_counted_until_the_entry_is_settled():
    """Giving up needs a count; a page that came in the end needs none."""
    checkpoint = Checkpoint().tried(an_entry()).tried(an_entry()).tried(an_entry(1))

    assert checkpoint.tries == {an_entry().digest: 2, an_entry(1).digest: 1}
    assert checkpoint.settled(an_entry()).tries == {an_entry(1).digest: 1}


def test_memory_of_old_entries_is_bounded_and_of_shown_ones_is_not():
    """What a feed still shows is never forgotten, or it would be read again."""
    checkpoint = Checkpoint()
    for number in range(KEPT_ENTRIES + 50):
        checkpoint = checkpoint.settled(an_entry(number))

    kept = checkpoint.keeping({an_entry(0).digest, an_entry(1).digest})

    assert len(kept.entries) == KEPT_ENTRIES + 2
    assert kept.is_settled(an_entry(0))
    assert not kept.is_settled(an_entry(2))
    assert kept.is_settled(an_entry(KEPT_ENTRIES + 49))


def test_a_checkpoint_comes_back_from_json_as_it_was():
    """Also from an older version of itself, and from one with fields that are not known yet."""
    checkpoint = Checkpoint(etag='"é"', position="12 /srv/x").settled(an_entry(), revision=1, page_print="p")
    checkpoint = checkpoint.read_failed("server_failed").due(NOW, timedelta(minutes=5))

    assert Checkpoint.model_validate_json(checkpoint.model_dump_json(exclude_defaults=True)) == checkpoint
    assert Checkpoint.model_validate_json('{"new_field": 1}') == Checkpoint()
    entry = an_entry()
    older = {"entries": {entry.digest: {"version": entry.version, "revision": 2, "print": "0123456789abcdef0123"}}}
    assert Checkpoint.model_validate(older).revision_of(entry, "0123456789abcdef0123") == 2
    assert Checkpoint.model_validate(older).is_settled(entry)


def test_thousands_of_checkpoints_take_little_and_come_back_whole():
    """A source in the long run remembers 230 entries; packed they are a tenth of the objects."""
    checkpoint = Checkpoint(etag="e").tried(an_entry(-1)).read_failed("server_failed")
    for number in range(230):
        checkpoint = checkpoint.settled(an_entry(number), revision=1, page_print=f"{number:032x}")
    positions = Positions()
    tracemalloc.start()

    for number in range(50):
        positions[str(number)] = checkpoint

    size_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size_bytes / 50 < 20_000
    assert positions["7"] == checkpoint
    glance = positions.glance("7")
    assert glance is not None
    assert (glance.failures, glance.entries) == (1, {})
    assert positions.glance("none") is None
    assert positions.get("none") is None


def test_a_good_reading_ends_the_failures():
    """Counts start again; news are noted apart from answers."""
    failed = Checkpoint().read_failed("server_failed").read_failed("fetch_timeout")

    assert (failed.failures, failed.failed_because) == (2, "fetch_timeout")
    assert failed.read_ok(NOW, has_new=False) == Checkpoint(last_ok_at=NOW)
    assert failed.read_ok(NOW, has_new=True).last_new_at == NOW
