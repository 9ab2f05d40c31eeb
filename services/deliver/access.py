"""Who may do what: tokens with scopes, known only by their hashes, and how often they may ask."""

import base64
import binascii
import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass, field

from runtime.errors import Misconfigured

SCOPES = ("read", "push", "rules", "operate")
OPEN_PATHS = ("/livez", "/readyz", "/", "/favicon.ico")
OPEN_PREFIX = "/page/"  # the page's own files; what they show is asked of the API
# These take a body and change nothing.
HARMLESS_POSTS = ("/v1/rules/validate", "/v1/rules/explain", "/v1/rules/test", "/v1/rules/backtest")
MOST_CLIENTS = 10_000  # whose pace is remembered
_HASH = re.compile(r"sha256:[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was given out: whose it is and what it may do."""

    name: str
    scopes: frozenset[str]


class Tokens:
    """All tokens, found by the hash of what a client presents. Tokens are 32 random bytes, so one hash is enough."""

    def __init__(self, by_hash: dict[str, Token]) -> None:
        self._by_hash = by_hash

    def __bool__(self) -> bool:
        return bool(self._by_hash)

    def find(self, presented: str) -> Token | None:
        """Return the token that was presented, None when nobody has it."""
        return self._by_hash.get(hash_of(presented))


def hash_of(token: str) -> str:
    """Return what stands in the file for a token."""
    return "sha256:" + hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def token_line(name: str, scopes: tuple[str, ...], token: str) -> str:
    """Return the line of the file for a new token."""
    return f"{name} {','.join(scopes)} {hash_of(token)}"


def parse_tokens(text: str, where: str) -> Tokens:
    """Return the tokens of a file: NAME SCOPES HASH a line, # for remarks. Raises Misconfigured with all mistakes.

    A line that looks like a token in the clear is refused without being shown.
    """
    found: dict[str, Token] = {}
    mistakes = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split("#")[0].split()
        if not parts:
            continue
        if len(parts) != 3 or not _HASH.match(parts[2]):
            mistakes.append(f"{where}:{number}: expected NAME SCOPES sha256:HASH (a token itself does not belong here)")
            continue
        scopes = frozenset(parts[1].split(","))
        if unknown := scopes - set(SCOPES):
            mistakes.append(
                f"{where}:{number}: scope {sorted(unknown)[0][:40]} is unknown; one of: {', '.join(SCOPES)}"
            )
            continue
        found[parts[2]] = Token(parts[0], scopes)
    if mistakes:
        raise Misconfigured("\n".join(mistakes))
    return Tokens(found)


def presented_token(authorization: str) -> str:
    """Return the token in an Authorization header, "" when there is none.

    Bearer for programs; Basic, with the token as password, for feed readers, which know nothing else.
    """
    kind, _, value = authorization.strip().partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return ""


def needed_scope(method: str, path: str) -> str | None:
    """Return the scope a request needs; None when it is open to everyone."""
    if path in OPEN_PATHS or path.startswith(OPEN_PREFIX):
        return None
    if method in ("GET", "HEAD", "OPTIONS") or path in HARMLESS_POSTS:
        return "read"
    if path.startswith("/v1/pages"):
        return "push"
    return "operate" if path.startswith("/v1/subscriptions") else "rules"


@dataclass
class Pace:
    """How often each client may ask: `burst` at once, `per_second` on average."""

    per_second: float
    burst: float
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)  # client → requests left, since

    def wait_seconds(self, client: str, now: float) -> float:
        """Take one request from a client's account; returns 0, or the seconds until there is one again."""
        left, since = self._left.pop(client, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.per_second)
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self.per_second
