"""Reading through trouble: a lost consumer group is created again, and a server that is away is waited for."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Mapping
from typing import Any

from redis.exceptions import RedisError, ResponseError

from runtime.scripts import source

log = logging.getLogger("tocsin.stage")

PAUSE_SECONDS = (0.1, 2.0)  # first and longest pause while the server is away
# What a read aims at: 64 pages of 8 MB at once would cost a worker a gigabyte, and the server as much to send them.
READ_BYTES = 16_000_000


class Appetite:
    """How many messages to read at once, so that a read stays near READ_BYTES whatever they weigh.

    It is known only once messages were read: after small ones, one read of large ones may still be too large.
    """

    def __init__(self) -> None:
        self._largest_bytes = 1

    def count(self, most: int) -> int:
        """Return how many messages to read, `most` at most."""
        return max(1, min(most, READ_BYTES // self._largest_bytes))

    def ate(self, found: Any) -> None:
        """Note what a read returned; large messages are forgotten by half with each read."""
        sizes = [len(value) for _, entries in found or () for _, fields in entries for value in fields.values()]
        self._largest_bytes = max(1, self._largest_bytes // 2, *sizes)


async def ensure_group(redis: Any, stream: str, group: str) -> None:
    """Create the consumer group at the beginning of the stream, unless it is there.

    At the beginning, because delete-on-hand-off leaves only unfinished messages in a stream: nothing is lost or
    handled twice. Redis's usual `$` would skip whatever was written before the first start.
    """
    if await redis.eval(source("ensure_group"), 1, stream, group):
        log.info("consumer group created", extra={"stream": stream, "group": group})


def read_through_trouble(redis: Any, groups: Mapping[str, str], *, seen_alive: Callable[[], None]) -> None:
    """Make `redis.xreadgroup` survive a lost group and an absent server; `groups` are the streams and their groups.

    FastStream ends the whole app with exit code 0 on the first, and pauses five seconds on the second. Its own creation
    of the group, at the stream's end and impossible on a full server, is left out.
    """
    read = redis.xreadgroup
    pauses = dict.fromkeys(groups, PAUSE_SECONDS[0])
    appetites = {stream: Appetite() for stream in groups}

    async def xreadgroup(*args: Any, **options: Any) -> Any:
        seen_alive()
        [stream] = options["streams"]
        group, pause, appetite = groups[stream], pauses[stream], appetites[stream]
        options["count"] = appetite.count(options["count"])
        try:
            found = await read(*args, **options)
        except ResponseError as error:
            if "NOGROUP" in str(error):
                log.warning("consumer group was lost", extra={"stream": stream, "group": group})
                with contextlib.suppress(RedisError, OSError):  # gone again already: the next read says so
                    await ensure_group(redis, stream, group)
                    return ()
            elif "LOADING" not in str(error) and pause == PAUSE_SECONDS[0]:
                log.error("stream could not be read", extra={"stream": stream, "error": str(error)})
        except (RedisError, OSError) as error:
            if pause == PAUSE_SECONDS[0]:
                log.warning("Redis is away", extra={"stream": stream, "error": type(error).__name__})
        else:
            pauses[stream] = PAUSE_SECONDS[0]
            appetite.ate(found)
            return found
        await asyncio.sleep(pause * random.uniform(0.75, 1.25))
        pauses[stream] = min(pause * 2, PAUSE_SECONDS[1])
        return ()

    async def xgroup_create(**options: Any) -> None:
        with contextlib.suppress(RedisError, OSError):  # its master is away: reading creates the group when it is back
            await ensure_group(redis, options["name"], options["groupname"])

    redis.xreadgroup = xreadgroup
    redis.xgroup_create = xgroup_create
