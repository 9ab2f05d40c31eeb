"""Ways to tell people and programs of alerts. A new one is a file here and a row in `channels()`."""

from services.deliver.channels.guarded import Outgoing
from services.deliver.channels.notify import notify_channel
from services.deliver.channels.outcome import Channel, Outcome
from services.deliver.channels.webhook import webhook_channel

__all__ = ["Channel", "Outcome", "channels"]


def channels(outgoing: Outgoing) -> dict[str, Channel]:
    """Return every channel by the name it has in a subscription."""
    return {
        "webhook": webhook_channel(outgoing),
        "notify": notify_channel(),
    }
