"""A pytest plugin for `make mutation`: forgets what functions have cached before a session begins.

Each change is tried in a fork of a process that has run all tests already: what the unchanged code had parsed would
still be there, and a change of the parser would go unnoticed.
"""

import sys


def pytest_sessionstart() -> None:
    """Clear every `lru_cache` of the code under test."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("services.", "runtime.", "schemas.")):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
