"""unpack: everything that was sent, or nothing, and never more than the limit."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.produce.fetch_errors import BodyCut, CompressionBomb, UnsupportedEncoding
from services.produce.refusals import PageTooLarge
from services.produce.unpack import Unpacker, gunzipped


def unpacked(encoding: str, *pieces: bytes, max_bytes: int = 1000) -> bytes:
    unpacker = Unpacker(encoding, max_bytes=max_bytes)
    for piece in pieces:
        unpacker.feed(piece)
    return unpacker.body()


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        pytest.param("", bytes, id="nothing"),
        pytest.param("identity", bytes, id="identity"),
        pytest.param("gzip", gzip.compress, id="gzip"),
        pytest.param("X-GZip", gzip.compress, id="old name"),
        pytest.param("deflate", zlib.compress, id="deflate"),
        pytest.param("deflate", raw_deflate, id="deflate as some servers mean it"),
    ],
)
@given(data=st.binary(max_size=900), cut=st.integers(1, 50))
def test_a_body_comes_out_as_it_went_in(encoding, pack, data, cut):
    """However the network cuts it."""
    sent = pack(data)

    assert unpacked(encoding, *(sent[i : i + cut] for i in range(0, len(sent), cut))) == data


def test_gzip_members_one_behind_the_other_are_one_body():
    """Some servers append; padding behind the end is no body."""
    assert unpacked("gzip", gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0") == b"one two"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_refused_before_it_unfolds(encoding):
    """A gigabyte of nothing costs no memory."""
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}[encoding]

    with pytest.raises(CompressionBomb):
        unpacked(encoding, pack(b" " * 5_000_000))


def test_a_body_that_is_not_packed_has_the_same_limit():
    """The limit is of what is held."""
    with pytest.raises(PageTooLarge):
        unpacked("", b"x" * 600, b"x" * 600)


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        pytest.param("br", b"words", id="not asked for"),
        pytest.param("gzip, gzip", gzip.compress(b"x"), id="packed twice"),
        pytest.param("gzip", b"<html>", id="not packed at all"),
        pytest.param("gzip", gzip.compress(b"x" * 500)[:-9] + b"\0" * 9, id="broken"),
        pytest.param("deflate", b"\xff\xff\xff", id="no deflate"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(encoding, sent):
    """Half a body is no page."""
    with pytest.raises(UnsupportedEncoding):
        unpacked(encoding, sent)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_is_cut_off_is_worth_another_try(encoding):
    """Without a length only the packing tells that the connection broke."""
    packed = gzip.compress(b"x" * 500) if encoding == "gzip" else zlib.compress(b"x" * 500)

    with pytest.raises(BodyCut):
        unpacked(encoding, packed[:-6])


def test_an_empty_body_needs_no_packing():
    """Servers say gzip and send nothing."""
    assert unpacked("gzip") == b""


def test_a_packed_file_is_told_by_its_bytes():
    """sitemap.xml.gz is served as bytes; a plain file stays as it is."""
    assert gunzipped(gzip.compress(b"<urlset/>"), max_bytes=100) == b"<urlset/>"
    assert gunzipped(b"<urlset/>", max_bytes=100) == b"<urlset/>"
