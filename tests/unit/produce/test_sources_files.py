"""sources/files: one bad file or line is one refusal, and everything else arrives."""

import gzip
import io
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas import Page, Source
from services.produce.refusals import Refusal
from services.produce.sources import files
from services.produce.sources.files import pages_from_paths

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def read(*paths: Path) -> tuple[list[Page], list[Refusal]]:
    found = list(pages_from_paths(paths, NOW))
    return [f for f in found if isinstance(f, Page)], [f for f in found if isinstance(f, Refusal)]


def test_a_folder_yields_its_pages_in_order_and_passes_over_the_rest(tmp_path):
    """Pages lie in any depth, packed or not; pictures and hidden files beside them are nobody's business."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.htm").write_bytes(b"<html>two")
    (tmp_path / "one.txt").write_bytes(b"one")
    (tmp_path / "three.html.gz").write_bytes(gzip.compress(b"<html>three"))
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / ".hidden.html").write_bytes(b"<html>no")

    pages, refusals = read(tmp_path)

    assert [p.body for p in pages] == ["one", "<html>three", "<html>two"]
    assert refusals == []


def test_json_lines_carry_what_their_sender_knows(tmp_path):
    """A line is a page with its address, source and dates; only a body is needed."""
    lines = [
        {"body": "words"},
        {
            "url": "https://a.example/",
            "body": "<html>x",
            "source": "studio-kalangou",
            "title": "T",
            "published": "2024-01-17",
        },
        {"body_base64": "Tmln6XI=", "charset": "latin-1", "source": {"id": "s", "country": "NER"}, "unknown": 1},
    ]
    path = tmp_path / "pages.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n")

    pages, refusals = read(path)

    assert refusals == []
    assert [p.source for p in pages] == [Source(), Source(id="studio-kalangou"), Source(id="s", country="NER")]
    assert pages[1].title == "T"
    assert pages[1].published is not None
    assert pages[1].published.value == "2024-01-17"
    assert pages[2].raw() == b"Nig\xe9r"
    assert pages[0].published is None


def test_wrong_lines_are_refused_by_file_and_line_and_the_rest_goes_on(tmp_path):
    """Each mistake names its place; the good lines around it arrive."""
    path = tmp_path / "pages.jsonl.gz"
    path.write_bytes(
        gzip.compress(
            b'{"body": "one"}\nnot json\n\n[1]\n{"url": "u"}\n{"body": "x", "body_base64": "eA=="}\n'
            b'{"body_base64": "???"}\n{"body": 7, "title": []}\n{"body": ""}\n{"body": "two"}'
        )
    )

    pages, refusals = read(path)

    assert [p.body for p in pages] == ["one", "two"]
    assert [(r.line, r.reason) for r in refusals] == [
        (2, "invalid_line"),
        (4, "invalid_line"),
        (5, "invalid_line"),
        (6, "invalid_line"),
        (7, "invalid_line"),
        (8, "invalid_line"),
        (9, "empty_page"),
    ]
    assert str(refusals[2]) == f"{path}:5: expected one of 'body' and 'body_base64', found none"
    assert "body: " in refusals[5].message
    assert "title: " in refusals[5].message


def test_standard_input_is_json_lines(monkeypatch):
    """`-` stands for JSON lines on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"body": "one"}\nwrong\n')))

    pages, refusals = read(Path("-"))

    assert [p.body for p in pages] == ["one"]
    assert str(refusals[0]).startswith("-:2: ")


def test_files_that_cannot_be_read_are_refused_and_the_rest_goes_on(tmp_path):
    """A missing file, a broken archive and a picture that was named itself do not stop the pages after them."""
    broken, cut, picture, good = (tmp_path / n for n in ("broken.html.gz", "cut.txt.gz", "a.png", "good.txt"))
    broken.write_bytes(b"not gzip")
    cut.write_bytes(gzip.compress(b"words " * 1000)[:-12])
    picture.write_bytes(b"\x89PNG\r\n")
    good.write_bytes(b"good")

    pages, refusals = read(tmp_path / "missing.html", broken, cut, picture, good)

    assert [p.body for p in pages] == ["good"]
    assert [r.reason for r in refusals] == ["unreadable_file", "unreadable_file", "unreadable_file", "binary_page"]
    assert "No such file" in refusals[0].message


def test_a_bomb_is_refused_before_it_unfolds(tmp_path, monkeypatch):
    """What is packed in a file is read only up to the limit of one page or line."""
    monkeypatch.setattr(files, "MAX_PAGE_BYTES", 1000)
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 1000)
    bomb, lines = tmp_path / "bomb.html.gz", tmp_path / "lines.jsonl"
    bomb.write_bytes(gzip.compress(b"x" * 5_000_000))
    lines.write_bytes(b'{"body": "' + b"x" * 3_000_000 + b'"}\n{"body": "after"}\n')

    pages, refusals = read(bomb, lines)

    assert [(r.reason, r.line) for r in refusals] == [("page_too_large", None), ("page_too_large", 1)]
    assert [p.body for p in pages] == ["after"]


@pytest.mark.parametrize("name", ["pages.txt", "PAGES.TXT"])
def test_reading_starts_before_the_last_path_is_known(tmp_path, name):
    """Paths may come from an endless list; pages come out as they are read."""
    (tmp_path / name).write_bytes(b"one")

    def paths():
        yield tmp_path / name
        raise AssertionError("read too far ahead")

    assert isinstance(next(pages_from_paths(paths(), lambda: NOW)), Page)


def test_a_pipe_in_a_folder_is_passed_over(tmp_path):
    """Opening one waits for a writer who may never come; a link to nowhere is a refusal."""
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "page.txt").write_text("words")
    (tmp_path / "nowhere.txt").symlink_to(tmp_path / "gone.txt")

    nowhere, page = pages_from_paths([tmp_path], NOW)

    assert isinstance(page, Page)
    assert page.body == "words"
    assert isinstance(nowhere, Refusal)
    assert nowhere.reason == "unreadable_file"
