"""CLEANER: the version of the cleaner, from what it is made of.

The same source and weights give the same version on every machine; any change gives another one, so that an alert
can be derived again only with the cleaner that made it.
"""

import hashlib
from importlib import resources

RELEASE = "2026.11"
_OUTSIDE = ("app.py", "settings.py")  # wiring: changes nothing about an article
_MADE_OF = (".py", ".json", ".npz")


def _parts() -> list[tuple[str, bytes]]:
    """Return (name, content) of every file that decides about an article, in the order of the names."""
    package = resources.files("services.clean")
    found = [(entry.name, entry) for entry in package.iterdir() if entry.is_file() and entry.name not in _OUTSIDE]
    found += [(f"weights/{entry.name}", entry) for entry in package.joinpath("weights").iterdir() if entry.is_file()]
    return sorted((name, entry.read_bytes()) for name, entry in found if name.endswith(_MADE_OF))


def _version() -> str:
    """Return "YYYY.MM+" and 8 hex digits; line endings do not count, so that a checkout on any system agrees."""
    digest = hashlib.sha256()
    for name, content in _parts():
        normal = content if name.endswith(".npz") else content.replace(b"\r\n", b"\n")
        digest.update(f"{name}:{len(normal)}:".encode() + normal)
    return f"{RELEASE}+{digest.hexdigest()[:8]}"


CLEANER = _version()
