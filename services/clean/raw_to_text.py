"""Raw bytes → text: the charset by byte order mark, UTF-8, what the sender or the page declares, then by detection."""

import codecs
import re

from charset_normalizer import from_bytes

from schemas import Page
from services.clean.limits import CleanLimits
from services.clean.refusals import NotText, TooLarge

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,400}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
_HEAD_BYTES = 4096
_DETECT_BYTES = 20_000
# browsers read these as their Windows supersets, and so do the people who write them
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "euc_kr": "cp949"}
_MAGIC = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x00\x00\x00\x18ftyp")
_CONTROL = bytes(code for code in range(1, 32) if code not in b"\t\n\f\r")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_ODD = 0.02  # share of control and replacement characters above which it is no text


def _codec(name: str | None) -> str | None:
    """Return Python's name of the charset, widened as browsers do, or None when there is no such charset."""
    try:
        found = codecs.lookup((name or "").strip())
    except (LookupError, ValueError):
        return None
    if not found._is_text_encoding:
        return None
    return _SUPERSETS.get(found.name, found.name)


def decode(raw: bytes, charset: str | None) -> str:
    """Return the text of `raw`; `charset` is the sender's hint. Bytes that fit no charset become U+FFFD."""
    for bom, name in _BOMS:
        if raw.startswith(bom):
            return raw[len(bom) :].decode(name, "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(raw[:_HEAD_BYTES])
    for hint in (charset, declared[1].decode("ascii", "replace") if declared else None):
        codec = _codec(hint)
        if codec is None:
            continue
        text = raw.decode(codec, "replace")
        if text.count("\ufffd") <= max(3, len(text) // 200):
            return text
    best = from_bytes(raw[:_DETECT_BYTES]).best()
    return raw.decode(best.encoding if best else "utf-8", "replace")


def _is_text(text: str) -> bool:
    """Tell whether the first part of `text` is something people read."""
    head = text[:20_000]
    written = head.encode("utf-8", "surrogatepass")
    odd = len(written) - len(written.translate(None, _CONTROL)) + head.count("\ufffd")
    nulls = written.count(0)
    return odd <= max(2, _MAX_ODD * len(head)) and nulls <= max(8, len(head) // 20)


def raw_to_text(page: Page, limits: CleanLimits) -> tuple[str, bytes]:
    """Return the page's text without null bytes and with \\n line ends, and the same in UTF-8.

    Raises TooLarge or NotText. Bytes are searched many times as fast as a text that has one letter beyond Latin-1.
    """
    if page.body is not None:
        text, encoded = _without_surrogates(page.body)
        size = len(encoded)
    else:
        raw = _raw_bytes(page)
        size = len(raw)
        if size <= limits.page_bytes and raw.startswith(_MAGIC):
            raise NotText(f"page {page.id} starts like a binary file: {raw[:8]!r}")
        text = decode(raw, page.charset) if size <= limits.page_bytes else ""
        text, encoded = _without_surrogates(text)  # UTF-7 and escapes may spell them
    if size > limits.page_bytes:
        raise TooLarge(f"page {page.id} has {size} bytes; at most {limits.page_bytes} are read")
    if not _is_text(text):
        raise NotText(f"page {page.id} decodes to control characters: {text[:20]!r}")
    if b"\x00" in encoded or b"\r" in encoded:
        text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
        encoded = text.encode()
    return text, encoded


def _without_surrogates(text: str) -> tuple[str, bytes]:
    """Return `text` with U+FFFD for halves of characters, which no charset can write, and the same in UTF-8."""
    try:
        return text, text.encode()
    except UnicodeEncodeError:
        whole = _SURROGATE.sub("\ufffd", text)
        return whole, whole.encode()


def _raw_bytes(page: Page) -> bytes:
    """Return the page's bytes; raises NotText when body_base64 is not base64."""
    try:
        return page.raw()
    except ValueError as error:
        raise NotText(f"page {page.id}: body_base64 is not base64: {error}") from error
