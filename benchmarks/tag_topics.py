"""How often each topic fires on news of a category: the unrelated ones are its false alarms.

Reads JSON lines with id, lang, category, title and text: bench/tag/masakhanews_topics.jsonl of the shared folder, and
any file given with --data. docs/actors.md has the table.
"""

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.table import print_table
from benchmarks.tag_quality import Document, read_rows, tagger_of_documents

Cell = tuple[str, str]  # language, category


def rates(documents: Iterable[Document]) -> tuple[dict[Cell, int], dict[str, dict[Cell, float]]]:
    """Return (documents by cell, topic → cell → share of its documents with the topic)."""
    tag = tagger_of_documents()
    counts: Counter[Cell] = Counter()
    hits: dict[str, Counter[Cell]] = {}
    for document in documents:
        cell = (document["lang"][:2], document["category"])
        counts[cell] += 1
        for topic in tag(document)[1]:
            hits.setdefault(topic, Counter())[cell] += 1
    return dict(counts), {
        topic: {cell: found[cell] / count for cell, count in counts.items()} for topic, found in hits.items()
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How often each topic fires on news of a category.")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data", type=Path, action="append", default=[], help="more JSON lines with a category")
    chosen = parser.parse_args()
    files = [chosen.shared / "bench" / "tag" / "masakhanews_topics.jsonl", *chosen.data]
    counts, shares = rates(row for file in files for row in read_rows(file))
    cells = sorted(counts)
    heads = ("topic", *(f"{language} {category} ({counts[language, category]})" for language, category in cells))
    rows = [
        (topic, *(f"{100 * shares[topic][cell]:.1f}" for cell in cells))
        for topic in sorted(shares, key=lambda topic: -sum(shares[topic].values()))
    ]
    print_table("% of the articles of a category that have the topic", heads, rows)


if __name__ == "__main__":
    main()
