"""A bot: takes Tocsin's webhooks and posts each alert, once, to a Slack-like incoming webhook.

    WEBHOOK_SECRET=whsec_… SLACK_URL=https://hooks.slack.com/… python examples/slack_bot.py 9000

Deliveries are at least once under a stable id, so the bot remembers the ids it has posted. It answers 2xx only after
the chat has taken the message; whatever goes wrong before that, Tocsin tries again.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
SLACK_URL = os.environ["SLACK_URL"]
OLDEST_SECONDS = 300  # a signature older than this may be a replay of somebody else
posted: set[str] = set()  # a real bot keeps them longer than a process lives


def is_genuine(headers, body: bytes) -> bool:
    """Whether Tocsin sent this: HMAC-SHA256 of id, timestamp and body (Standard Webhooks)."""
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > OLDEST_SECONDS:
        return False
    signed = f"{id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256)).decode()
    return any(hmac.compare_digest(expected, one) for one in headers.get("webhook-signature", "").split())


def message(alert: dict) -> str:
    """The alert as a line or two of chat."""
    quote = alert["evidence"][0]["quote"]
    return f"*{alert['rule']['title']}* ({alert['rule']['severity']})\n{alert['article']['title']}\n> {quote}"


class Bot(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not is_genuine(self.headers, body):
            return self.answer(401)
        event = json.loads(body)
        if event["id"] not in posted:
            text = json.dumps({"text": message(event["data"])}).encode()
            request = urllib.request.Request(SLACK_URL, text, {"content-type": "application/json"})
            try:
                urllib.request.urlopen(request, timeout=10).close()
            except OSError:
                return self.answer(503)
            posted.add(event["id"])
        return self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Bot)
    print("listening on", server.server_port, flush=True)
    server.serve_forever()
