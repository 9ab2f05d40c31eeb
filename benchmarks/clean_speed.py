"""The cleaner beside its peers on the same pages in one run: `python -m benchmarks.clean_speed`.

CPU time of this process, so that other work on the machine counts little; what matters are the ratios. Peers come
by `make peers`; one that is missing is named, and the others go on.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.bench import PEERS
from benchmarks.clean_pages import extract
from benchmarks.clean_scorer import scorer
from services.clean.language import language_of

Extractor = Callable[[str], str]


def _ours(kind: str) -> Extractor:
    language_of("Kuthiwaligqinsile imbuzi efile emagcekeni")  # reads the classifier, which the first pages may not need
    return lambda text: str(extract(text, kind)["body"])


def _trafilatura() -> Extractor:
    import trafilatura

    return lambda text: trafilatura.extract(text, include_comments=False) or ""


def _resiliparse() -> Extractor:
    from resiliparse.extract.html2text import extract_plain_text

    options = {"main_content": True, "alt_texts": False, "list_bullets": False, "comments": False}
    return lambda text: extract_plain_text(text, **options)


def _paragraphs_by_justext() -> Extractor:
    import justext

    stoplist = frozenset[str]().union(*(justext.get_stoplist(name) for name in justext.get_stoplists()))

    def run(text: str) -> str:
        found = justext.justext(text.encode(), stoplist, encoding="utf-8")
        return "\n".join(paragraph.text for paragraph in found if not paragraph.is_boilerplate)

    return run


def _readability() -> Extractor:
    import lxml.html
    from readability import Document

    def run(text: str) -> str:
        summary = lxml.html.fromstring(Document(text).summary())
        return "\n".join(
            " ".join("".join(part.itertext()).split()) for part in summary.iter("p", "li", "h2", "h3", "pre")
        )

    return run


def _as_html(inner: Extractor) -> Extractor:
    """Return an extractor of flat text: each line is shown to the peer as a paragraph."""
    return lambda text: inner(
        "<html><body>" + "".join(f"<p>{line}</p>" for line in text.split("\n")) + "</body></html>"
    )


_PEERS: dict[str, Callable[[], Extractor]] = {
    "trafilatura": _trafilatura,
    "resiliparse": _resiliparse,
    "justext": _paragraphs_by_justext,
    "readability": _readability,
}


def _extractors(kind: str) -> dict[str, Extractor]:
    found = {"tocsin": _ours(kind)}
    for name, make in _PEERS.items():
        try:
            peer = make()
        except ImportError as error:
            print(f"  {name} is not measured: {error}; install the peers by `{PEERS}`")
            continue
        found |= {name: peer} if kind == "html" else {f"{name} on <p>": _as_html(peer)}
    return found


def _figures(
    judge: Any, rows: list[dict[str, Any]], texts: list[str], run: Extractor
) -> tuple[float, float, float, float]:
    """Return F1, share of pages without a leftover line, pages a second, and the slowest page in seconds."""
    run(texts[0])  # models and word lists are read once
    judged, total, worst = [], 0.0, 0.0
    for row, text in zip(rows, texts, strict=True):
        started = time.process_time()
        try:
            body = run(text)
        except Exception:  # a peer's crash is an empty answer, as in the benchmark
            body = ""
        spent = time.process_time() - started
        total, worst = total + spent, max(worst, spent)
        judged.append(judge.page_score(judge.gold(row), body))
    result = judge.agg(judged, boot=2)
    return result["F1"], result["clean"], len(rows) / total, worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--every", type=int, default=4, help="take every n-th page")
    asked = parser.parse_args()
    judge = scorer(asked.shared)
    rows = [row for row in judge.load_index() if row["split"] == "dev"][:: asked.every]
    for kind in ("html", "text"):
        texts = [judge.content(row, kind) for row in rows]
        print(f"{kind}, {len(rows)} dev pages (ours was trained on them)")
        print(f"  {'':<20}{'F1':>7}{'clean %':>9}{'pages/s':>9}{'worst s':>9}")
        for name, run in _extractors(kind).items():
            f1, clean, speed, worst = _figures(judge, rows, texts, run)
            print(f"  {name:<20}{f1:>7.3f}{clean:>9.1f}{speed:>9.1f}{worst:>9.3f}")


if __name__ == "__main__":
    main()
