"""Train the cleaner's networks, or cross-validate them: `python -m benchmarks.clean_training.train --kind text`.

Cross-validation leaves out whole domains, five times; its figures are what to expect on pages never seen.
"""

import argparse
import hashlib
import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clean_scorer import scorer
from benchmarks.clean_training.grafts import grafted_pages
from benchmarks.clean_training.pages import DevPage, counted_terms, dev_pages, made_html_pages, made_pages, told
from benchmarks.clean_training.trainer import Plan, train
from services.clean.block import Block
from services.clean.block_features import matrix
from services.clean.blocks_to_verdicts import Thresholds, Verdict, fitted, verdicts, without_strays
from services.clean.network import Floats, Model, Network, probabilities, read
from services.clean.terms import Terms, stored_terms

FOLDS = 5
WEIGHTS = Path(__file__).parents[2] / "services" / "clean" / "weights"
TERMS = WEIGHTS / "terms.npz"  # of flat text
# for long, middle and short blocks; chosen by cross-validation: F1 hardly moves, pages without a leftover do
THRESHOLDS = {"text": (0.7, 0.7, 0.7), "html": (0.55, 0.65, 0.7)}
PLANS = {"text": Plan(epochs=20), "html": Plan(epochs=12)}
_SETS = 4  # of made flat pages, one an epoch in turn: more of them than real ones in each would drown those
_GRAFTED = 2  # pages made of every page of HTML
# Columns that a plan may hide, by the first word of their names: of HTML the class names and regions.
_GROUPS = {"text": ("above",), "html": ("own", "parent", "inner", "inline")}


