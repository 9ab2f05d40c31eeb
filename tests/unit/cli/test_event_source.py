"""Messages of an event stream are cut by the rules of the standard, wherever the network cuts them."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import Misconfigured
from services.cli.event_source import Frame, FrameReader, follow, stream_url

TEXT = 'retry: 2000\n: hi\n\nid: 1\ndata: {"a": 1}\n\n: still here\n\nevent: gap\ndata: x\ndata: y\n\nid: 2\ndata:z\n\n'
FRAMES = [Frame("message", "1", '{"a": 1}'), Frame("gap", "", "x\ny"), Frame("message", "2", "z")]


@given(st.lists(st.integers(0, len(TEXT) * 2), max_size=6), st.sampled_from(["\n", "\r\n", "\r"]))
def test_messages_are_the_same_however_they_arrive(cuts: list[int], end: str) -> None:
    """Cut anywhere, with any of the three line ends: the same messages, and comments are none."""
    text = TEXT.replace("\n", end)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    reader = FrameReader()

    found = [frame for a, b in pairwise(places) for frame in reader.feed(text[a:b])]
    found += reader.feed("\n")  # a lone "\r" at the very end is a line end only once something follows

    assert found == FRAMES


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("http://a.example:8787", "http://a.example:8787/v1/alerts/stream"),
        ("a.example/tocsin/", "http://a.example/tocsin/v1/alerts/stream"),
        ("https://a.example?actor=NER&from=0", "https://a.example/v1/alerts/stream?actor=NER&from=0"),
        ("http://a.example/v1/alerts/stream", "http://a.example/v1/alerts/stream"),
    ],
)
def test_an_address_becomes_that_of_the_stream(given_: str, expected: str) -> None:
    """The base, with a path before it, or the whole address."""
    assert stream_url(given_) == expected


@pytest.mark.parametrize("given_", ["file:///etc/passwd", "http://", "ftp://a.example"])
def test_what_is_no_web_address_is_refused(given_: str) -> None:
    """With what was expected."""
    with pytest.raises(Misconfigured, match="--sse: expected an address"):
        stream_url(given_)


async def _heard(position: str, *connections: str) -> list[str]:
    """Return the data of what is followed from a position; each connection says its text and ends."""
    said = iter(connections)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        writer.write((head + next(said, "data: end\n\n")).encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        heard = []
        async for frame in follow(f"http://127.0.0.1:{port}/", position=position):
            if isinstance(frame, Frame):
                if frame.data == "end":
                    return heard
                heard.append(frame.data)
    return heard


@pytest.mark.parametrize(
    "position", ["", "0", "1600000000000-0", "2020-01-01T00:00:00Z", "0001800000000000-0000000000"]
)
async def test_what_the_server_tells_after_a_position_is_heard(position: str) -> None:
    """However the position is written, and also when it is one of a log that is gone."""
    assert await _heard(position, "id: 0001700000000000-0000000000\ndata: one\n\n") == ["one"]


async def test_what_is_told_twice_is_heard_once_unless_the_log_begins_anew() -> None:
    one, two = "id: 0001-01\ndata: one\n\n", "id: 0001-02\ndata: two\n\n"

    assert await _heard("", one + two, one + two) == ["one", "two"]
    assert await _heard("", two, "event: gap\ndata: gap\n\n" + one) == ["two", "gap", "one"]
