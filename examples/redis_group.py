"""Reads the alert log with a plain Redis client and a consumer group of its own; any language can do the same.

    python examples/redis_group.py redis://127.0.0.1:6379/0 my-group [how many] [key]

Several of these with one group share the work; what one of them took and did not finish is taken over after a minute.
The log is kept for a group: nothing that the group has not acknowledged is trimmed away.
"""

import json
import sys

import redis

CONSUMER = "reader-1"  # one name for each process of the group
TAKE_OVER_MILLISECONDS = 60_000


def main(url: str, group: str, count: float, key: str) -> None:
    server = redis.Redis.from_url(url)
    try:
        server.xgroup_create(key, group, id="0", mkstream=True)  # at 0: also what rang before we came
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
    done: int = 0
    while done < count:
        _, entries, *_ = server.xautoclaim(key, group, CONSUMER, TAKE_OVER_MILLISECONDS)
        if not entries:
            found = server.xreadgroup(group, CONSUMER, {key: ">"}, count=10, block=1000)
            entries = found[0][1] if found else []
        for id, fields in entries:
            event = json.loads(fields[b"d"])
            if event["type"].startswith("tocsin.alert."):  # silences of sources stand here too
                print(event["id"], event["data"]["rule"]["id"], event["data"]["article"]["title"], flush=True)
            server.xack(key, group, id)  # after the work is done; never XDEL: others read the log too
            done += 1


if __name__ == "__main__":
    url, group, count, key = [*sys.argv[1:], *("inf", "tocsin:{p0}:alerts")[len(sys.argv) - 3 :]]
    main(url, group, float(count), key)
