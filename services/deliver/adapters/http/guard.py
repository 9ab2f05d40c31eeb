"""The guard before every request: name, token, pace and size; and the headers that keep browsers on the safe side."""

import ipaddress
import logging
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from services.deliver.access import Pace, needed_scope, presented_token
from services.deliver.adapters.event_stream import Message, Receive, Send
from services.deliver.adapters.http.answers import problem_response
from services.deliver.adapters.served import Served
from services.deliver.problems import Problem

log = logging.getLogger("tocsin.deliver")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
SECURITY_HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Lets through what is allowed and answers the rest with a problem."""

    def __init__(self, app: Any, served: Served) -> None:
        self.app = app
        self.served = served
        deliver = served.deliver
        self.pace = Pace(deliver.requests_per_second, deliver.requests_burst)
        self.names = LOOPBACK_NAMES | {deliver.host} | _list(deliver.hosts)
        self.origins = _list(deliver.allow_origins)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get("origin", "")
        extra = [*SECURITY_HEADERS, *self._cors(origin)]

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *extra]
                self.served.metrics.requests.labels(f"{message['status'] // 100}xx").inc()
            await send(message)

        try:
            if scope["method"] == "OPTIONS" and origin in self.origins:
                await send_guarded({"type": "http.response.start", "status": 204, "headers": []})
                await send_guarded({"type": "http.response.body", "body": b""})
                return
            scope.setdefault("state", {})["client"] = self._admit(scope, headers)
            limit = self._limit(scope["path"])
            await self.app(scope, _limited(receive, limit, headers), send_guarded)
        except Problem as problem:
            await problem_response(problem)(scope, receive, send_guarded)

    def _admit(self, scope: Message, headers: dict[str, str]) -> str:
        """Return who asks; raises Problem when they may not."""
        client: str = (scope.get("client") or ("unknown", 0))[0]
        method, authorization = scope["method"], headers.get("authorization", "")
        needed = needed_scope(method, scope["path"])
        if not self.served.tokens:
            self._check_name(method, headers)
        elif needed is not None:
            if method not in SAFE_METHODS and authorization.lower().startswith("basic "):
                # A browser that knows a password sends it along with what the page of a stranger asks for.
                raise Problem(403, "bearer-needed", "a password may only read; send `Authorization: Bearer …`")
            client = self._check_token(authorization, needed, client)
        self._slow_down(client)
        return client

    def _slow_down(self, client: str) -> None:
        """Take a request from a client's account; raises Problem when it is empty."""
        wait = self.pace.wait_seconds(client, monotonic())
        if wait:
            raise Problem(
                429, "too-many-requests", "too many requests; slow down", headers={"retry-after": str(int(wait) + 1)}
            )

    def _check_token(self, authorization: str, needed: str, address: str) -> str:
        token = self.served.tokens.find(presented_token(authorization))
        if token is None:
            self._slow_down(address)
            raise Problem(
                401, "token-needed", "send a token as `Authorization: Bearer …`",
                headers={"www-authenticate": 'Bearer realm="tocsin", Basic realm="tocsin"'},
            )  # fmt: skip
        if needed not in token.scopes:
            raise Problem(403, "scope-needed", f"the token '{token.name}' lacks the scope '{needed}'")
        return "token " + token.name

    def _check_name(self, method: str, headers: dict[str, str]) -> None:
        """Without tokens only this machine may ask: refuse names and pages of others that point a browser at us."""
        host = headers.get("host", "")
        if _host_name(host) not in self.names:
            raise Problem(421, "unknown-name", "asked for under a name that is not ours; see TOCSIN_DELIVER_HOSTS")
        origin = headers.get("origin", "")
        is_foreign = origin and urlsplit(origin).netloc != host and origin not in self.origins
        if method not in SAFE_METHODS and (is_foreign or headers.get("sec-fetch-site") == "cross-site"):
            raise Problem(403, "foreign-page", "a page of another origin may not change anything here")

    def _limit(self, path: str) -> int:
        deliver = self.served.deliver
        # Base64 takes a third more room than the page it carries.
        return deliver.page_bytes * 3 // 2 + 4096 if path == "/v1/pages" else deliver.request_bytes

    def _cors(self, origin: str) -> list[tuple[bytes, bytes]]:
        if not origin or origin not in self.origins:
            return []
        return [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (
                b"access-control-allow-headers",
                b"authorization, content-type, last-event-id, if-none-match, idempotency-key",
            ),
            (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
            (b"vary", b"origin"),
        ]


def _limited(receive: Receive, limit: int, headers: dict[str, str]) -> Receive:
    """Return `receive` with a bound on the body; raises Problem (413) when it is passed."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise Problem(413, "too-large", f"expected at most {limit} bytes, found {declared}")
    read = 0

    async def receive_limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise Problem(413, "too-large", f"expected at most {limit} bytes, found more")
        return message

    return receive_limited


def _host_name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    return (urlsplit("//" + host).hostname or "").rstrip(".") if host.count(":") < 8 else ""


def _list(text: str) -> frozenset[str]:
    return frozenset(one.strip() for one in text.split(",") if one.strip())


def is_loopback(host: str) -> bool:
    """Return whether nothing but this machine can reach an address we listen on."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
