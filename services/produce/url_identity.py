"""Which URLs are the same page: tracking parameters, AMP and mobile variants, and redirect wrappers undone.

`readable_url` is what people get to click; `url_identity` is a key and no address. Both are idempotent.
"""

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

MAX_URL_CHARS: Final = 2000  # what sitemaps.org allows is 2048; longer ones are session dumps

# Parameters that say how a reader came, never which page it is. Prefixes end in `_`; the rest are whole names.
_TRACKING_PREFIXES: Final = (
    "utm_",
    "at_",
    "hsa_",
    "mtm_",
    "pk_",
    "piwik_",
    "matomo_",
    "stm_",
    "ns_",
    "mc_",
    "oly_",
    "vero_",
)
# Advertising and mail; then newsrooms: AT Internet, Guardian, Daily Mail, New York Times, Al Jazeera, DW, RFI.
_TRACKING_NAMES: Final = """
    fbclid gclid dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid li_fat_id epik mkt_tok _hsenc _hsmi _ga
    _gl rb_clickid s_cid wickedid wt_mc wt.mc_id spm share_id from_source
    xtor xtref xtcr cmp ito smid smtyp partner traffic_source maca ref_src ref_url taid cmpid icid ocid ncid lmd_source
"""
_TRACKING: Final = frozenset(_TRACKING_NAMES.split())
# Names too common to be dropped whatever they say: dropped only with these values.
_TRACKING_VALUES: Final = {
    "ref": ("rss", "feed", "twitter", "facebook"),
    "source": ("rss", "feed", "twitter", "facebook"),
    "from": ("rss", "feed"),
    "feed": ("rss", "atom"),
    "share": ("twitter", "facebook", "whatsapp", "telegram", "email"),
}
_AMP_PARAMETERS: Final = {"amp": ("", "1", "true"), "outputtype": ("amp",), "output": ("amp",), "view": ("amp",)}
_AMP_PATH: Final = re.compile(r"(?<=.)/amp/?$|\.amp(?=\.html?$)|\.amp$", re.IGNORECASE)
_AMP_CACHES: Final = (
    re.compile(r"^https?://[^/]+\.cdn\.ampproject\.org/(?:c|v|wp)/(s/)?(.+)$", re.IGNORECASE),
    re.compile(r"^https?://(?:www\.)?google\.[a-z.]+/amp/(s/)?(.+)$", re.IGNORECASE),
    re.compile(r"^https?://(?:www\.)?bing\.com/amp/(s/)?(.+)$", re.IGNORECASE),
)
_VARIANT_LABEL: Final = re.compile(r"^(?:www\d?|m|mobile|amp|wap|touch)\.(?=[^.]+\.[^.]+)", re.IGNORECASE)
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


def readable_url(url: str) -> str:
    """Return the URL without fragment, tracking parameters and default port, and out of AMP caches; raises ValueError.

    ValueError when it is no absolute http(s) URL of at most MAX_URL_CHARS characters. Credentials in it are dropped.
    """
    parts = _split(_out_of_cache(url.strip()))
    query = [(name, value) for name, value in _query(parts) if not _is_tracking(name, value)]
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~[]|^")
    readable = urlunsplit((parts.scheme, _host(parts), path, urlencode(query, safe="/:,;@!~*'()"), ""))
    _check_length(readable)  # characters that are written as %XX make it longer
    return readable


def url_identity(url: str) -> str:
    """Return the key of the page behind a URL: equal for its http, www, mobile, AMP and tracked variants."""
    parts = _split(readable_url(url))
    host = _host(parts)
    while shorter := _VARIANT_LABEL.sub("", host):
        if shorter == host:
            break
        host = shorter
    path = _AMP_PATH.sub("", unquote(parts.path, errors="surrogateescape")).rstrip("/")
    query = sorted(
        (name, value) for name, value in _query(parts) if value.lower() not in _AMP_PARAMETERS.get(name.lower(), ())
    )
    return f"{host}{path}" + (f"?{urlencode(query, errors='surrogateescape')}" if query else "")


def host_of(url: str) -> str:
    """Return the host of a URL in lower case with its port when it is unusual; raises ValueError."""
    return _host(_split(url))


def is_same_site(left: str, right: str) -> bool:
    """Return whether two URLs are of one site: the last two labels of the host are the same, or three for co.uk."""
    return _site(left) == _site(right)


def _site(url: str) -> str:
    labels = host_of(url).rpartition(":")[0].split(".") if ":" in host_of(url) else host_of(url).split(".")
    is_second_level = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if is_second_level else -2 :])


def _split(url: str) -> SplitResult:
    _check_length(url)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected a URL that starts with http:// or https:// and names a host")
    parts.port  # noqa: B018  (raises ValueError when it is none)
    return parts


def _check_length(url: str) -> None:
    if len(url) > MAX_URL_CHARS:
        raise ValueError(f"expected a URL of at most {MAX_URL_CHARS} characters, found {len(url)}")


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError("expected a host name that DNS can hold") from None
    if ":" in host:
        host = f"[{host}]"
    is_default = parts.port is None or str(parts.port) == _DEFAULT_PORTS[parts.scheme]
    return host if is_default else f"{host}:{parts.port}"


def _query(parts: SplitResult) -> list[tuple[str, str]]:
    return parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")


def _is_tracking(name: str, value: str) -> bool:
    name = name.lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES) or value.lower() in _TRACKING_VALUES.get(name, ())


def _out_of_cache(url: str) -> str:
    for cache in _AMP_CACHES:
        if match := cache.match(url):
            return ("https://" if match[1] else "http://") + match[2]
    return url
