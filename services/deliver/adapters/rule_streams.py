"""Streams of a subscription's own: the alerts of one rule, or of any filter, in `alerts:of:<name>`.

What must stay true: entries keep the ids they have in the log, so that a position of one is a position of the other;
what is written and how far the log is read change in one script, so a crash at any moment loses and doubles nothing.
"""

import asyncio
import logging
from typing import Any

from redis.exceptions import RedisError

from runtime.cancelling import end_if_cancelled
from runtime.settings import RuntimeSettings
from schemas import streams
from services.deliver.adapters import alert_log
from services.deliver.adapters.ring import Ring
from services.deliver.adapters.subscription_state import SubscriptionKeys, deliver_key
from services.deliver.facts import Entry, to_entry
from services.deliver.metrics import DeliverMetrics
from services.deliver.subscriptions import BY_RULE, Subscription

log = logging.getLogger("tocsin.deliver")

BATCH = 500
LOOK_SECONDS = 5.0  # longest pause between looks when nothing wakes us
TROUBLE_SECONDS = 1.0

# Copies entries under their ids and moves the position; nothing when somebody else moved it meanwhile.
# KEYS: positions, about, names of all such streams, then the streams. ARGV: subscription, old position ("": none), new
# position, and for each entry: number of its stream, its name, id, body. Returns how many were written.
_SCRIPT = """
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
local count = 0
for i = 4, #ARGV, 4 do
  local done = redis.pcall('XADD', KEYS[3 + tonumber(ARGV[i])], ARGV[i + 2], 'd', ARGV[i + 3])
  if type(done) == 'table' and done.err then
    if not string.find(done.err, 'equal or smaller') then return done end
  else
    count = count + 1
  end
  redis.call('SADD', KEYS[3], ARGV[i + 1])
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HINCRBY', KEYS[2], 'delivered', count)
return count
"""


def stream_key(settings: RuntimeSettings, name: str) -> str:
    """Return the key of a stream of this name."""
    return settings.keys(streams.ALERTS, "of", name)[0]


def names_key(settings: RuntimeSettings) -> str:
    """Return the key of the set of all names."""
    return deliver_key(settings, "streams")


class StreamWriter:
    """Copies what one subscription wants from the log into its stream or streams; run() for ever."""

    def __init__(
        self, subscription: Subscription, *, redis: Any, settings: RuntimeSettings, ring: Ring, metrics: DeliverMetrics
    ) -> None:
        self.subscription = subscription
        self.redis = redis
        self.settings = settings
        self.ring = ring
        self.metrics = metrics
        self.keys = SubscriptionKeys.of(settings, subscription.id)
        self._script = redis.register_script(_SCRIPT)

    async def run(self) -> None:
        """Copy until cancelled, through troubles with Redis."""
        while True:
            end_if_cancelled()
            try:
                if not await self.step():
                    await self._wait()
            except (RedisError, OSError) as error:
                log.warning("a stream could not be written; will retry", extra={"error": type(error).__name__})
                await asyncio.sleep(TROUBLE_SECONDS)

    async def step(self) -> bool:
        """Copy the next entries of the log; returns whether there were any."""
        before = (await self.redis.hget(self.keys.positions, self.subscription.id) or b"").decode()
        found = await alert_log.entries_after(self.redis, self.settings, before or "0-0", count=BATCH)
        if not found:
            return False
        read = (to_entry(id, data) for id, data in found)
        wanted = [entry for entry in read if entry is not None and self.subscription.wanted.matches(entry.facts)]
        named = [(self._name(entry), entry) for entry in wanted]
        names = sorted({name for name, _ in named if name})
        arguments: list[Any] = [self.subscription.id, before, found[-1][0]]
        for name, entry in named:
            if name:
                arguments += [names.index(name) + 1, name, entry.id, entry.data]
        keys = [self.keys.positions, self.keys.about, names_key(self.settings)]
        keys += [stream_key(self.settings, name) for name in names]
        for _ in range(await self._script(keys=keys, args=arguments)):
            self.metrics.delivery(self.subscription.id, "delivered")
        return True

    def _name(self, entry: Entry) -> str:
        return entry.facts.rule if self.subscription.target == BY_RULE else self.subscription.target

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self.ring.changed()
        except TimeoutError:
            pass
