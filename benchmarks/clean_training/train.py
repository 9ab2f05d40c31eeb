"""Train the cleaner's networks, or cross-validate them: `python -m benchmarks.clean_training.train --kind text`.

Cross-validation leaves out whole domains, five times; its figures are what to expect on pages never seen.
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clean_scorer import scorer
from benchmarks.clean_training.pages import DevPage, dev_pages, made_html_pages, made_pages
from benchmarks.clean_training.trainer import Plan, train
from services.clean.blocks_to_verdicts import Thresholds, verdicts
from services.clean.network import Floats, Model, Network, probabilities

FOLDS = 5
WEIGHTS = Path(__file__).parents[2] / "services" / "clean" / "weights"
# for long, middle and short blocks; chosen by cross-validation: F1 hardly moves, pages without a leftover do
THRESHOLDS = {"text": (0.5, 0.65, 0.8), "html": (0.5, 0.65, 0.8)}
PLANS = {"text": Plan(epochs=20), "html": Plan()}
_GROUPS = ("own", "parent", "above", "inline", "region")  # columns of the class names and regions of HTML


def fold_of(domain: str) -> int:
    """Return the fold of a domain: the same on every machine."""
    return int(hashlib.md5(domain.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def plan_of(kind: str, names: Sequence[str]) -> Plan:
    """Return how a kind is trained; `names` are its columns."""
    plan = PLANS[kind]
    blinded = tuple(at for at, name in enumerate(names) if name.split(" ")[0] in _GROUPS)
    return Plan(plan.widths, plan.epochs, plan.pages, plan.rate, plan.decay, plan.dropout, plan.blind, blinded)


def fit(pages: list[DevPage], kind: str, networks: int) -> Model:
    """Return the model trained on the pages and on pages made of them."""
    examples = [page.example for page in pages]
    examples += made_pages(pages, seed=0) if kind == "text" else made_html_pages(pages, seed=0)
    plan = plan_of(kind, pages[0].names)
    return Model(pages[0].names, tuple(train(examples, plan, seed) for seed in range(networks)), THRESHOLDS[kind])


def cross_validated(pages: list[DevPage], kind: str, networks: int) -> dict[str, Floats]:
    """Return the probabilities of every page's blocks from a model that never saw its domain."""
    found: dict[str, Floats] = {}
    for fold in range(FOLDS):
        model = fit([page for page in pages if fold_of(page.domain) != fold], kind, networks)
        for page in pages:
            if fold_of(page.domain) == fold:
                found[page.id] = probabilities(model, page.example.features)
    return found


def scores(shared: Path, pages: list[DevPage], likely: dict[str, Floats], thresholds: Thresholds) -> dict[str, Any]:
    """Return the benchmark's aggregate for the bodies that the thresholds give."""
    judge = scorer(shared)
    judged = []
    for page in pages:
        decided = verdicts(page.blocks, likely[page.id], thresholds)
        body = "\n".join(item.text for item, verdict in zip(page.blocks, decided, strict=True) if verdict.kept)
        judged.append(judge.page_score(page.gold, body))
    aggregate: dict[str, Any] = judge.agg(judged, boot=2)
    return aggregate


def save(model: Model, path: Path) -> None:
    """Write the model; half precision changes no probability by more than a thousandth."""
    arrays: dict[str, Any] = {
        "names": np.array("\n".join(model.names)),
        "networks": np.array(len(model.networks)),
        "thresholds": np.array(model.thresholds),
    }
    for number, network in enumerate(model.networks):
        arrays |= _arrays(network, number)
    np.savez_compressed(path, **arrays)


def _arrays(network: Network, number: int) -> dict[str, Any]:
    layers = {f"{number}.{at}": layer.astype(np.float16) for at, layer in enumerate(network.layers)}
    return {f"{number}.mean": network.mean, f"{number}.scale": network.scale, **layers}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--kind", choices=("text", "html"), required=True)
    parser.add_argument("--networks", type=int, default=2)
    parser.add_argument("--cross-validate", action="store_true")
    asked = parser.parse_args()
    pages = list(dev_pages(asked.shared, asked.kind))
    if asked.cross_validate:
        likely = cross_validated(pages, asked.kind, asked.networks)
        for thresholds in (
            THRESHOLDS[asked.kind],
            (0.6, 0.6, 0.6),
            (0.5, 0.65, 0.8),
            (0.5, 0.6, 0.7),
            (0.45, 0.55, 0.7),
        ):
            result = scores(asked.shared, pages, likely, thresholds)
            print(thresholds, {name: round(float(value), 4) for name, value in result.items() if name in _SHOWN})
        return
    save(fit(pages, asked.kind, asked.networks), WEIGHTS / ("flat.npz" if asked.kind == "text" else "html.npz"))


_SHOWN = ("F1", "P", "R", "pageF1", "clean", "leak", "lost", "empty")

if __name__ == "__main__":
    main()
