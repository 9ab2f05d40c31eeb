"""Webhooks by the Standard Webhooks specification: each alert signed, one POST each, the id the same on every try."""

from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

from runtime.errors import Misconfigured
from services.deliver.addresses import ForbiddenTarget, check_url
from services.deliver.channels.guarded import Outgoing
from services.deliver.channels.outcome import Channel, Kind, Outcome
from services.deliver.facts import Entry
from services.deliver.retries import retry_after_seconds
from services.deliver.subscriptions import Subscription

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def signed_headers(entry: Entry, secrets: tuple[str, ...], *, now: datetime) -> dict[str, str]:
    """Return the headers of a delivery; with several secrets it carries a signature of each, newest first."""
    id = entry.facts.event
    signatures = [Webhook(secret).sign(id, now, entry.data.decode()) for secret in secrets]
    return {
        "content-type": CONTENT_TYPE,
        "user-agent": "Tocsin-Webhooks/1",
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def webhook_channel(outgoing: Outgoing) -> Channel:
    """Return the channel of webhooks."""

    async def send(subscription: Subscription, entries: list[Entry]) -> Outcome:
        [entry] = entries
        now = datetime.now(UTC)
        try:
            headers = signed_headers(entry, subscription.secrets, now=now)
            answer = await outgoing.send("POST", subscription.target, headers=headers, content=entry.data)
        except ForbiddenTarget as error:
            return Outcome("failed", str(error))
        except httpx.HTTPError as error:
            return Outcome("failed", type(error).__name__)
        if httpx.codes.is_success(answer.status):
            return Outcome("delivered")
        if answer.status == httpx.codes.GONE:
            return Outcome("gone", "the receiver answered 410 Gone")
        patience = retry_after_seconds(answer.headers.get("retry-after"), now=now)
        return Outcome("failed", f"status {answer.status}", patience)

    return Channel(send, gathers=False)


def _check(target: str, secrets: tuple[str, ...]) -> None:
    try:
        check_url(target)
    except ForbiddenTarget as error:
        raise Misconfigured(f"webhook: {error}") from None
    if not secrets or not all(one.startswith("whsec_") for one in secrets):
        raise Misconfigured("secrets: expected at least one that begins with whsec_ (docs/subscribe.md)")


WEBHOOK = Kind("a URL", _check, webhook_channel)
