"""Which URLs we may be sent to at all: those of the web. Where they lead is judged at the moment of connecting."""

from urllib.parse import urlsplit

from runtime.errors import Unprocessable


class ForbiddenTarget(Unprocessable):
    """A URL leads where we do not go; the message never carries credentials or the path."""


def check_url(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a URL we may try; raises ForbiddenTarget for anything but http and https."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ForbiddenTarget("expected a URL, found something else") from None
    if parts.scheme not in ("http", "https"):
        raise ForbiddenTarget(f"expected http or https, found '{parts.scheme[:20]}'")
    if not host:
        raise ForbiddenTarget("the URL names no host")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)
