"""Quality of the tagger on sentences written blind, organisations included. `measure(shared)` gives the share exact.

Each round of tag_blind_sets/ was written without sight of the lists, run once, and only then used to improve them: its
first score (docs/actors.md) says how the tagger generalises, today's that nothing of it was lost.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import print_table
from benchmarks.tag_traps import Trap, read_traps
from services.tag.adapters.watch_folder import load_catalogue
from services.tag.article_to_tagged_article import article_to_tagged_article, build_tagger

SETS = Path(__file__).parent / "tag_blind_sets"


def measure(shared: Path) -> dict[str, float]:
    """Return set → share of its sentences with exactly the right actors; `shared` is not needed."""
    find = finder()
    figures = {}
    for path in sorted(SETS.glob("round*.txt")):
        traps = read_traps(path)
        figures[path.stem] = sum(trap.is_right(find(trap)) for trap in traps) / len(traps)
    return figures


def finder() -> Callable[[Trap], set[str]]:
    """Return what gives the actors of a trap by the built-in catalogue."""
    tagger = build_tagger(load_catalogue(None))
    return lambda trap: {one.actor for one in article_to_tagged_article(trap.article(), tagger).mentions}


def main() -> None:
    """Print the share of each set, or every sentence that is wrong."""
    parser = argparse.ArgumentParser(description="Quality of the tagger on sentences written blind.")
    parser.add_argument("sets", nargs="*", help="sets whose wrong sentences are listed, such as round1_en")
    chosen = parser.parse_args().sets
    find = finder()
    for name in chosen:
        for trap in read_traps(SETS / f"{name}.txt"):
            found = find(trap)
            if not trap.is_right(found):
                missed = " ".join(sorted(trap.actors - trap.optional - found)) or "-"
                wrong = " ".join(sorted(found - trap.actors - trap.optional)) or "-"
                print(f"{name} {trap.kind}: missed {missed}, wrong {wrong}: {trap.text!r}")
    figures = measure(Path())
    print_table("tag blind", ("set", "exact"), [(name, f"{value:.4f}") for name, value in figures.items()])


if __name__ == "__main__":
    main()
