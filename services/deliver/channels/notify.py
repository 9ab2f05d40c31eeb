"""Chat and mail through Apprise: one line of configuration for any of its hundred services."""

import asyncio
import logging
from typing import Any

from schemas import CloudEvent, MonitorEvent
from schemas.monitor_event import MONITOR_TYPES
from services.deliver.channels.outcome import Channel, Kind, Outcome
from services.deliver.facts import Entry
from services.deliver.messages import silence_sentence, text_of, title_of
from services.deliver.subscriptions import Subscription


async def _send(subscription: Subscription, entries: list[Entry]) -> Outcome:
    alerts = [CloudEvent.from_json(entry.data).data for entry in entries if entry.facts.alert]
    told = [MonitorEvent.from_json(entry.data) for entry in entries if entry.facts.type in MONITOR_TYPES]
    silences = [silence_sentence(event) for event in told]
    if not alerts and not silences:
        return Outcome("delivered")
    title = title_of(subscription, alerts) if alerts else silences[0]
    text = "\n\n".join(part for part in (text_of(subscription, alerts) if alerts else "", *silences) if part)
    is_sent = await asyncio.to_thread(_notify, subscription.target, title, text)
    return Outcome("delivered") if is_sent else Outcome("failed", "the service did not take the message")


def _notify(target: str, title: str, text: str) -> bool:
    import apprise  # noqa: PLC0415  (takes a second to load, and few use it)

    # It logs targets with their passwords.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    messenger: Any = apprise.Apprise()
    return bool(messenger.add(target)) and bool(
        messenger.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT)
    )


# Whether Apprise knows the service is told by the first message: only then it is loaded.
NOTIFY = Kind("an Apprise URL", lambda _target, _secrets: None, lambda _outgoing: Channel(_send, gathers=True))
