"""Bytes that somebody fetched or sent → a Page, or the reason why they are none.

What must stay true: `page.raw()` is byte for byte what came. Charsets are only noted here, never converted; the sender
is believed about nothing that the bytes contradict.
"""

import base64
import hashlib
import re
from datetime import datetime
from typing import Final

from schemas import Page, Source
from schemas.page import ContentType
from services.produce.refusals import BinaryPage, EmptyPage, NoPage, PageTooLarge, PdfPage

# The largest article page of the development set is 2.6 MB; a page of 8 MB is a dump or an attack.
MAX_PAGE_BYTES: Final = 8 * 1024 * 1024
_SNIFF_BYTES: Final = 4096  # the WHATWG rules look at 1445; CMS banners in comments reach further

_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")  # UTF-16 and UTF-32, where NUL bytes are text
_WIDE_CHARSETS: Final = ("utf-16", "utf16", "ucs-2", "utf-32", "utf32", "ucs-4")
_MAGIC: Final = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|PK\x03\x04|\x1f\x8b|BZh[1-9]|\xfd7zXZ|7z\xbc\xaf|Rar!"
    rb"|\x28\xb5\x2f\xfd|\x7fELF|MZ\x90|OggS|ID3|fLaC|wOF[F2]|\xd0\xcf\x11\xe0|....ftyp",
    re.DOTALL,
)
# Control characters that no text has (WHATWG "binary data byte"); ESC is left out for ISO-2022-JP.
_BINARY_BYTE: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_MARKUP: Final = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|meta|title|link|script|style|div|p|article|main|section|table|h[1-6]|br|a)\b",
    re.IGNORECASE,
)
# Possessive: a row of comments can be cut up in as many ways as there are subsets of them, and one way is enough.
_PROLOG: Final = rb"(?:<\?xml[^>]*+>|(?><!--.*?-->)|\s)*+"
_HTML_START: Final = re.compile(_PROLOG + rb"<(?:!doctype\s++html|html|head)\b", re.IGNORECASE | re.DOTALL)
_FEED_START: Final = re.compile(
    _PROLOG + rb"<(?:rss|feed|rdf:RDF|urlset|sitemapindex|opml|svg)\b", re.IGNORECASE | re.DOTALL
)
_NO_PAGE_TYPES: Final = (
    "application/json",
    "application/ld+json",
    "application/feed+json",
    "application/javascript",
    "text/javascript",
    "text/css",
    "text/csv",
    "text/calendar",
    "application/rss+xml",
    "application/atom+xml",
)


def bytes_to_page(
    raw: bytes,
    *,
    url: str | None = None,
    content_type: str | None = None,
    charset: str | None = None,
    source: Source | None = None,
    fetched_at: datetime,
    pushed_at: datetime,
    max_page_bytes: int = MAX_PAGE_BYTES,
) -> Page:
    """Return the page that `raw` is, with its bytes kept exactly.

    `content_type` is a header's value, parameters and all; a charset in it counts when `charset` is not given. Both are
    hints. What only a feed or a sender knows (title, published, revision) is the caller's to add with `model_copy`.
    Raises EmptyPage, BinaryPage, PdfPage, NoPage or PageTooLarge; their messages carry no content.
    """
    media_type, header_charset = split_content_type(content_type)
    declared = charset or header_charset
    if len(raw) > max_page_bytes:
        raise PageTooLarge(f"expected at most {max_page_bytes} bytes, found {len(raw)}")
    kind = sniff(raw, media_type=media_type, charset=declared)
    try:
        body, body_base64 = raw.decode("utf-8"), None
    except UnicodeDecodeError:
        body, body_base64 = None, base64.b64encode(raw).decode("ascii")
    return Page(
        id=page_id(url, raw),
        url=url,
        source=source or Source(),
        content_type=kind,
        charset=declared,
        body=body,
        body_base64=body_base64,
        sha256=hashlib.sha256(raw).hexdigest(),
        fetched_at=fetched_at,
        pushed_at=pushed_at,
    )


def page_id(url: str | None, raw: bytes) -> str:
    """Return "pg_" and 24 hex digits of the SHA-256 of the URL, a NUL and the bytes."""
    digest = hashlib.sha256((url or "").encode("utf-8", "surrogatepass") + b"\0")
    digest.update(raw)
    return "pg_" + digest.hexdigest()[:24]


def sniff(raw: bytes, *, media_type: str = "", charset: str | None = None) -> ContentType:
    """Return whether the bytes are HTML or plain text; raises EmptyPage, BinaryPage, PdfPage or NoPage."""
    start = raw[:_SNIFF_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n\f")
    if not start and not raw.strip(b"\xef\xbb\xbf \t\r\n\f"):
        raise EmptyPage("expected a page, found nothing but white space" if raw else "expected a page, found 0 bytes")
    if start.startswith(b"%PDF-"):
        raise PdfPage("expected HTML or plain text, found a PDF file")
    is_wide = raw.startswith(_WIDE_BOMS) or (charset or "").lower().startswith(_WIDE_CHARSETS)
    if is_wide:
        start = start.replace(b"\0", b"")
    elif _MAGIC.match(start) or _BINARY_BYTE.search(start):
        raise BinaryPage(f"expected HTML or plain text, found binary data (declared as {media_type or 'nothing'})")
    if _FEED_START.match(start):
        raise NoPage(f"expected HTML or plain text, found XML of another kind (declared as {media_type or 'nothing'})")
    if _HTML_START.match(start):
        return "text/html"
    if media_type in _NO_PAGE_TYPES:
        raise NoPage(f"expected HTML or plain text, found {media_type}")
    if media_type == "text/plain":
        return "text/plain"
    # Declared as HTML, as something odd, or not at all: the bytes say. Plain text is often served as text/html.
    return "text/html" if _MARKUP.search(start if is_wide else raw) else "text/plain"


def split_content_type(header: str | None) -> tuple[str, str | None]:
    """Return the media type in lower case ("" when unknown) and the charset of a Content-Type header."""
    media_type, *parameters = (header or "").split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return media_type.strip().lower(), value.strip().strip("\"'").strip() or None
    return media_type.strip().lower(), None
