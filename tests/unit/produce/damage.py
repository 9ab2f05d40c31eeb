"""Documents as strangers send them: a good one, damaged in ways that a parser does not expect."""

from collections.abc import Callable
from time import thread_time
from typing import TypeVar

from hypothesis import strategies as st

CPU_SECONDS = 3.0  # of one call on anything drawn here; the drawn documents are far under the size limits

Result = TypeVar("Result")

_PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b"<", b">", b"&", b"]]>", b"<!--", b"<![CDATA[", b"\0", b"\xff\xfe", b"\xe9", b"&#xD800;", b"%", b" "]
    ),
    st.text(max_size=6).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@st.composite
def damaged(draw: st.DrawFn, documents: list[bytes], most_repeats: int = 3000) -> bytes:
    """One of the documents with pieces cut out, put in, doubled or repeated very often."""
    raw = draw(st.sampled_from(documents))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + draw(st.sampled_from([0, 1, 8, 60, 1000])))))
        action = draw(st.sampled_from(["cut", "put", "double", "repeat", "end"]))
        if action == "cut":
            raw = raw[:start] + raw[end:]
        elif action == "put":
            raw = raw[:start] + draw(_PIECES) + raw[start:]
        elif action == "double":
            raw = raw[:end] + raw[start:]
        elif action == "repeat":
            piece = (raw[start:end] or draw(_PIECES))[:60]
            raw = raw[:start] + piece * draw(st.integers(2, most_repeats)) + raw[end:]
        else:
            raw = raw[:start]
    return raw


def in_time(call: Callable[[], Result], *, seconds: float = CPU_SECONDS) -> Result:
    """Return what the call returns; fails when it takes more CPU than any document of this size is worth."""
    started = thread_time()
    try:
        return call()
    finally:
        assert thread_time() - started < seconds
