"""What deliver remembers of each subscription in Redis: its position, what it holds, what it gave up.

Keys: `deliver:positions` (hash: subscription → last id of the log dealt with), and for each subscription
`deliver:due:<id>` (sorted set: entry by Unix time of its next try), `deliver:held:<id>` (hash: entry → body and
failures), `deliver:dead:<id>` (stream), `deliver:about:<id>` (hash: counters, last error, whether it is disabled).
"""

from dataclasses import dataclass
from time import time
from typing import Any

import orjson

from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log
from services.deliver.positions import NEW
from services.deliver.subscriptions import Subscription

REPLAYED_AT_ONCE = 200


def deliver_key(settings: RuntimeSettings, *names: str) -> str:
    """Return a key of deliver's own."""
    return settings.keys("deliver", *names)[0]


def positions_key(settings: RuntimeSettings) -> str:
    """Return the key of all subscriptions' positions."""
    return deliver_key(settings, "positions")


@dataclass(frozen=True)
class SubscriptionKeys:
    """The keys of one subscription."""

    positions: str
    due: str
    held: str
    dead: str
    about: str

    @classmethod
    def of(cls, settings: RuntimeSettings, id: str) -> "SubscriptionKeys":
        """Return the keys of a subscription."""
        due, held, dead, about = (deliver_key(settings, name, id) for name in ("due", "held", "dead", "about"))
        return cls(positions_key(settings), due, held, dead, about)


async def declare(redis: Any, settings: RuntimeSettings, subscriptions: tuple[Subscription, ...]) -> None:
    """Note where each new subscription begins, so that the log is kept for it; forget those that are gone."""
    key = positions_key(settings)
    known = {name.decode() for name in await redis.hkeys(key)}
    for subscription in subscriptions:
        if subscription.id not in known:
            start = subscription.start
            await redis.hsetnx(
                key, subscription.id, await alert_log.last_id(redis, settings) if start == NEW else start
            )
    gone = known - {subscription.id for subscription in subscriptions}
    if gone:
        await redis.hdel(key, *gone)


async def standing(redis: Any, settings: RuntimeSettings, subscription: Subscription) -> dict[str, Any]:
    """Return how a subscription stands; its target is never shown."""
    keys = SubscriptionKeys.of(settings, subscription.id)
    about = {name.decode(): value.decode() for name, value in (await redis.hgetall(keys.about)).items()}
    position = await redis.hget(keys.positions, subscription.id)
    return {
        "id": subscription.id,
        "channel": subscription.channel,
        "position": position.decode() if position else None,
        "due": int(await redis.zcard(keys.due)),
        "dead": int(await redis.xlen(keys.dead)),
        "delivered": int(about.get("delivered", 0)),
        "given_up": int(about.get("given_up", 0)),
        "disabled": about.get("disabled"),
        "last_error": about.get("last_error"),
    }


async def replay(redis: Any, settings: RuntimeSettings, id: str) -> int:
    """Make every dead delivery of a subscription due again, its failures forgotten; returns how many."""
    keys = SubscriptionKeys.of(settings, id)
    total = 0
    while found := await redis.xrange(keys.dead, count=REPLAYED_AT_ONCE):
        async with redis.pipeline(transaction=True) as pipe:
            for dead, fields in found:
                entry = fields[b"entry"].decode()
                pipe.zadd(keys.due, {entry: time()})
                pipe.hset(keys.held, entry, orjson.dumps({"failures": 0, "data": fields[b"d"].decode()}))
                pipe.xdel(keys.dead, dead)
            await pipe.execute()
        total += len(found)
    return total


async def enable(redis: Any, settings: RuntimeSettings, id: str) -> bool:
    """Let a disabled subscription be delivered to again; False when it was not disabled."""
    return bool(await redis.hdel(SubscriptionKeys.of(settings, id).about, "disabled"))
