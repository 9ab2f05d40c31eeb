"""Quality of the tagger on annotated news: countries, traps, the military topic. `measure(shared)` gives the figures.

Countries are pairs of (document, country), scored as the benchmark's own scorer does: what a human annotated by name,
adjective or demonym; a country reached only through a city is neither rewarded nor punished.
"""

import argparse
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.table import print_table
from services.tag.adapters.watch_folder import load_catalogue
from services.tag.article_to_tagged_article import article_to_tagged_article, build_tagger
from services.tag.text_to_article import article_from_text

_COUNTRY = re.compile(r"[A-Z]{3}\Z")
Document = dict[str, Any]
Tagged = tuple[set[str], set[str]]  # actors, topics
Tag = Callable[[Document], Tagged]


def measure(shared: Path) -> dict[str, float]:
    """Return every figure by name: shares from 0 to 1; `shared` holds bench/tag."""
    tag, folder = tagger_of_documents(), shared / "bench" / "tag"
    news = read_rows(folder / "geo_countries.jsonl") + read_rows(folder / "afnews_gold.jsonl")
    figures: dict[str, float] = {}
    for language, name in (("en", "english"), ("fr", "french")):
        precision, recall, f1 = _countries(tag, [one for one in news if one["lang"] == language])
        figures |= {f"countries_{name}_precision": precision, f"countries_{name}_recall": recall}
        figures[f"countries_{name}_f1"] = f1
    figures["documents_without_a_country_that_get_one"] = _wrongly_given(
        tag, [one for one in news if one["lang"] == "en"]
    )
    traps = [trap for path in sorted(folder.glob("traps*.jsonl")) for trap in read_rows(path)]
    for language, name in (("en", "english"), ("fr", "french")):
        figures[f"traps_{name}_exact"] = _exact(tag, [trap for trap in traps if trap["lang"] == language])
    figures["military_f1_news"] = _military(tag, [one for one in news if one.get("military") in (True, False)])
    figures["military_f1_traps"] = _military(tag, [trap | {"military": "military" in trap["topics"]} for trap in traps])
    sports = [one for one in read_rows(folder / "masakhanews_topics.jsonl") if one["category"] == "sports"]
    for language, name in (("en", "english"), ("fr", "french")):
        of_language = [one for one in sports if one["lang"][:2] == language]
        if of_language:
            figures[f"military_on_sports_{name}"] = _share("military" in tag(one)[1] for one in of_language)
    return figures


def tagger_of_documents() -> Tag:
    """Return what gives the actors and topics of a document by the built-in catalogue."""
    tagger = build_tagger(load_catalogue(None))

    def tag(document: Document) -> Tagged:
        article = article_from_text(document["id"], document.get("title") or "", document["text"], document["lang"][:2])
        tagged = article_to_tagged_article(article, tagger)
        return {mention.actor for mention in tagged.mentions}, {hit.topic for hit in tagged.topics}

    return tag


def read_rows(path: Path) -> list[Document]:
    """Return the documents of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _found_and_gold(tag: Tag, document: Document) -> tuple[set[str], set[str]]:
    """Return the countries found and annotated, without those that are neither rewarded nor punished."""
    ignored = set(document.get("ignore", []))
    return {actor for actor in tag(document)[0] if _COUNTRY.match(actor)} - ignored, set(document["gold"]) - ignored


def _countries(tag: Tag, documents: list[Document]) -> tuple[float, float, float]:
    """Return precision, recall and F1 over pairs of document and country."""
    right = wrong = missed = 0
    for document in documents:
        found, gold = _found_and_gold(tag, document)
        right, wrong, missed = right + len(found & gold), wrong + len(found - gold), missed + len(gold - found)
    return _scores(right, wrong, missed)


def _scores(right: int, wrong: int, missed: int) -> tuple[float, float, float]:
    precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _wrongly_given(tag: Tag, documents: list[Document]) -> float:
    """Return the share of documents without any country that get one."""
    pairs = (_found_and_gold(tag, document) for document in documents)
    return _share(bool(found) for found, gold in pairs if not gold)


def _exact(tag: Tag, traps: list[Document]) -> float:
    """Return the share of traps with exactly the right countries, whatever is optional."""
    return _share(_is_exact(tag, trap) for trap in traps)


def _is_exact(tag: Tag, trap: Document) -> bool:
    optional = set(trap.get("optional", []))
    found = {actor for actor in tag(trap)[0] if _COUNTRY.match(actor)} - optional
    return found == {actor for actor in trap["actors"] if _COUNTRY.match(actor)} - optional


def _military(tag: Tag, documents: list[Document]) -> float:
    """Return the F1 of the topic `military` over documents that say whether they are about it."""
    pairs = [(bool(document["military"]), "military" in tag(document)[1]) for document in documents]
    right = sum(gold and found for gold, found in pairs)
    return _scores(
        right, sum(found and not gold for gold, found in pairs), sum(gold and not found for gold, found in pairs)
    )[2]


def _share(values: Iterable[bool]) -> float:
    counted = list(values)
    return sum(counted) / max(len(counted), 1)


def main() -> None:
    """Print the figures of the folder given on the command line."""
    parser = argparse.ArgumentParser(description="Quality of the tagger on annotated news.")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    figures = measure(parser.parse_args().shared)
    print_table("tag quality", ("figure", "value"), [(name, f"{value:.4f}") for name, value in figures.items()])


if __name__ == "__main__":
    main()
