"""Messages of an event stream are cut by the rules of the standard, wherever the network cuts them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import Misconfigured
from services.cli.event_source import Frame, FrameReader, stream_url

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