def fold_of(domain: str, deal: str = "") -> int:
    """Return the fold of a domain: the same on every machine; each `deal` is another way of dealing them."""
    return int(hashlib.md5(f"{deal}{domain}".encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def plan_of(kind: str, names: Sequence[str]) -> Plan:
    """Return how a kind is trained; `names` are its columns."""
    plan = PLANS[kind]
    blinded = tuple(at for at, name in enumerate(names) if name.split(" ")[0] in _GROUPS[kind])
    return Plan(plan.widths, plan.epochs, plan.pages, plan.rate, plan.decay, plan.dropout, plan.blind, blinded)


def fit(pages: list[DevPage], kind: str, seeds: range) -> tuple[Model, Terms | None]:
    """Return the model trained on the pages and on pages made of them, others an epoch for flat text; and its terms.

    A network for each of the seeds; the first is also that of the made pages.
    """
    terms = None
    if kind == "text":
        counted = counted_terms(pages)
        terms = counted.terms()
        pages = [told(page, counted.terms({page.domain})) for page in pages]
        examples = [page.example for page in pages]
        sets = [examples + made_pages(pages, counted, seeds.start + at) for at in range(_SETS)]
    else:
        examples = [page.example for page in pages]
        sets = [examples + made_html_pages(pages, seeds.start) + grafted_pages(pages, seeds.start, _GRAFTED)]
    plan = plan_of(kind, pages[0].names)
    return Model(pages[0].names, tuple(train(sets, plan, seed) for seed in seeds), THRESHOLDS[kind]), terms


def cross_validated(pages: list[DevPage], kind: str, seeds: range, deal: str = "") -> dict[str, Floats]:
    """Return the probabilities of every page's blocks from a model that never saw its domain."""
    found: dict[str, Floats] = {}
    for fold in range(FOLDS):
        model, terms = fit([page for page in pages if fold_of(page.domain, deal) != fold], kind, seeds)
        for page in pages:
            if fold_of(page.domain, deal) == fold:
                asked = told(page, terms) if terms else page
                found[page.id] = probabilities(model, asked.example.features)
    return found


def scores(
    shared: Path, pages: list[DevPage], kind: str, likely: dict[str, Floats], thresholds: Thresholds
) -> dict[str, Any]:
    """Return the benchmark's aggregate for the bodies that the thresholds give."""
    judge = scorer(shared)
    judged = []
    for page in pages:
        decided = _decided(page.blocks, likely[page.id], kind, thresholds)
        body = "\n".join(item.text for item, verdict in zip(page.blocks, decided, strict=True) if verdict.kept)
        judged.append(judge.page_score(page.gold, body))
    aggregate: dict[str, Any] = judge.agg(judged, boot=2)
    return aggregate


def _decided(blocks: list[Block], likely: Floats, kind: str, thresholds: Thresholds) -> list[Verdict]:
    """Return the verdicts as `page_to_article` comes to them."""
    decided = verdicts(blocks, likely, fitted(blocks, likely, thresholds))
    return without_strays(blocks, decided) if kind == "text" else decided


def stored(model: Model) -> bytes:
    """Return the model as a file; half precision changes no probability by more than a thousandth."""
    arrays: dict[str, Any] = {
        "names": np.array("\n".join(model.names)),
        "networks": np.array(len(model.networks)),
        "thresholds": np.array(model.thresholds),
    }
    for number, network in enumerate(model.networks):
        arrays |= _arrays(network, number)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _arrays(network: Network, number: int) -> dict[str, Any]:
    layers = {f"{number}.{at}": layer.astype(np.float16) for at, layer in enumerate(network.layers)}
    return {f"{number}.mean": network.mean, f"{number}.scale": network.scale, **layers}


def compared(fresh: bytes, shipped: bytes, pages: list[DevPage]) -> str:
    """Return how far a freshly trained model is from the one that ships."""
    if fresh == shipped:
        return "the same bytes as the weights that ship"
    models = read(fresh), read(shipped)
    blocks, apart, most = 0, 0, 0.0
    for page in pages:
        columns = dict(zip(page.names, page.example.features.T, strict=True))
        found = [probabilities(model, matrix(columns, model.names)) for model in models]
        kept = [verdicts(page.blocks, each, model.thresholds) for each, model in zip(found, models, strict=True)]
        blocks += len(page.blocks)
        apart += sum(one.kept != two.kept for one, two in zip(*kept, strict=True))
        most = max(most, float(np.abs(found[0] - found[1]).max(initial=0)))
    decided = f"{apart} of {blocks} blocks decided otherwise, probabilities up to {most:.3f} apart"
    return f"other bytes than the weights that ship: {decided}"


def _cross_validate(shared: Path, pages: list[DevPage], kind: str, seeds: range, deal: str) -> None:
    """Print the figures of models that never saw the domain of the page they judge, for some thresholds."""
    likely = cross_validated(pages, kind, seeds, deal)
    for thresholds in (THRESHOLDS[kind], (0.6, 0.7, 0.8), (0.5, 0.6, 0.7), (0.45, 0.55, 0.7)):
        result = scores(shared, pages, kind, likely, thresholds)
        print(thresholds, {name: round(float(value), 4) for name, value in result.items() if name in _SHOWN})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--kind", choices=("text", "html"), required=True)
    parser.add_argument("--networks", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="first seed, of others than the networks that ship")
    parser.add_argument("--cross-validate", action="store_true")
    parser.add_argument("--deal", default="", help="any word: another way of dealing the domains to folds")
    parser.add_argument("--check", action="store_true", help="train, and compare with the weights that ship")
    asked = parser.parse_args()
    pages, seeds = list(dev_pages(asked.shared, asked.kind)), range(asked.seed, asked.seed + asked.networks)
    if asked.cross_validate:
        _cross_validate(asked.shared, pages, asked.kind, seeds, asked.deal)
        return
    path = WEIGHTS / ("flat.npz" if asked.kind == "text" else "html.npz")
    model, terms = fit(pages, asked.kind, seeds)
    if asked.check:
        is_same = terms is None or stored_terms(terms) == TERMS.read_bytes()
        print("" if is_same else "other terms than those that ship; ", end="")
        pages = [told(page, terms) for page in pages] if terms else pages
        print(compared(stored(model), path.read_bytes(), pages), f"({time.process_time():.0f} s of CPU)")
    else:
        path.write_bytes(stored(model))
        if terms:
            TERMS.write_bytes(stored_terms(terms))


_SHOWN = ("F1", "P", "R", "pageF1", "clean", "leak", "lost", "empty")

if __name__ == "__main__":
    main()
