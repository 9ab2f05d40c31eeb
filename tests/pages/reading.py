"""What the pages show to be typed: shell blocks, commands in a line, and the output below them. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from deploy.verify.guide import commands_of

ROOT = Path(__file__).parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for folder, pattern in ((".", "*.md"), ("docs", "**/*.md"), ("deploy", "**/*.md"), ("examples", "*.md"))
    for path in sorted((ROOT / folder).glob(pattern))
    if path.name != "CHANGELOG.md"  # what it names was there in its version
}
SHELL = "sh"
OUTPUT = "text"  # a block that follows a shell block at once shows what its last command says
PROGRAMS = (
    "tocsin|make|python3?|pytest|curl|docker|kubectl|git|pip|redis-cli|node|java|go|apt-get|promtool|openssl|sed|df"
    "|mutmut|npm|npx"
)
COMMAND = re.compile(rf"(?:[A-Z_]+=\S+ )*(?:(?:\.venv/bin/)?(?:{PROGRAMS}) \S|\.ci/run$)")
FENCE = re.compile(r"^(?P<mark>```)(?P<kind>\w*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`(?P<span>[^`\n]+(?:\n[^`\n]+)?)`")
SHOWN = re.compile(f"{FENCE.pattern}|{SPAN.pattern}", re.DOTALL | re.MULTILINE)


class Step(NamedTuple):
    """What a page shows in one place: the commands in order, and what the last of them says ("": not shown)."""

    page: str
    number: int
    commands: tuple[str, ...]
    output: str = ""
    is_block: bool = False
    file: str = ""  # of a block that shows a file: its name, and what is in it
    content: str = ""


def steps(page: str, text: str, files: Sequence[str] = ()) -> Iterator[Step]:
    """Yield what is to be typed on a page, in its order; `files` names the files that its yaml blocks show."""
    found, names = list(SHOWN.finditer(text)), iter(files)
    for number, (one, next_one) in enumerate(zip_longest(found, found[1:])):
        if one["kind"] == SHELL:
            follows = next_one and next_one["kind"] == OUTPUT and not text[one.end() : next_one.start()].strip()
            output = next_one["body"] if follows else ""
            yield Step(page, number, tuple(commands_of(one["body"])), output, is_block=True)
        elif one["kind"] == "yaml" and (file := next(names, "")):
            yield Step(page, number, (), file=file, content=one["body"])
        elif one["span"] and COMMAND.match(span := " ".join(one["span"].replace("\\|", "|").split())):
            yield Step(page, number, (span,))


def blocks(kind: str, page: str) -> list[str]:
    """Return the blocks of one kind on a page."""
    return [one["body"] for one in FENCE.finditer(PAGES[page]) if one["kind"] == kind]


def unmarked(text: str) -> list[str]:
    """Return the lines of other blocks that look like commands: no test would run them."""
    return [
        line
        for one in FENCE.finditer(text)
        if one["kind"] in ("", OUTPUT, "bash", "shell", "console")
        for line in one["body"].splitlines()
        if COMMAND.match(line.removeprefix("$ "))
    ]


def missing(output: str, said: str) -> list[str]:
    """Return the lines of shown output that were not said, or not in this order; "…" stands for anything in a line."""
    left, gone = said.splitlines(), []
    for line in filter(str.strip, output.splitlines()):
        wanted = re.compile(".*".join(re.escape(part.strip()) for part in line.split("…")))
        at = next((n for n, real in enumerate(left) if wanted.search(real)), None)
        if at is None:
            gone.append(line)
        else:
            left = left[at + 1 :]
    return gone
