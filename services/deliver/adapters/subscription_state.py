"""What deliver remembers of each subscription in Redis: its position, what is to be tried again, what was given up.

Keys: `deliver:positions` (hash: subscription → last id dealt with), and for each subscription `deliver:due:<id>`
(sorted set: delivery by Unix time of its next try), `deliver:dead:<id>` (stream), `deliver:about:<id>` (hash).
"""

from runtime.settings import RuntimeSettings


def deliver_key(settings: RuntimeSettings, *names: str) -> str:
    """Return a key of deliver's own."""
    return settings.keys("deliver", *names)[0]


def positions_key(settings: RuntimeSettings) -> str:
    """Return the key of all subscriptions' positions."""
    return deliver_key(settings, "positions")
