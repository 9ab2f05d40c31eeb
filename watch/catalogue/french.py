"""French adjectives of nationality in all their forms: nigérien, nigérienne, nigériens, nigériennes."""

# What the rules below get wrong.
_FEMININES = {"grec": "grecque", "turc": "turque", "letton": "lettone", "swazi": "swazie", "hollandais": "hollandaise"}
_INVARIABLE = ("burkinabè", "i-kiribati", "ni-vanuatu", "basotho")
_PLURALS_TOO = {"burkinabè": ("burkinabè", "burkinabès"), "basotho": ("basotho",)}


def feminine(masculine: str) -> str:
    """Return the feminine singular of an adjective of nationality."""
    first, _, last = masculine.rpartition(" ")
    if first:
        return f"{feminine(first)} {feminine(last)}"
    if masculine in _FEMININES:
        return _FEMININES[masculine]
    if masculine.endswith(("e", "è")):
        return masculine
    if masculine.endswith(("ien", "yen", "éen")):
        return masculine + "ne"
    return masculine + "e"


def plural(singular: str) -> str:
    """Return the plural of an adjective of nationality."""
    first, _, last = singular.rpartition(" ")
    if first:
        return f"{plural(first)} {plural(last)}"
    return singular if singular.endswith(("s", "x")) else singular + "s"


def forms(masculine: str) -> list[str]:
    """Return all forms of an adjective, masculine first, each once."""
    if masculine in _INVARIABLE:
        return list(_PLURALS_TOO.get(masculine, (masculine,)))
    she = feminine(masculine)
    return list(dict.fromkeys((masculine, she, plural(masculine), plural(she))))
