"""The offline filters: JSON lines in, JSON lines out, whatever the lines hold."""

import io
import json
from pathlib import Path
from typing import Any

from services.cli.filters import article_to_line, clean_line, lines_of, run

SEEDS = Path(__file__).parents[3] / "seeds"


def _answers(process: Any, *lines: bytes) -> list[Any]:
    out = io.StringIO()
    run(process, lines, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_clean_answers_each_line_in_order_and_goes_on_after_a_bad_one() -> None:
    """No JSON, no object, no body, and a page: four answers, the bad ones with a reason and a message."""
    seed = (SEEDS / "002_62f4774eb39e6342.txt").read_text(encoding="utf-8")
    page = json.dumps({"id": "seed", "content_type": "text/plain", "body": seed}).encode()

    answers = _answers(clean_line(), b"{oops", b"[1]", b'{"id": 7}', page)

    assert [answer["id"] for answer in answers] == [None, None, 7, "seed"]
    assert [answer.get("error", {}).get("reason") for answer in answers] == [
        "invalid_message",
        "invalid_message",
        "invalid_line",
        None,
    ]
    assert all(answer["error"]["message"] for answer in answers[:3])


def test_clean_writes_what_it_promises() -> None:
    """The fields of an answer, and paragraphs that slice the text."""
    seed = (SEEDS / "000_358a4b9e5b634885.txt").read_text(encoding="utf-8")
    line = json.dumps({"id": 0, "content_type": "text/plain", "body": seed}).encode()

    [answer] = _answers(clean_line(), line)

    assert set(answer) == {"id", "title", "authors", "published", "site", "language", "text", "paragraphs"}
    assert answer["published"] == {"value": "2024-03-27", "source": "byline"}
    assert "\n\n".join(answer["text"][start:end] for start, end in answer["paragraphs"]) == answer["text"]


def test_a_refused_page_answers_with_its_reason_and_what_can_be_read() -> None:
    """A paywall's stub is no article, and still what a person wants to see; of a binary file nothing is."""
    stub = "The ministers of both countries met on Monday and agreed to open the border before the year ends."
    wall = f"Ministers agree\n\n{stub}\n\nTo continue reading, subscribe for full access. Already a subscriber? Log in"
    lines = [
        json.dumps({"id": "wall", "content_type": "text/plain", "body": wall}).encode(),
        json.dumps({"id": "pdf", "content_type": "text/plain", "body": "\u0001\u0002\u0003\u0004" * 500}).encode(),
    ]

    answers = _answers(clean_line(), *lines)

    assert [(answer["id"], answer["error"]["reason"]) for answer in answers] == [
        ("wall", "paywall"),
        ("pdf", "binary_page"),
    ]
    assert [answer.get("text") for answer in answers] == [stub, None]


def test_files_are_read_as_lines() -> None:
    """`tocsin clean seeds/` works like a list of JSON lines made of the files."""
    lines = list(lines_of([SEEDS], None))

    answers = _answers(clean_line(), *lines)

    assert [answer["site"] for answer in answers][:2] == ["AAN TV", "Newsunplug Kenya"]


def test_an_unknown_date_is_null() -> None:
    """Unknown stays unknown: it is never now."""
    from tests.given import an_article

    assert article_to_line(1, an_article())["published"] is None
