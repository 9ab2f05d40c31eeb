"""Why a fetch gave nothing, by what happens next: refused for good, or tried again.

FetchRefused (Unprocessable)   InvalidUrl · PrivateAddress · RobotsForbid · TooManyRedirects · AccessDenied
                               CompressionBomb · UnsupportedEncoding · UnexpectedStatus
FetchFailed (TryAgain)         HostUnreachable · FetchTimeout · ServerFailed · TooManyRequests · PageNotFound
                               RobotsUnreachable · BodyCut
"""

from datetime import timedelta

from runtime.errors import TryAgain, Unprocessable


class FetchRefused(Unprocessable):
    """Trying again would give the same."""


class InvalidUrl(FetchRefused):
    """It is no http(s) URL."""


class PrivateAddress(FetchRefused):
    """The host's address is not on the public internet, and not in the allowed networks."""


class RobotsForbid(FetchRefused):
    """The site's robots.txt asks us not to."""


class TooManyRedirects(FetchRefused):
    """The redirects go round in a circle, or are more than allowed."""


class AccessDenied(FetchRefused):
    """The site says no: 401, 402, 403, 451."""


class CompressionBomb(FetchRefused):
    """It unfolds to more than the limit."""


class UnsupportedEncoding(FetchRefused):
    """It is packed in a way that was not asked for, or its packing is broken."""


class UnexpectedStatus(FetchRefused):
    """A status that means neither success nor a known failure."""


class FetchFailed(TryAgain):
    """Trying again later may help; `retry_after` is what the site asked for."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class HostUnreachable(FetchFailed):
    """No name, no connection, no TLS, or the connection broke."""


class FetchTimeout(FetchFailed):
    """It took longer than the limit."""


class ServerFailed(FetchFailed):
    """A 5xx status."""


class TooManyRequests(FetchFailed):
    """A 429, or the pause that the site asked for before is not over."""


class PageNotFound(FetchFailed):
    """404 or 410; feeds announce pages a moment before they are there."""


class RobotsUnreachable(FetchFailed):
    """robots.txt cannot be read because of the site's fault; until it can, nothing is fetched (RFC 9309, 2.3.1.4)."""


class BodyCut(FetchFailed):
    """The body ends before its packing does: the connection broke, and its length was not told."""


REASONS = tuple(
    kind("").reason
    for kind in (
        *(InvalidUrl, PrivateAddress, RobotsForbid, TooManyRedirects, AccessDenied, CompressionBomb),
        *(UnsupportedEncoding, UnexpectedStatus, HostUnreachable, FetchTimeout, ServerFailed, TooManyRequests),
        *(PageNotFound, RobotsUnreachable, BodyCut),
    )
)
