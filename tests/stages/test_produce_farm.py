"""Produce against a farm of sites over real HTTP: what should arrive arrives once, nothing else does, politely."""

import asyncio
import hashlib
import logging
from time import monotonic

import psutil
import pytest

from tests.site_farm.bad_sites import add_bad_sites
from tests.site_farm.http import Server, Traffic
from tests.site_farm.producing import HOST_DELAY_SECONDS, Readings, dropped, pages, pages_key, producing, specs_of
from tests.site_farm.sites import Farm, add_good_sites
from tests.wait import until

log = logging.getLogger(__name__)


@pytest.mark.timeout(1200)  # the long form on a busy machine
async def test_everything_arrives_once_and_nothing_else_does(redis, settings, is_long):
    """Of many good and all bad sites exactly the wanted pages arrive, byte for byte, while the sources are read on."""
    async with Server({}) as server:
        farm = Farm(server.port)
        add_good_sites(farm, 360 if is_long else 60)
        add_bad_sites(farm)
        server.handlers = farm.handlers
        process = psutil.Process()
        memory_before = process.memory_info().rss

        # Producer and farm share one core with whatever else runs: good sites must not count as slow for that.
        patience = {"request_timeout": 6} if is_long else {}
        async with (
            producing(redis, settings, server, specs_of(farm.feeds), **patience) as producer,
            Pauses() as pauses,
        ):
            readings = Readings(producer)
            await until(lambda: readings.least() >= 3, describe="every source was read thrice", within_seconds=300)
            # On a busy machine a good page can time out too; it is tried again.
            await until(lambda: _all_here(redis, settings, farm), describe="every page arrives", within_seconds=120)
            memory_full = process.memory_info().rss
            again = 6 if is_long else 4
            await until(lambda: readings.least() >= again, describe=f"{again} readings of each", within_seconds=600)
        grown_mb = [(memory - memory_before) / 1e6 for memory in (memory_full, process.memory_info().rss)]
        requests = sum(len(traffic.requests) for traffic in server.traffic.values())
        log.info(
            "%d hosts, %d feeds: %d requests, %d pages; longest pause %.2f s; memory +%.0f MB, then +%.0f MB",
            *(len(farm.sites), len(farm.feeds), requests, len(farm.wanted), pauses.longest_seconds, *grown_mb),
        )

    arrived = await pages(redis, settings)
    assert {page.sha256 for page in arrived} == farm.wanted
    assert len(arrived) == len(farm.wanted)
    assert all(hashlib.sha256(page.raw()).hexdigest() == page.sha256 for page in arrived)
    assert "10-0-0-1.private.example" not in server.traffic
    for host, traffic in server.traffic.items():
        assert traffic.most_open <= 2, host
        # The farm notes arrivals, not departures: of four delays, one may go to a late arrival.
        assert traffic.least_span_seconds(4) >= HOST_DELAY_SECONDS * 3, host
    polite = server.traffic["politely.farm.example"].requests
    assert polite[0].path == "/robots.txt"  # which asks for 0.3 s: known from then on
    assert Traffic(polite[1:]).least_span_seconds(2) >= 0.45
    assert {r.path for r in server.traffic["forbidden.farm.example"].requests} == {"/robots.txt"}
    for reason in ("compression_bomb", "page_too_large", "robots_forbid", "private_address", "too_many_redirects"):
        assert await dropped(redis, settings, reason) >= 1, reason
    assert grown_mb[0] < 150
    assert grown_mb[1] - grown_mb[0] < 30
    assert pauses.longest_seconds < 5  # of the loop that producer and farm share, on a busy machine too


class Pauses:
    """Watches how long the event loop does nothing else: whatever stalls it stalls every source."""

    def __init__(self) -> None:
        self.longest_seconds = 0.0

    async def __aenter__(self) -> "Pauses":
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            before = monotonic()
            await asyncio.sleep(0.05)
            self.longest_seconds = max(self.longest_seconds, monotonic() - before - 0.05)


async def _all_here(redis, settings, farm: Farm) -> bool:
    return await redis.xlen(pages_key(settings)) >= len(farm.wanted)


async def test_a_full_pipeline_holds_the_sources_back(redis, settings):
    """While the stream is full each source holds one page and fetches no more; with room again all of it arrives."""
    runtime = settings.model_copy(update={"max_waiting": 5})
    async with Server({}) as server:
        farm = Farm(server.port)
        add_good_sites(farm, 8, pages_each=4)
        server.handlers = farm.handlers
        seen: list[str] = []

        async with producing(redis, runtime, server, specs_of(farm.feeds)) as producer:
            waits = producer.metrics.waits
            await until(lambda: waits._value.get() > 60, describe="pushes wait for room")
            paths = [request.path for traffic in server.traffic.values() for request in traffic.requests]
            assert await redis.xlen(pages_key(runtime)) == 5

            async def drained() -> bool:
                for entry, _ in await redis.xrange(pages_key(runtime)):
                    await redis.xdel(pages_key(runtime), entry)
                    seen.append(entry)
                return len(seen) >= len(farm.wanted)

            await until(drained, describe="all pages arrive", within_seconds=30)

    assert len([path for path in paths if path not in ("/feed", "/robots.txt")]) <= 5 + len(farm.feeds)
    assert len(seen) == len(farm.wanted)


async def test_an_unchanged_feed_is_asked_for_with_a_condition(redis, settings):
    """A feed with an ETag is sent once; afterwards the answer is 304 and no page is fetched again."""
    async with Server({}) as server:
        farm = Farm(server.port)
        add_good_sites(farm, 1)
        server.handlers = farm.handlers

        async with producing(redis, settings, server, specs_of(farm.feeds)) as producer:
            readings = Readings(producer)
            await until(lambda: readings.least() >= 3, describe="the feed was read thrice")

    requests = server.traffic["good0.farm.example"].requests
    conditions = [request.headers.get("if-none-match") for request in requests if request.path == "/feed"]
    assert conditions[0] is None
    assert all(conditions[1:])
    assert len({r.path for r in requests}) == len([r for r in requests if r.path != "/feed"]) + 1
