"""A deliver that really listens, on a free port, for the tests."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from runtime.settings import RuntimeSettings
from schemas import CloudEvent
from services.deliver.adapters import alert_log
from services.deliver.adapters.server import Deliver
from services.deliver.app import build
from services.deliver.settings import DeliverSettings


@dataclass
class Running:
    """A running deliver, and a client of it."""

    app: Deliver
    http: httpx.AsyncClient

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.app.port}"


@contextlib.asynccontextmanager
async def a_deliver(settings: RuntimeSettings, *, token: str = "", **given: Any) -> AsyncIterator[Running]:
    """Run deliver for the duration of a block; it is stopped as SIGTERM would."""
    app = build(settings, DeliverSettings(**{"port": 0, **given}))
    task = asyncio.create_task(app.run())
    listening = asyncio.create_task(app.is_listening.wait())
    await asyncio.wait({task, listening}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{app.port}", headers=headers, timeout=60, trust_env=False
        ) as http:
            yield Running(app, http)
    finally:
        app.exit()
        await asyncio.wait_for(task, 15)


async def rung(redis: Any, settings: RuntimeSettings, *events: CloudEvent) -> list[str]:
    """Write events to the log; returns their stream ids."""
    key = alert_log.alerts_key(settings)
    async with redis.pipeline(transaction=False) as pipe:
        for event in events:
            pipe.xadd(key, {"d": event.to_json()})
        return [id.decode() for id in await pipe.execute()]


@dataclass
class Frame:
    """One message of an event stream."""

    event: str
    id: str | None
    data: Any


async def frames(response: httpx.Response) -> AsyncIterator[Frame]:
    """Yield the messages of an event stream, as a client reads them."""
    event, id, data = "message", None, []
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            event = value
        elif name == "id":
            id = value
        elif name == "data":
            data.append(value)
        elif line == "":
            if data:
                yield Frame(event, id, json.loads("\n".join(data)))
            event, id, data = "message", None, []


async def first(count: int, running: Running, path: str, **headers: str) -> list[Frame]:
    """Return the first messages of an event stream."""
    found: list[Frame] = []
    async with running.http.stream("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}) as r:
        assert r.status_code == 200, await r.aread()
        async for frame in frames(r):
            found.append(frame)
            if len(found) == count:
                break
    return found


def is_problem(response: httpx.Response, status: int, reason: str) -> bool:
    body = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json"), body
    return bool(body["status"] == status and body["type"].endswith("/" + reason) and body["title"] and body["detail"])
