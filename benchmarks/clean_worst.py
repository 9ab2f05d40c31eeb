"""The worst pages of up to 1.5 MB: CPU seconds and memory each costs: `python -m benchmarks.clean_worst`.

Pages made to hurt, and the largest dev pages when the benchmark data is there. Each runs in a process of its own that
has cleaned one ordinary page before, so that models are loaded; memory is its peak above what it had then (Linux only).
Returns 1 when a page takes longer than a second of CPU or more than 100 MB.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.clean_pages import extract
from benchmarks.clean_scorer import scorer
from benchmarks.table import print_table
from services.clean.language import language_of

MOST_SECONDS, MOST_MB = 1.0, 100.0
_BYTES = 1_500_000
_LARGEST = 12  # dev pages that are tried
_SENTENCE = "The border was closed again on Monday, officials said. "
_SEED = Path(__file__).parents[1] / "seeds" / "000_358a4b9e5b634885.txt"


def _fill(piece: str) -> str:
    """Return `piece` as often as it fits into the largest page."""
    return piece * (_BYTES // len(piece.encode()))


def _html(piece: str) -> str:
    """Return a page of HTML whose body is `piece` over and over."""
    return "<html><body>" + _fill(piece)[: _BYTES - 12]


def _attributes() -> str:
    names = " ".join(f"a{number}" for number in range(180_000))
    return f"<p {names[: _BYTES - 100]}>{_SENTENCE}"


def _paragraphs() -> str:
    """Return 400 paragraphs and 700 long ones, each of which may be a copy that says them again."""
    words = "The border of the region was closed to all trade and opened again on day"
    return "\n\n".join(f"{words} {number}. " * (4 if number < 400 else 12) for number in range(1_100))[:1_000_000]


def _json_list() -> str:
    return '<script type="application/ld+json">[' + '{"a":[1]},' * 140_000 + "{}]</script><p>x"


def hard_pages() -> dict[str, tuple[str, str]]:
    """Return pages made to hurt by name: their kind and their text."""
    nested = f"{'<div>' * 150}{_SENTENCE}{'</div>' * 150}"
    return {
        "sentences on one line": ("text", _fill(_SENTENCE)[:1_000_000]),
        "short lines": ("text", _fill("word\n")[:1_000_000]),
        "lines of sentences": ("text", _fill(_SENTENCE * 3 + "\n")[:1_000_000]),
        "long paragraphs and short ones": ("text", _paragraphs()),
        "one word": ("text", "a" * 1_000_000),
        "different words": ("text", " ".join(f"w{number}" for number in range(140_000))),
        "dates": ("text", _fill("Published 1/1/2024 10:30, ")[:1_000_000]),
        "lines of dates": ("text", _fill("3 March 2024, 3/3/2024 at 10:30\n")[:1_000_000]),
        "labels and headlines": ("text", _fill("Read: one two three four five\n")[:1_000_000]),
        "emoji": ("text", _fill("😀 ")[:250_000]),
        "Chinese": ("text", _fill("边境星期一再次关闭。")[:500_000]),
        "paragraphs": ("html", _html("<p>x</p>")),
        "sentences in paragraphs": ("html", _html(f"<p>{_SENTENCE}</p>")[:1_000_000]),
        "bold letters": ("html", _html("<b>x")),
        "elements of nothing": ("html", _html("<i></i>")),
        "links": ("html", _html("<a href=x>")),
        "line breaks": ("html", _html("x<br>")),
        "nested elements": ("html", _html(nested)),
        "nested rows": ("html", _html("<table><tr><td>x")),
        "list items": ("html", _html(f"<li><a href=/x>{_SENTENCE}</a>")[:1_000_000]),
        "attributes": ("html", _attributes()),
        "classes": ("html", _html('<p class="relatedArticles__list-x item">x')),
        "entities": ("html", _html("&amp;&lt;&nbsp;x ")),
        "comments": ("html", _html("<!-- x -->x ")),
        "scripts": ("html", _html("<script>x</script>x")),
        "metadata": ("html", _html('<script type="application/ld+json">{"@type":"NewsArticle"}</script>')),
        "one JSON-LD list": ("html", _json_list()),
        "open brackets": ("html", "<" * (_BYTES - 10) + "p>"),
    }


def _dev_pages(shared: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the largest dev pages: name, kind, text."""
    judge = scorer(shared)
    rows = [row for row in judge.load_index() if row["split"] == "dev"]
    for kind in ("html", "text"):
        sized = sorted(((judge.content(row, kind), row["id"]) for row in rows), key=lambda one: -len(one[0]))
        for text, id in sized[:_LARGEST]:
            if len(text.encode()) <= _BYTES:
                yield f"{id} ({kind})", kind, text


def _measure() -> None:
    """Clean the page on standard input and print what it cost."""
    page = json.load(sys.stdin)
    extract(_SEED.read_text(encoding="utf-8"), "text")
    extract(f"<html><body><article><p>{_SENTENCE * 3}</p></article></body></html>", "html")
    language_of("Kuthiwaligqinsile imbuzi efile emagcekeni")  # reads the classifier, which few pages need
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten: it was reading the models
    before, started = _kilobytes("VmRSS"), time.process_time()
    found = extract(page["text"], page["kind"])
    seconds = time.process_time() - started
    outcome = found.get("refused", f"{len(found['body'])} chars")
    print(json.dumps({"seconds": seconds, "mb": (_kilobytes("VmHWM") - before) / 1024, "outcome": outcome}))


def _kilobytes(name: str) -> int:
    """Return a figure of this process: VmRSS is the memory it has, VmHWM the most it had."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def cost(kind: str, text: str) -> tuple[float, float, str]:
    """Return what cleaning a page costs a fresh process: CPU seconds, MB of peak memory, and what came of it."""
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.clean_worst", "--measure"],
        input=json.dumps({"kind": kind, "text": text}),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout)
    return found["seconds"], found["mb"], found["outcome"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        _measure()
        return 0
    pages = [(name, kind, text) for name, (kind, text) in hard_pages().items()]
    if (asked.shared / "bench" / "clean").is_dir():
        pages += _dev_pages(asked.shared)
    rows, is_over = [], False
    for name, kind, text in pages:
        seconds, grown, outcome = cost(kind, text)
        is_over |= seconds > MOST_SECONDS or grown > MOST_MB
        size = len(text.encode()) / 1e6
        rows.append((name, kind, f"{size:.2f}", f"{seconds:.2f}", f"{grown:.0f}", outcome))
        print(*rows[-1], file=sys.stderr, flush=True)
    head = ("page", "kind", "MB", "s", "+MB", "outcome")
    print_table(f"at most {MOST_SECONDS:g} s of CPU and {MOST_MB:g} MB", head, rows)
    return int(is_over)


if __name__ == "__main__":
    sys.exit(main())
