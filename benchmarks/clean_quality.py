"""Quality of the cleaner on the dev halves of the benchmark: `python -m benchmarks.clean_quality`.

The models were trained on these pages, so the dev figures flatter them; the honest ones come from
`python -m benchmarks.clean_training.train --kind text|html --cross-validate`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.clean_facts import READ_AS, language
from benchmarks.clean_pages import extract
from benchmarks.clean_scorer import print_figures, scorer

_SEEDS = Path(__file__).parents[1] / "seeds"
_TRAPS = {
    "000_358a4b9e5b634885.txt": (14, "Related posts", "Tinubu", "Touadera", "Previous Post", "Egypt", "Tags:"),
    "002_62f4774eb39e6342.txt": (8, "READ MORE", "Suluhu", "Devki", "Mudavadi", "Methu", "Share This"),
}


def _answers(judge: Any, rows: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Return what the cleaner says about every page."""
    return {row["id"]: extract(judge.content(row, kind), kind, row["url"]) for row in rows}


def _day(value: object) -> str | None:
    match = re.search(r"\d{4}-\d\d-\d\d", str(value or ""))
    return match[0] if match else None


def _date_figures(rows: list[dict[str, Any]], answers: dict[str, dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Yield the share of known dates that are right, and the share answered wrongly."""
    known = [(row["id"], _day(row["date"])) for row in rows if _day(row.get("date"))]
    given = [(_day(answers[id_].get("date")), day) for id_, day in known]
    yield "date_right", sum(found == day for found, day in given) / len(known)
    yield "date_wrong", sum(found is not None and found != day for found, day in given) / len(known)


def _language_figures(rows: list[dict[str, Any]], answers: dict[str, dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Yield the share of bodies found to be in the language the page declares, and in the one that a person reads."""
    known = [row for row in rows if row.get("lang")]
    found = [language(answers[row["id"]].get("language")) for row in known]
    right = [said == language(row["lang"]) for said, row in zip(found, known, strict=True)]
    read = [said == language(READ_AS.get(row["id"], row["lang"])) for said, row in zip(found, known, strict=True)]
    yield "language_right", sum(right) / len(known)
    yield "language_as_read", sum(read) / len(known)


def traps_passed() -> float:
    """Return the share of seed pages whose body has exactly its paragraphs and none of its traps."""
    passed = 0
    for name, (paragraphs, *traps) in _TRAPS.items():
        body = extract((_SEEDS / name).read_text(encoding="utf-8"), "text")["body"]
        passed += len(body.split("\n\n")) == paragraphs and not any(trap in body for trap in traps)
    return passed / len(_TRAPS)


def measure(shared: Path) -> dict[str, float]:
    """Return the named figures of the cleaning benchmark on its dev pages under `shared`."""
    judge = scorer(shared)
    rows = [row for row in judge.load_index() if row["split"] == "dev"]
    figures = {"seeds_exact": traps_passed()}
    for kind in ("html", "text"):
        answers = _answers(judge, rows, kind)
        judged = [judge.page_score(judge.gold(row), answers[row["id"]]["body"]) for row in rows]
        total = judge.agg(judged, boot=2)
        meta = judge.score_meta(rows, answers)
        figures |= {
            f"{kind}_f1": total["F1"],
            f"{kind}_pages_without_leftover": total["clean"] / 100,
            f"{kind}_pages_without_output": float(total["empty"]),
            f"{kind}_title_right": meta["title"]["acc"],
            f"{kind}_author_right": meta["author"]["acc"],
        }
        figures |= {f"{kind}_{name}": value for name, value in _language_figures(rows, answers)}
        figures |= {f"{kind}_{name}": value for name, value in _date_figures(rows, answers)}
        news = [row for row in rows if row["source"] == "fundus"]
        figures |= {f"{kind}_news_{name}": value for name, value in _date_figures(news, answers)}
        figures[f"{kind}_news_title_right"] = judge.score_meta(news, answers)["title"]["acc"]
    return figures


if __name__ == "__main__":
    print_figures(measure, __doc__)
