"""Feedback becomes a test: what an analyst says of an alert is written beside the rule, and stays true for good."""

import json
from dataclasses import dataclass
from typing import Literal

from schemas import Alert
from services.alert.rule import Rule
from services.alert.rule_chunks import chunks_of

Opinion = Literal["noise", "good"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """A changed rule file, and the test that was written into it."""

    file: str
    text: str
    test: str


def feedback(
    alert: Alert, opinion: Opinion, rule: Rule, file_text: str, *, article_text: str | None = None
) -> Feedback:
    """Return the rule's file with one more test: the alert's article must fire the rule (good), or must not (noise).

    Without the article's text the quotes stand for it. Raises ValueError when the rule cannot be found in the file.
    """
    text = article_text if article_text is not None else "\n\n".join(_quotes(alert))
    given: dict[str, str] = {"text": text}
    if alert.article.title and (article_text is not None or any(one.zone == "title" for one in alert.evidence)):
        given["title"] = alert.article.title
    if alert.article.language:
        given["language"] = alert.article.language
    kind = "fires" if opinion == "good" else "silent"
    # JSON is YAML, and needs no thought about quotes and line ends.
    test = f"{kind}: {json.dumps(given, ensure_ascii=False)}"
    name = f"name: {json.dumps(f'feedback: {opinion} ({alert.id})')}"
    return Feedback(rule.file, _with_test(file_text, rule, [name, test]), test)


def _quotes(alert: Alert) -> list[str]:
    return [one.quote for one in alert.evidence if one.zone != "title"]


def _with_test(file_text: str, rule: Rule, test: list[str]) -> str:
    """Return the file with a test at the end of the rule's tests; nothing else is touched, comments stay."""
    lines = file_text.splitlines()
    _, chunks = chunks_of(file_text)
    chunk = next((one for one in chunks if one.line == rule.line), None)
    if chunk is None:
        raise ValueError(
            f"{rule.file}: the rule {rule.id} does not stand in a plain list of rules; add the test by hand"
        )
    own = chunk.text.splitlines()
    indent = len(own[0]) - len(own[0].lstrip()) + 2
    first = next((n for n, line in enumerate(own) if line.startswith(" " * indent + "tests:")), None)
    if first is None:
        at, before = _last_line(own), [" " * indent + "tests:"]
    else:
        if own[first].split("tests:", 1)[1].split("#")[0].strip():
            raise ValueError(f"{rule.file}: the tests of {rule.id} stand on one line; add the test by hand")
        behind = (n for n in range(first + 1, len(own)) if _is_key(own[n], indent))
        at, before = _last_line(own[: next(behind, len(own))]), []
    dash = " " * (indent + 2)
    new = [*before, f"{dash}- {test[0]}", *(f"{dash}  {line}" for line in test[1:])]
    place = rule.line - 1 + at + 1
    return "\n".join([*lines[:place], *new, *lines[place:]]) + "\n"


def _is_key(line: str, indent: int) -> bool:
    """Whether a line begins another field of the rule."""
    return line.startswith(" " * indent) and len(line) > indent and line[indent] not in " -#"


def _last_line(lines: list[str]) -> int:
    """Return the index of the last line that says something."""
    return max(n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
