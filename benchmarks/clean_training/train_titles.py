"""Train, or cross-validate, the weights that choose the title of a flat text.

`python -m benchmarks.clean_training.train_titles [--cross-validate]`. Each page is one choice among its candidates
(softmax regression); the right ones are the blocks that say the gold title, or else what the page's HTML declares.
"""

import argparse
import collections
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.clean_training.pages import DevPage, dev_pages
from benchmarks.clean_training.train import FOLDS, WEIGHTS, fold_of
from services.clean.block import WORD
from services.clean.text_to_facts import body_of
from services.clean.text_to_title import FEATURES, around, candidates, features

_HINT = 2.5  # set by hand, as much as the address: no dev page comes with a feed's title
_STEPS, _RATE, _DECAY = 400, 0.05, 0.004


@dataclass(frozen=True, slots=True)
class Choice:
    """One page: a row of features a candidate, which are right, and what it takes to judge the answer."""

    page: DevPage
    texts: list[str]
    rows: np.ndarray
    right: np.ndarray


def same_title(left: str, right: str) -> bool:
    """Tell whether two titles share four fifths of their words, as the benchmark judges."""
    one, two = (collections.Counter(WORD.findall(text.lower())) for text in (left, right))
    common = sum((one & two).values())
    return 2 * common >= 0.8 * max(sum(one.values()) + sum(two.values()), 1)


def choices(shared: Path) -> list[Choice]:
    """Return every dev page with a gold title as a choice."""
    urls = {}
    for line in (shared / "bench" / "clean" / "index.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        urls[row["id"]] = row["url"]
    found = []
    for page in dev_pages(shared, "text"):
        if not page.title or not page.blocks:
            continue
        start, body = body_of(page.blocks, [bool(kept) for kept in page.example.labels])
        # half of the pages without their address: many pages have none, and the rest must do then
        for url in (urls[page.id], None):
            known = around(page.blocks, start, body, url, None)
            places = candidates(page.blocks, known)
            rows = np.array([features(page.blocks, at, known) for at in places], np.float64).reshape(-1, len(FEATURES))
            texts = [page.blocks[at].text for at in places]
            right = np.array([same_title(text, page.title) for text in texts], bool)
            found.append(Choice(page, texts, rows, right))
    return found


def _padded(found: list[Choice]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the features, a mask that is very low where a page has no candidate, and which candidates are right."""
    most = max(len(choice.rows) for choice in found)
    rows = np.zeros((len(found), most, len(FEATURES)))
    mask, right = np.full((len(found), most), -1e9), np.zeros((len(found), most))
    for at, choice in enumerate(found):
        rows[at, : len(choice.rows)] = choice.rows
        mask[at, : len(choice.rows)] = 0.0
        right[at, : len(choice.rows)] = choice.right
    return rows, mask, right


def fit(found: list[Choice]) -> np.ndarray:
    """Return the weights under which the right candidates are likeliest; all pages at once."""
    rows, mask, right = _padded([choice for choice in found if choice.right.any()])
    flat = rows.reshape(-1, len(FEATURES))
    weights, drift, power = (np.zeros(len(FEATURES)) for _ in range(3))
    for step in range(1, _STEPS + 1):
        odds = (flat @ weights).reshape(mask.shape) + mask
        shares = np.exp(odds - odds.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        wanted = shares * right
        wanted /= wanted.sum(axis=1, keepdims=True)
        gradient = _DECAY * weights + (shares - wanted).reshape(-1) @ flat / len(rows)
        drift = 0.9 * drift + 0.1 * gradient
        power = 0.999 * power + 0.001 * gradient**2
        weights -= _RATE * (drift / (1 - 0.9**step)) / (np.sqrt(power / (1 - 0.999**step)) + 1e-8)
    return weights


def judged(found: list[Choice], weights: np.ndarray) -> list[tuple[float, bool]]:
    """Return the best sum of every page and whether that candidate is right."""
    result = []
    for choice in found:
        odds = choice.rows @ weights
        result.append((float(odds.max()), bool(choice.right[odds.argmax()])) if len(odds) else (0.0, False))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--cross-validate", action="store_true")
    asked = parser.parse_args()
    found = choices(asked.shared)
    if asked.cross_validate:
        for name, pages in (("with address", found[::2]), ("without", found[1::2])):
            right = []
            for fold in range(FOLDS):
                weights = fit([choice for choice in found if fold_of(choice.page.domain) != fold])
                right += judged([choice for choice in pages if fold_of(choice.page.domain) == fold], weights)
            print(name, len(right), "right", sum(hit for _, hit in right) / len(right), "possible",
                  sum(choice.right.any() for choice in pages) / len(pages))  # fmt: skip
        return
    weights = fit(found)
    weights[FEATURES.index("is the hint")] = _HINT
    right = [worth for worth, hit in judged(found, weights) if hit]
    stored = {
        "least": round(float(min(right)), 3),  # no right title of these pages is given up for it
        "weights": {name: round(float(value), 3) for name, value in zip(FEATURES, weights, strict=True)},
    }
    (WEIGHTS / "title.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
