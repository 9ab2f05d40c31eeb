"""Content-Encoding undone piece by piece, so that a bomb is refused before it unfolds."""

import zlib
from typing import Any, Final

from services.produce.fetch_errors import BodyCut, CompressionBomb, UnsupportedEncoding
from services.produce.refusals import PageTooLarge

# Brotli and zstd are not asked for: their decoders here cannot be told where to stop.
ACCEPT_ENCODING: Final = "gzip, deflate"
_GZIP, _ZLIB, _RAW = 31, 15, -15  # the window bits that zlib knows them by
_ENCODINGS: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


class Unpacker:
    """Takes a body's pieces as they came and holds it unpacked, up to `max_bytes`."""

    def __init__(self, content_encoding: str, *, max_bytes: int) -> None:
        """Raises UnsupportedEncoding unless the encoding is gzip, deflate, identity or nothing."""
        names = [name for part in content_encoding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
        if len(names) > 1 or any(name not in _ENCODINGS for name in names):
            raise UnsupportedEncoding(f"expected {ACCEPT_ENCODING} or nothing, found '{content_encoding[:40]}'")
        self._packing = _ENCODINGS[names[0]] if names else None
        self._decoder: Any = None  # chosen by the first two bytes of each member
        self._head = b""
        self._max_bytes = max_bytes
        self._body = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take the next piece; raises PageTooLarge or CompressionBomb, and UnsupportedEncoding when it is broken."""
        if self._packing is None:
            if len(self._body) + len(piece) > self._max_bytes:
                raise PageTooLarge(f"expected at most {self._max_bytes} bytes, found more")
            self._body += piece
            return
        while piece:
            piece = self._unpack(piece) if self._decoder is not None and not self._decoder.eof else self._begin(piece)

    def body(self) -> bytes:
        """Return what was unpacked; raises BodyCut when the packing ends too early."""
        is_cut = self._decoder is not None and not self._decoder.eof
        if is_cut or (self._decoder is None and self._head):
            raise BodyCut("expected a whole compressed body, found one that is cut off")
        return bytes(self._body)

    def _begin(self, piece: bytes) -> bytes:
        """Choose a decoder for the member that begins here; what stands behind the last member is padding."""
        self._head += piece
        if len(self._head) < 2:
            return b""
        head, self._head = self._head, b""
        if self._decoder is None:
            self._decoder = zlib.decompressobj(_deflate_kind(head) if self._packing == _ZLIB else _GZIP)
            return head
        if self._packing == _GZIP and head.startswith(b"\x1f\x8b"):
            self._decoder = zlib.decompressobj(_GZIP)
            return head
        return b""

    def _unpack(self, piece: bytes) -> bytes:
        room = self._max_bytes - len(self._body) + 1
        try:
            self._body += self._decoder.decompress(piece, room)
        except zlib.error as error:
            raise UnsupportedEncoding(f"expected a compressed body, found a broken one ({error})") from None
        if len(self._body) > self._max_bytes:
            raise CompressionBomb(f"expected at most {self._max_bytes} bytes unpacked, found more")
        return bytes(self._decoder.unconsumed_tail or self._decoder.unused_data)


def _deflate_kind(head: bytes) -> int:
    """Return what "deflate" means here: zlib (its header is a multiple of 31), or the bare stream some servers send."""
    return _ZLIB if head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0 else _RAW


def gunzipped(raw: bytes, *, max_bytes: int) -> bytes:
    """Return a file that may be packed itself, such as sitemap.xml.gz, unpacked; raises what Unpacker does."""
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    unpacker = Unpacker("gzip", max_bytes=max_bytes)
    unpacker.feed(raw)
    return unpacker.body()
