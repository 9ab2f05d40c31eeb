"""Braces in phrases: `{army,military} base{,s}` says four phrases in one line."""

import itertools
import re

_CHOICE = re.compile(r"\{([^{}]*)\}")


def expand(phrase: str) -> list[str]:
    """Return every reading of `phrase`, in order and with single blanks; braces do not nest."""
    parts = _CHOICE.split(phrase)
    choices = [part.split(",") if at % 2 else [part] for at, part in enumerate(parts)]
    return [" ".join("".join(words).split()) for words in itertools.product(*choices)]
