"""bytes_to_page: every byte is kept, and what is no page is refused with a reason of a closed set."""

import gzip
import hashlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import Unprocessable
from schemas import Page, Source
from services.produce.bytes_to_page import bytes_to_page, page_id
from services.produce.refusals import REASONS, BinaryPage, EmptyPage, NoPage, PageTooLarge, PdfPage

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def page_of(raw: bytes, **told: object) -> Page:
    return bytes_to_page(raw, fetched_at=NOW, pushed_at=NOW, **told)  # type: ignore[arg-type]


def test_a_utf8_page_keeps_its_text_and_its_bytes():
    """Valid UTF-8 stands readable in `body`, a byte order mark and Windows line ends included."""
    raw = "\ufeff<html><p>Le Niger – été\r\n</p></html>".encode()

    page = page_of(raw, url="https://a.example/1", source=Source(id="a"))

    assert page.raw() == raw
    assert page.body is not None
    assert page.sha256 == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize("charset", ["windows-1252", "utf-16", "windows-1256", "shift_jis", "iso-2022-jp", "big5"])
def test_a_page_in_another_charset_keeps_its_bytes(charset):
    """Nothing is converted: the raw bytes travel as base64 with the charset the server declared."""
    text = {"windows-1256": "النيجر", "shift_jis": "ニジェール", "iso-2022-jp": "ニジェール", "big5": "尼日"}
    raw = f"<html><p>{text.get(charset, 'Nigér')}</p></html>".encode(charset)

    page = page_of(raw, content_type=f'text/html; charset="{charset}"')

    assert page.raw() == raw
    assert page.charset == charset
    assert page.content_type == "text/html"


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_page_with_those_bytes_or_a_known_refusal(raw):
    """No bytes crash the sniffer, and none are changed, also after a trip through JSON."""
    try:
        page = page_of(raw)
    except Unprocessable as error:
        assert error.reason in REASONS
    else:
        assert Page.from_json(page.to_json()).raw() == raw


@pytest.mark.parametrize(
    ("raw", "declared", "kind"),
    [
        pytest.param(b"<!doctype html><p>x", "text/html", "text/html", id="html"),
        pytest.param(b"<!doctype html><p>x", "text/plain", "text/html", id="html declared as plain text"),
        pytest.param(b"<!-- banner --> <?xml version='1.0'?><html>x", None, "text/html", id="html behind a comment"),
        pytest.param(b"just words, 1 < 2 and 3 > 2", "text/html", "text/plain", id="plain text declared as html"),
        pytest.param(b"<p>a fragment</p>", None, "text/html", id="fragment without a declaration"),
        pytest.param(b"Use the <p> element.", "text/plain", "text/plain", id="plain text that speaks of markup"),
        pytest.param(b" " * 5000 + b"late words", None, "text/plain", id="words after a page of white space"),
        pytest.param(b"<html>ok", "application/octet-stream", "text/html", id="html declared as bytes"),
    ],
)
def test_the_bytes_decide_what_a_page_is(raw, declared, kind):
    """A declared type is a hint; a server that lies does not change what arrived."""
    assert page_of(raw, content_type=declared).content_type == kind


@pytest.mark.parametrize(
    ("raw", "declared", "error"),
    [
        pytest.param(b"", None, EmptyPage, id="no bytes"),
        pytest.param(b"\xef\xbb\xbf \r\n\t", "text/html", EmptyPage, id="white space"),
        pytest.param(b"\x89PNG\r\n\x1a\n0000", "text/html", BinaryPage, id="picture declared as html"),
        pytest.param(gzip.compress(b"<html>"), "text/html", BinaryPage, id="gzip inside"),
        pytest.param(b"text\x00with a NUL", None, BinaryPage, id="NUL byte"),
        pytest.param(b"%PDF-1.7\n", "application/pdf", PdfPage, id="pdf"),
        pytest.param(b"%PDF-1.7\n", "text/html", PdfPage, id="pdf declared as html"),
        pytest.param(b"<?xml version='1.0'?>\n<rss version='2.0'>", "text/html", NoPage, id="feed"),
        pytest.param(b'{"a": 1}', "application/json; charset=utf-8", NoPage, id="json"),
    ],
)
def test_what_is_no_page_is_refused_with_its_reason(raw, declared, error):
    """Each refusal is of a closed set, so that it can be a metric's label."""
    with pytest.raises(error) as refused:
        page_of(raw, content_type=declared)

    assert refused.value.reason in REASONS


def test_a_page_over_the_limit_is_refused_whole():
    """Half a page would be cleaned into half an article that nobody could verify."""
    with pytest.raises(PageTooLarge, match="at most 10 bytes, found 11"):
        page_of(b"x" * 11, max_page_bytes=10)


def test_the_id_is_of_the_address_and_the_bytes():
    """The same bytes at one address are one page; elsewhere or changed they are another."""
    ids = [page_id("u", b"a"), page_id("u", b"b"), page_id("v", b"a"), page_id(None, b"a"), page_id("u\0", b"a")]

    assert len(set(ids)) == len(ids)
    assert page_of(b"a", url="u").id == ids[0]
    assert all(len(i) == 27 and i.startswith("pg_") for i in ids)


@pytest.mark.parametrize("piece", [b"<!---->", b"<!-- a -->\n", b"<?xml?>", b"<!--", b" "])
def test_a_prolog_made_to_take_for_ever_is_told_at_once(piece):
    """Comments in a row can be cut up in 2^n ways; one is looked at."""
    started = time.thread_time()

    page_of(b"words " + piece * 580)
    page_of(piece * 580 + b"words")

    assert time.thread_time() - started < 1
