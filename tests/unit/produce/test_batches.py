"""batches: bounded by number and by weight, and nothing is lost between two."""

from services.produce.batches import MAX_CHARS, MAX_PAGES, next_batch
from tests.given import a_page


def test_batches_follow_one_another_without_a_gap():
    """Everything comes out once, in order, and an empty batch is the end."""
    items = iter(range(250))

    taken = [next_batch(items, lambda item: item) for _ in range(4)]

    assert [len(batch) for batch in taken] == [MAX_PAGES, MAX_PAGES, 50, 0]
    assert [item for batch in taken for item in batch] == list(range(250))


def test_large_pages_make_small_batches():
    """Memory holds one batch: what the pages weigh counts, not only how many they are."""
    page = a_page("x" * (MAX_CHARS // 3))

    batch = next_batch(iter([page] * 50), lambda item: item)

    assert len(batch) == 4
