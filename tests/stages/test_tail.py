"""`tocsin tail` while its server goes away: it waits for one that comes back, and ends with a run that has ended."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from schemas import streams
from tests.stages.processes import CLEAN_ENVIRON
from tests.unit.deliver.build import an_event
from tests.wait import until

ALERTS = streams.key("tocsin", "p0", streams.ALERTS)
TOCSIN = Path(sys.executable).parent / "tocsin"


@contextlib.asynccontextmanager
async def a_tail(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """Yield `tocsin tail` on the embedded server of a folder, and the ids it prints, as it prints them."""
    process = await asyncio.create_subprocess_exec(
        *(TOCSIN, "tail", "--json", "--data-dir", str(folder)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        limit=1 << 20,
        env=CLEAN_ENVIRON,
    )
    printed: list[str] = []

    async def read() -> None:
        assert process.stdout
        async for line in process.stdout:
            printed.append(json.loads(line)["id"])

    reading = asyncio.create_task(read())
    try:
        yield process, printed
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def ring(server: EmbeddedServer, number: int) -> str:
    """Write an alert to the log; returns its id."""
    event, redis = an_event(number), connect(server.url)
    try:
        await redis.xadd(ALERTS, {"d": event.to_json()})
    finally:
        await redis.aclose()
    return event.id


async def test_tail_outlives_a_server_that_comes_back_and_ends_with_the_run(tmp_path: Path) -> None:
    """Nothing is printed twice or passed over; the end says what happened."""
    with EmbeddedServer(tmp_path) as server:
        expected = [await ring(server, 1)]
        async with a_tail(tmp_path) as (process, printed):
            await until(lambda: printed == expected, describe="what was there is printed", within_seconds=30)
            server.kill()
            await asyncio.sleep(0.5)
            server.restart()
            expected.append(await ring(server, 2))
            await until(lambda: printed == expected, describe="it goes on", within_seconds=30)

            server.stop()
            await until(lambda: process.returncode is not None, describe="it ends with the run", within_seconds=60)
            assert process.stderr
            said = (await process.stderr.read()).decode()

    assert printed == expected
    assert said.count("the server went away, waiting for it") == 2
    assert "went away" in said.splitlines()[-1]
    assert process.returncode not in (0, None)
