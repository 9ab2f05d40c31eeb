"""Subscribers as processes of their own, to be killed: `python -m tests.chaos.subscribers KIND LEDGER ADDRESS`.

Each does its work (a line with the event's id, safe in the ledger) before its word (position, XACK, 2xx), and passes
over what its ledger has already: all that a subscriber needs for exactly once. What came again is noted beside it.
"""

import asyncio
import json
import os
import random
import sys
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.cli.event_source import follow, stream_url

GROUP = "theirs"


class Ledger:
    """The subscriber's own database: lines of ids that survive SIGKILL, a half-written last line left out."""

    def __init__(self, path: Path) -> None:
        with path.open("a+b") as file:
            file.seek(0)
            whole = file.read()
            file.truncate(whole.rfind(b"\n") + 1)
        self.ids = set(path.read_text().split())
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)
        self._again = os.open(f"{path}.again", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def do(self, id: str) -> None:
        """Do the work of an alert, and take a moment before the word is given that it is done."""
        file = self._again if id in self.ids else self._file
        self.ids.add(id)
        os.write(file, id.encode() + b"\n")
        await asyncio.sleep(random.random() * 0.03)


async def by_sse(ledger: Ledger, url: str, place: Path, position: str) -> None:
    async for one in follow(stream_url(url), position=position):
        if isinstance(one, str) or not one.id:
            continue
        await ledger.do(json.loads(one.data)["id"])
        new = place.with_suffix(".new")
        new.write_text(one.id)
        new.replace(place)


async def by_group(ledger: Ledger, address: str) -> None:
    url, _, key = address.partition("#")
    async with Redis.from_url(url) as redis:
        while True:
            try:
                _, entries, *_ = await redis.xautoclaim(key, GROUP, "me", 0, count=3)
                if not entries:
                    found = await redis.xreadgroup(GROUP, "me", {key: ">"}, count=3, block=200)
                    entries = found[0][1] if found else []
                for id, fields in entries:
                    await ledger.do(json.loads(fields[b"d"])["id"])
                    await redis.xack(key, GROUP, id)
            except (RedisError, OSError):
                await asyncio.sleep(0.1)


async def by_webhook(ledger: Ledger, port: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        told = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        await reader.readexactly(int(told["content-length"]))
        await ledger.do(told["webhook-id"])
        writer.write(b"HTTP/1.1 204 Done\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", int(port))
    await server.serve_forever()


def main() -> None:
    kind, path, address = sys.argv[1:]
    ledger = Ledger(Path(path))
    if kind == "sse":
        place = Path(path + ".position")
        asyncio.run(by_sse(ledger, address, place, place.read_text() if place.exists() else "0"))
    else:
        asyncio.run({"group": by_group, "webhook": by_webhook}[kind](ledger, address))


if __name__ == "__main__":
    main()
