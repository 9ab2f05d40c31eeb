"""Versions: hashes of what a rule says and means; the same on every machine, and whichever way the rule was read."""

import hashlib
import json
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any


def _plainer(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


packed = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=_plainer).encode
"""Plain data as the text that is hashed."""


def content_hash(content: Any) -> str:
    """Return 16 hex digits that stand for plain data."""
    return text_hash(packed(content))


def version_of(said: str, meaning: str) -> str:
    """Return the version of a rule: of what it says (`packed`, without its tests), and of what its names mean."""
    return text_hash(f"[{said}, {encode_basestring(meaning)}]")


def text_hash(text: str) -> str:
    """Return 16 hex digits that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
