"""A short soak: the long one of benchmarks/soak.py for ten seconds; docs/operate.md has the figures of an hour."""

from benchmarks.soak import print_sums, soak

SECONDS, RATE = 10, 30  # enough for several hundred pages; memory and latency need the long form


async def test_every_page_of_a_steady_stream_is_accounted_for() -> None:
    """Each stage took what the one before gave; every canary came out; no worker had to be started again."""
    seen, stages = await soak(SECONDS, RATE, {"clean": 1, "tag": 1, "alert": 1})

    assert seen.accepted >= SECONDS * RATE
    assert print_sums(seen, stages) is False, stages
    assert seen.sent_at == {}
    assert len(seen.latency_seconds) >= SECONDS - 1
    assert seen.supervisor.restarts == 0
    assert all(name in seen.memory_mb for name in ("clean", "tag", "alert", "server"))
