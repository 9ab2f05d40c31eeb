"""Content-Encoding undone piece by piece, so that a bomb is refused before it unfolds."""

import zlib
from typing import Final

from services.produce.fetch_errors import CompressionBomb, UnsupportedEncoding
from services.produce.refusals import PageTooLarge

# Brotli and zstd are not asked for: their decoders here cannot be told where to stop.
ACCEPT_ENCODING: Final = "gzip, deflate"
_WBITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Unpacker:
    """Takes a body's pieces as they came and holds it unpacked, up to `max_bytes`."""

    def __init__(self, content_encoding: str, *, max_bytes: int) -> None:
        """Raises UnsupportedEncoding unless the encoding is gzip, deflate, identity or nothing."""
        encodings = [
            name for part in content_encoding.split(",") if (name := part.strip().lower()) and name != "identity"
        ]
        if len(encodings) > 1 or any(name not in _WBITS for name in encodings):
            raise UnsupportedEncoding(f"expected {ACCEPT_ENCODING} or nothing, found '{content_encoding[:40]}'")
        self._wbits = _WBITS[encodings[0]] if encodings else 0
        self._decoder = zlib.decompressobj(self._wbits) if encodings else None
        self._max_bytes = max_bytes
        self._body = bytearray()
        self._has_started = False

    def feed(self, piece: bytes) -> None:
        """Take the next piece; raises PageTooLarge or CompressionBomb, and UnsupportedEncoding when it is broken."""
        if self._decoder is None:
            if len(self._body) + len(piece) > self._max_bytes:
                raise PageTooLarge(f"expected at most {self._max_bytes} bytes, found more")
            self._body += piece
            return
        while piece:
            piece = self._unpack(piece)

    def body(self) -> bytes:
        """Return what was unpacked; raises UnsupportedEncoding when the packing ends too early."""
        if self._decoder is not None and self._has_started and not self._decoder.eof:
            raise UnsupportedEncoding("expected a whole compressed body, found one that is cut off")
        return bytes(self._body)

    def _unpack(self, piece: bytes) -> bytes:
        assert self._decoder is not None
        if self._decoder.eof:
            if self._wbits != 31 or not piece.startswith(b"\x1f\x8b"):
                return b""  # padding behind the end
            self._decoder = zlib.decompressobj(self._wbits)
        room = self._max_bytes - len(self._body) + 1
        try:
            self._body += self._decoder.decompress(piece, room)
        except zlib.error as error:
            if (
                self._wbits == 15 and not self._has_started
            ):  # "deflate" without the zlib header, as some servers send it
                self._wbits = -15
                self._decoder = zlib.decompressobj(-15)
                return piece
            raise UnsupportedEncoding(f"expected a compressed body, found a broken one ({error})") from None
        self._has_started = True
        if len(self._body) > self._max_bytes:
            raise CompressionBomb(f"expected at most {self._max_bytes} bytes unpacked, found more")
        return self._decoder.unconsumed_tail or self._decoder.unused_data


def gunzipped(raw: bytes, *, max_bytes: int) -> bytes:
    """Return a file that may be packed itself, such as sitemap.xml.gz, unpacked; raises what Unpacker does."""
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    unpacker = Unpacker("gzip", max_bytes=max_bytes)
    unpacker.feed(raw)
    return unpacker.body()
