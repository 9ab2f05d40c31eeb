"""What is known of articles beside the text, and the peers in the same run: `python -m benchmarks.clean_facts`.

Language beside py3langid, dates of HTML beside JSON-LD with htmldate (the best combination of the study), and how many
pages have tags, a site and a canonical address. Peers come with the extra `bench`; one that is missing is
named, and the rest goes on.
"""

import argparse
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from py3langid import langid

from benchmarks.bench import PEERS
from benchmarks.clean_scorer import scorer
from services.clean import json_ld
from services.clean.facts import Facts
from services.clean.html_to_body import parse
from services.clean.html_to_facts import html_to_facts, iso_date
from services.clean.language import language_of

Row = dict[str, Any]
# pages that declare a language they are not in, each read by eye; every other declaration of the dev pages is right
READ_AS = {
    "aeb-f81c6c05d9cb": "en",  # English on a German edition's address
    "aeb-fde930b01859": "en",
    "fundus-za-Ilanga_2025_12_03": "zu",
    "fundus-za-IsolezweLesiXhosa_2025_11_09": "xh",
    "fundus-za-Isolezwe_2025_11_09": "zu",
}
_NORWEGIAN = {"nb": "no", "nn": "no"}  # the two ways of writing it
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def language(tag: str | None) -> str | None:
    """Return a language's code, the same for both ways of writing Norwegian."""
    return _NORWEGIAN.get(tag or "", tag)


def _share(hits: Iterable[bool]) -> str:
    found = list(hits)
    return f"{sum(found) / len(found):.4f} of {len(found)}"


def _languages(judge: Any, rows: list[Row]) -> None:
    """Print how often the language of the gold body is the declared one, and the one that a person reads."""
    peers: dict[str, Callable[[str], str | None]] = {
        "tocsin": language_of,
        "py3langid": lambda text: str(langid.classify(text)[0]),  # type: ignore[no-untyped-call]
    }
    declared = [row for row in rows if row.get("lang")]
    for name, identify in peers.items():
        found = {row["id"]: language(identify(judge.gold(row))) for row in declared}
        as_declared = _share(found[row["id"]] == language(row["lang"]) for row in declared)
        as_read = _share(found[row["id"]] == language(READ_AS.get(row["id"], row["lang"])) for row in declared)
        print(f"language  {name:<20} as declared {as_declared}, as read {as_read}")


def _day(value: object) -> str | None:
    match = _DAY.search(str(value or ""))
    return match[0] if match else None


def _htmldate() -> Callable[[str, str], str | None] | None:
    try:
        from htmldate import find_date
    except ImportError as error:
        print(f"dates beside htmldate are not measured: {error}; install the peers by `{PEERS}`")
        return None
    return lambda text, url: find_date(text, url=url, original_date=True, extensive_search=True)


def _dates(judge: Any, rows: list[Row]) -> None:
    """Print the share of right dates by source, ours and the peer's."""
    from benchmarks.clean_pages import extract

    peer = _htmldate()
    by_source: dict[str, list[tuple[bool, bool]]] = {}
    for row in rows:
        gold = _day(row.get("date"))
        if gold is None:
            continue
        text = judge.content(row, "html")
        ours = _day(extract(text, "html", row["url"]).get("date"))
        theirs = None
        if peer is not None:
            tree = parse(text)
            node = json_ld.article_of(json_ld.objects(tree)) if tree is not None else {}
            theirs = iso_date(json_ld.text_of(node.get("datePublished"))) or peer(text, row["url"])
        for source in (row["source"], "all"):
            by_source.setdefault(source, []).append((ours == gold, _day(theirs) == gold))
    for source, pairs in by_source.items():
        theirs_shown = f", JSON-LD + htmldate {_share(hit for _, hit in pairs)}" if peer is not None else ""
        print(f"date      {source:<20} tocsin {_share(hit for hit, _ in pairs)}{theirs_shown}")


def _facts(judge: Any, row: Row) -> Facts:
    tree = parse(judge.content(row, "html"))
    assert tree is not None, row["id"]
    return html_to_facts(tree, json_ld.objects(tree), row["url"])


def _address(url: str | None) -> str:
    """Return what of an address tells one article from another: no scheme, no query, no www."""
    return re.sub(r"^https?://(?:www\.)?|[?#].*$|/$", "", url or "").lower()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    asked = parser.parse_args()
    judge = scorer(asked.shared)
    rows = [row for row in judge.load_index() if row["split"] == "dev"]
    _languages(judge, rows)
    _dates(judge, rows)
    found = [(row, _facts(judge, row)) for row in rows]
    same = _share(_address(facts.canonical_url) == _address(row["url"]) for row, facts in found)
    print(f"canonical address known {_share(facts.canonical_url is not None for _, facts in found)}, as fetched {same}")
    print(f"site known {_share(facts.site is not None for _, facts in found)}")
    print(f"tags known {_share(bool(facts.tags) for _, facts in found)}")


if __name__ == "__main__":
    main()
