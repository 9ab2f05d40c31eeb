"""Webhooks tried out: a receiver that checks what Tocsin sends, and a sender that checks what your receiver does."""

import base64
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import httpx
import orjson
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

import schemas
from runtime.errors import Misconfigured
from services.deliver.addresses import ForbiddenTarget, check_url
from services.deliver.channels.webhook import signed_headers
from services.deliver.facts import Entry, to_entry

SAMPLE = Path(schemas.__file__).parent / "golden" / "cloud_event.v1.json"
ANSWER_SECONDS = 15.0  # as long as Tocsin waits
MOST_BYTES = 1024 * 1024
IDLE_SECONDS = 10
OLD = timedelta(hours=1)  # Standard Webhooks: five minutes at most


class Delivery(NamedTuple):
    """A delivery that came: its id, what is wrong with it (""), whether it came before, and its event."""

    id: str
    wrong: str
    is_repeated: bool
    event: dict[str, object]


class Check(NamedTuple):
    """What a receiver should do, whether it does, and what it answered; a mere advice does not fail the test."""

    expected: str
    is_met: bool
    answer: str
    is_advice: bool = False


def new_secret() -> str:
    """Return a secret as Standard Webhooks has it."""
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def listen(port: int, secret: str, on_delivery: Callable[[Delivery], None]) -> HTTPServer:
    """Return a receiver on loopback that verifies each delivery; call serve_forever()."""
    seen: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        timeout = IDLE_SECONDS  # one that says nothing does not keep the others out

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            body = self.rfile.read(min(int(length), MOST_BYTES)) if length.isdecimal() else b""
            id = self.headers.get("webhook-id", "")
            wrong, event = "", {}
            try:
                event = Webhook(secret).verify(body, dict(self.headers.items()))
            except (WebhookVerificationError, ValueError) as error:
                wrong = str(error) or type(error).__name__
            on_delivery(Delivery(id, wrong, id in seen, event))
            if not wrong:
                seen.add(id)
            self.send_response(401 if wrong else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    try:
        return HTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise Misconfigured(f"--port: cannot listen on 127.0.0.1:{port} ({error.strerror})") from None


def send_test(url: str, secret: str) -> list[Check]:
    """Return what a receiver makes of a signed alert, of the same one again, and of forged and old ones."""
    try:
        check_url(url)
        Webhook(secret)
    except (ForbiddenTarget, ValueError) as error:
        raise Misconfigured(f"--to, --secret: {error}") from None
    now = datetime.now(UTC)
    entry = _sample()
    good = signed_headers(entry, (secret,), now=now)
    forged = signed_headers(_sample(), (new_secret(),), now=now)
    old = signed_headers(_sample(), (secret,), now=now - OLD)
    with httpx.Client(timeout=ANSWER_SECONDS) as client:

        def answered(headers: dict[str, str], body: bytes) -> tuple[bool, str]:
            started = time.monotonic()
            try:
                status = client.post(url, content=body, headers=headers).status_code
            except httpx.HTTPError as error:
                return False, type(error).__name__
            return httpx.codes.is_success(status), f"{status} in {time.monotonic() - started:.2f} s"

        accepted, first = answered(good, entry.data)
        again, second = answered(good, entry.data)
        fooled, third = answered(forged, entry.data)
        took_old, fourth = answered(old, entry.data)
    return [
        Check("accepts a signed alert with 2xx", accepted, first),
        Check("accepts the same delivery again: tries may be repeated", again, second),
        Check("refuses a delivery signed with another secret", not fooled, third),
        Check("refuses a signature that is an hour old", not took_old, fourth, is_advice=True),
    ]


def _sample() -> Entry:
    event = orjson.loads(SAMPLE.read_bytes())
    event["id"] = f"test-{os.urandom(6).hex()}"
    event["data"]["article"]["title"] = "[test] " + event["data"]["article"]["title"]
    entry = to_entry("0-1", orjson.dumps(event))
    assert entry is not None, "the sample is an event"
    return entry
