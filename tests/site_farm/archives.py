"""WARC and WACZ files for tests and benchmarks."""

import gzip
import zipfile
from collections.abc import Iterable
from pathlib import Path


def record(
    number: int, body: bytes, *, status: str = "200 OK", headers: str = "Content-Type: text/html; charset=utf-8\r\n"
) -> bytes:
    """One response record."""
    http = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\n"
        f"WARC-Target-URI: https://news.example/{number}?utm_source=x\r\nWARC-Date: 2024-01-17T05:08:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:{number:08d}-0000-4000-8000-000000000000>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def warc(records: Iterable[bytes]) -> bytes:
    """A packed WARC file: one gzip member a record."""
    return b"".join(gzip.compress(one, 6, mtime=0) for one in records)


def write_warc(path: Path, bodies: Iterable[bytes]) -> None:
    """Write pages as a packed WARC file, or as a WACZ by its suffix."""
    raw = warc(record(number, body) for number, body in enumerate(bodies))
    if path.suffix == ".wacz":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("datapackage.json", "{}")
            archive.writestr("archive/data.warc.gz", raw)
    else:
        path.write_bytes(raw)
