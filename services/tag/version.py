"""TAGGER: the version of the tagger's code. The catalogue has its own, since it changes without the code.

The same source gives the same version on every machine; any change gives another one, so that an alert can be derived
again only with the tagger that made it.
"""

import hashlib
from importlib import resources

RELEASE = "2026.11"
_OUTSIDE = ("app.py", "metrics.py", "settings.py")  # wiring: changes nothing about an article


def _version() -> str:
    """Return "YYYY.MM+" and 8 hex digits; line endings do not count, so that a checkout on any system agrees."""
    digest = hashlib.sha256()
    entries = sorted(resources.files("services.tag").iterdir(), key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_file() and entry.name.endswith(".py") and entry.name not in _OUTSIDE:
            content = entry.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{entry.name}:{len(content)}:".encode() + content)
    return f"{RELEASE}+{digest.hexdigest()[:8]}"


TAGGER = _version()
