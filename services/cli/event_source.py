"""Follows an event stream (Server-Sent Events) over HTTP: comes back by itself, where it was, and repeats nothing."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import httpx

from runtime.errors import Misconfigured

PATH = "/v1/alerts/stream"
SILENCE_SECONDS = 45.0  # three heartbeats: a connection that says nothing for so long is dead
CONNECT_SECONDS = 10.0
FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS = 0.5, 15.0
LATER = (408, 425, 429)  # besides 5xx: come back; any other refusal will not change by itself


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of an event stream; `id` is "" when it carries none."""

    event: str
    id: str
    data: str


@dataclass
class FrameReader:
    """Cuts what arrives into messages, by the rules of the HTML standard."""

    _rest: str = ""
    _fields: dict[str, list[str]] = field(default_factory=dict)

    def feed(self, text: str) -> list[Frame]:
        """Return the messages that are complete with this text."""
        text = self._rest + text
        # "\r" at the very end may be half of "\r\n".
        held = "\r" if text.endswith("\r") else ""
        *lines, last = text.removesuffix(held).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = last + held
        return [frame for line in lines if (frame := self._line(line)) is not None]

    def _line(self, line: str) -> Frame | None:
        if line:
            name, _, value = line.partition(":")
            self._fields.setdefault(name, []).append(value.removeprefix(" "))
            return None
        fields, self._fields = self._fields, {}
        if "data" not in fields:
            return None
        return Frame(fields.get("event", ["message"])[-1], fields.get("id", [""])[-1], "\n".join(fields["data"]))


def stream_url(url: str) -> str:
    """Return the address of the event stream of a deliver; raises Misconfigured when `url` is no web address."""
    parts = urlsplit(url if "://" in url else "http://" + url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misconfigured(f"--sse: expected an address such as http://127.0.0.1:8787, found '{url[:80]}'")
    path = parts.path if parts.path.endswith(PATH) else parts.path.rstrip("/") + PATH
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


async def follow(url: str, *, token: str = "", position: str = "") -> AsyncIterator[Frame | str]:
    """Yield every message from a position on, for ever; in between, as text, why the connection has to be made anew.

    Raises Misconfigured when the server refuses for good, such as for a token it does not know.
    """
    last, wait = position, FIRST_WAIT_SECONDS
    heard = ""  # the id of the newest message of this log; `position` may be a time, or of another log
    timeout = httpx.Timeout(CONNECT_SECONDS, read=SILENCE_SECONDS)
    async with httpx.AsyncClient(timeout=timeout) as client:
        while True:
            headers = {"accept": "text/event-stream"} | ({"last-event-id": last} if last else {})
            headers |= {"authorization": f"Bearer {token}"} if token else {}
            try:
                async with client.stream("GET", url, headers=headers) as response:
                    await _check(response)
                    reader, wait = FrameReader(), FIRST_WAIT_SECONDS
                    async for text in response.aiter_text():
                        for frame in reader.feed(text):
                            if frame.event == "gap":
                                heard = ""  # what comes now is told anew, from the beginning where we were ahead
                            if frame.id and frame.id <= heard:
                                continue
                            heard = frame.id or heard
                            last = heard or last
                            yield frame
                reason = "the server ended the stream"
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
            yield f"{reason}; coming back" + (f" to {last}" if last else "")
            await asyncio.sleep(wait * random.uniform(0.75, 1.25))
            wait = min(wait * 2, MOST_WAIT_SECONDS)


async def _check(response: httpx.Response) -> None:
    """Raise Misconfigured for a refusal that is final, HTTPError for one that may pass."""
    if response.status_code == httpx.codes.OK:
        return
    await response.aread()
    try:
        detail = str(response.json().get("detail", ""))
    except ValueError:
        detail = ""
    said = f"{response.url.host} answered {response.status_code}{': ' + detail if detail else ''}"
    if response.is_server_error or response.status_code in LATER:
        raise httpx.RequestError(said)
    raise Misconfigured(said)
