"""What people push may be anything: each file is accepted or refused with a reason, and nobody sees a traceback."""

import asyncio
import gzip
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runtime.settings import RuntimeSettings
from schemas import streams
from tests.stages.processes import CLEAN_ENVIRON, ROOT

# The most memory the process itself ever held: unlike ru_maxrss, VmHWM does not count what it was forked from.
TOCSIN = """
import pathlib, sys
from services.cli.app import main
try:
    main()
finally:
    status = pathlib.Path("/proc/self/status")
    pathlib.Path("peak.txt").write_text(status.read_text() if status.exists() else "VmHWM: 0 kB")
"""
ARTICLE = "<html><body><article><p>" + "The bridge was opened on Monday. " * 30 + "</p></article></body></html>"


@dataclass(frozen=True)
class Ended:
    """How a run of the command ended; memory is the most it ever held."""

    code: int
    out: str
    errors: str
    peak_bytes: int


async def tocsin(*arguments: str, cwd: Path, stdin: bytes = b"", **environ: str) -> Ended:
    return await asyncio.to_thread(_tocsin, arguments, cwd, stdin, environ)


def _tocsin(arguments: tuple[str, ...], cwd: Path, stdin: bytes, environ: dict[str, str]) -> Ended:
    done = subprocess.run(
        [sys.executable, "-c", TOCSIN, *arguments],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={**CLEAN_ENVIRON, "PYTHONPATH": str(ROOT), "COLUMNS": "500", **environ},
        check=False,
        timeout=60,
    )
    [line] = [line for line in (cwd / "peak.txt").read_text().splitlines() if line.startswith("VmHWM")]
    out, errors = (text.decode("utf-8", errors="replace") for text in (done.stdout, done.stderr))
    return Ended(done.returncode, out, errors, int(line.split()[1]) * 1024)


async def test_every_file_is_accepted_or_refused_with_its_reason(
    tmp_path: Path, redis: Any, settings: RuntimeSettings
) -> None:
    """Among nine bad files the good ones are pushed; the exit code says that some were refused."""
    folder = tmp_path / "pages"
    folder.mkdir()
    lines = [json.dumps({"body": ARTICLE}), "no json", '{"body": 7}', "[]", "", '{"url":"x"}', '{"body":"\\ud800"}']
    for name, content in {
        "broken.html": b"<html><body><p>" + ARTICLE.encode() + b"<div <b <<p>>> </i>",
        "cafe.html": ARTICLE.encode() + "café".encode("latin-1"),
        "empty.html": b"",
        "blank.txt": b" \n\t\n",
        "picture.html": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "binary.txt": bytes(range(256)) * 100,
        "nuls.txt": b"The bridge\0was opened\0on Monday.",
        "paper.txt": b"%PDF-1.7 ...",
        "lines.jsonl": "\n".join(lines).encode(),
        "cut.html.gz": gzip.compress(ARTICLE.encode() * 100)[:60],
        "no-gzip.html.gz": b"hello",
    }.items():
        (folder / name).write_bytes(content)

    ended = await tocsin("push", "--json", str(folder), str(tmp_path / "missing.html"), cwd=tmp_path, **_to(settings))

    assert ended.code == 1, ended.errors
    pushed = json.loads(ended.out)
    assert (pushed["accepted"], pushed["duplicate"]) == (3, 0)
    refused = {(Path(one["path"]).name, one["line"]): one["reason"] for one in pushed["refused"]}
    assert refused == {
        ("empty.html", None): "empty_page",
        ("blank.txt", None): "empty_page",
        ("picture.html", None): "binary_page",
        ("binary.txt", None): "binary_page",
        ("nuls.txt", None): "binary_page",
        ("paper.txt", None): "pdf_page",
        ("lines.jsonl", 2): "invalid_line",
        ("lines.jsonl", 3): "invalid_line",
        ("lines.jsonl", 4): "invalid_line",
        ("lines.jsonl", 6): "invalid_line",
        ("lines.jsonl", 7): "invalid_line",
        ("cut.html.gz", None): "unreadable_file",
        ("no-gzip.html.gz", None): "unreadable_file",
        ("missing.html", None): "unreadable_file",
    }
    assert await redis.xlen(*settings.keys(streams.PAGES)) == 3
    assert "Traceback" not in ended.errors


async def test_files_of_50_mb_and_bombs_are_refused_in_bounded_memory(
    tmp_path: Path, redis: Any, settings: RuntimeSettings
) -> None:
    """As a page, as a line, and as a gzip bomb; no more is read than a page may have."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "large.html").write_bytes(b"<p>word " * 6_250_000)
    (pages / "long.jsonl").write_bytes(b'{"body":"' + b"x" * 60_000_000 + b'"}\n' + json.dumps({"body": "A."}).encode())
    with gzip.open(pages / "bomb.html.gz", "wb", compresslevel=1) as file:
        for _ in range(50):
            file.write(bytes(1_000_000))

    ended = await tocsin("push", "--json", str(pages), cwd=tmp_path, **_to(settings))

    pushed = json.loads(ended.out)
    assert [one["reason"] for one in pushed["refused"]] == ["page_too_large"] * 3
    assert pushed["accepted"] == 1
    assert ended.peak_bytes < 250_000_000


@pytest.mark.parametrize("command", [("push", "x.html"), ("status",), ("tail", "--no-follow"), ("dead", "list")])
async def test_a_server_that_is_away_is_told_in_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    """The address stands in it, and how to go on is not a traceback."""
    ended = await tocsin(*command, cwd=tmp_path, TOCSIN_REDIS_URL="redis://:secret@127.0.0.1:1/0")

    assert ended.code == 78
    assert "127.0.0.1:1" in ended.errors
    assert "does not answer" in ended.errors
    assert "Traceback" not in ended.errors + ended.out
    assert "secret" not in ended.errors + ended.out


@pytest.mark.parametrize("command", ["clean", "tag", "match"])
async def test_a_filter_answers_every_line_in_order(tmp_path: Path, command: str) -> None:
    """A bad line is an error with its reason, and the rest goes on."""
    good = {"id": "good", "content_type": "text/html", "body": ARTICLE, "title": "A bridge", "text": "It opened."}
    lines = [b"no json", b"7", b"{}", b"\xff\xfe", b'{"id":"nul","body":"\\u0000","text":"\\u0000"}']
    stdin = b"\n".join([*lines, json.dumps({**good, "unknown": [1]}).encode()])

    ended = await tocsin(command, "--jsonl", "-", cwd=tmp_path, stdin=stdin)

    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert len(answers) == len(lines) + 1
    assert all(answer["error"]["reason"] for answer in answers[:4])
    assert answers[-1]["id"] == "good"
    assert "error" not in answers[-1]
    assert "Traceback" not in ended.errors


def _to(settings: RuntimeSettings) -> dict[str, str]:
    assert settings.redis_url
    return {
        "TOCSIN_REDIS_URL": settings.redis_url.get_secret_value(),
        "TOCSIN_STREAM_PREFIX": settings.stream_prefix,
    }
