"""Ways to tell people and programs of alerts. A new one is a file here and a row in CHANNELS."""

from types import MappingProxyType
from typing import Final

from services.deliver.channels.notify import NOTIFY
from services.deliver.channels.outcome import Channel, Kind, Outcome
from services.deliver.channels.webhook import WEBHOOK

__all__ = ["CHANNELS", "Channel", "Kind", "Outcome"]

# By the name a channel has in a subscription.
CHANNELS: Final = MappingProxyType({"webhook": WEBHOOK, "notify": NOTIFY})
