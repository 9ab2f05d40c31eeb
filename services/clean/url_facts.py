"""What an address alone says about an article."""

import re

from services.clean.dates import find_dates

_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/_-](\d{1,2})[/_-](\d{1,2})(?=\D|$)")
_GLUED = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")


def date_in_url(url: str) -> str | None:
    """Return the day an address carries, such as /2024/03/27/, or None."""
    path = url.split("?", 1)[0]
    for pattern in (_IN_PATH, _GLUED):
        for match in pattern.finditer(path):
            found = find_dates(f"{match[1]}-{match[2]}-{match[3]}")
            if found:
                return found[0].value
    return None
