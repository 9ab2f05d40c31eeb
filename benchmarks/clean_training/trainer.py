"""Trainer of `services.clean.network`: Adam on weighted log loss with dropout, in numpy and in one thread.

Deterministic for one seed and one numpy build; other builds differ in the last digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.clean.network import CLIP, FAR, NEAR, Floats, Network, shifted_side_by_side

Widths = tuple[int, int, int]
_PAD = max(*FAR)  # empty rows between pages, so that no layer sees across


@dataclass(frozen=True, slots=True)
class Example:
    """One page: a row of features a block, 1.0 where the block is body, and how much each block counts."""

    features: Floats
    labels: Floats
    weights: Floats


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train; the numbers were chosen by cross-validation (docs/cleaning.md)."""

    widths: Widths = (32, 24, 16)
    epochs: int = 25
    pages: int = 8  # in a batch
    rate: float = 3e-3
    decay: float = 1e-2
    dropout: float = 0.2
    # Share of pages whose `blinded` columns are hidden in an epoch. No plan hides any; without it dice fall otherwise.
    blind: float = 0.0
    blinded: tuple[int, ...] = ()


def _spread_back(gradient: Floats, offsets: tuple[int, ...], width: int) -> Floats:
    """Return the gradient of the rows that `shifted_side_by_side` copied."""
    result = np.zeros((len(gradient), width), np.float32)
    for number, by in enumerate(offsets):
        part = gradient[:, number * width : (number + 1) * width]
        if by == 0:
            result += part
        elif by > 0:
            result[by:] += part[:-by]
        else:
            result[:by] += part[-by:]
    return result


def _start(inputs: int, widths: Widths, dice: np.random.Generator) -> list[Floats]:
    """Return random first weights and zero biases."""
    one, two, three = widths
    shapes = ((inputs, one), (one * len(NEAR), two), (two * len(FAR), three), (sum(widths), 1))
    layers: list[Floats] = []
    for rows, columns in shapes:
        scale = np.sqrt(2 / rows) if columns > 1 else 0.05
        layers.append((dice.standard_normal((rows, columns)) * scale).astype(np.float32))
        layers.append(np.zeros(columns, np.float32))
    return layers


class _Step:
    """One forward and backward pass over a batch of pages with empty rows between them."""

    def __init__(self, layers: list[Floats], dice: np.random.Generator, dropout: float) -> None:
        self.layers, self.dice, self.dropout = layers, dice, dropout

    def _drop(self, values: Floats, share: float) -> tuple[Floats, Floats]:
        keep = (self.dice.random(values.shape, dtype=np.float32) >= share).astype(np.float32) / (1 - share)
        return values * keep, keep

    def gradients(self, inputs: Floats, inside: Floats, labels: Floats, weights: Floats) -> list[Floats]:
        """Return the gradient of every layer's weights and biases."""
        w1, b1, w2, b2, w3, b3, w4, b4 = self.layers
        x, _ = self._drop(inputs, 0.4 * self.dropout)
        first, keep1 = self._drop(np.maximum(x @ w1 + b1, 0) * inside, self.dropout)
        near = shifted_side_by_side(first, NEAR)
        second, keep2 = self._drop(np.maximum(near @ w2 + b2, 0) * inside, self.dropout)
        far = shifted_side_by_side(second, FAR)
        third, keep3 = self._drop(np.maximum(far @ w3 + b3, 0) * inside, self.dropout)
        joined = np.concatenate((first, second, third), axis=1)
        odds = np.clip((joined @ w4 + b4)[:, 0], -30, 30)
        error = ((1 / (1 + np.exp(-odds)) - labels) * weights / weights.sum())[:, None].astype(np.float32)
        back = error @ w4.T
        one, two = first.shape[1], second.shape[1]
        d3 = back[:, one + two :] * keep3 * (third > 0)
        d2 = (back[:, one : one + two] + _spread_back(d3 @ w3.T, FAR, two)) * keep2 * (second > 0)
        d1 = (back[:, :one] + _spread_back(d2 @ w2.T, NEAR, one)) * keep1 * (first > 0)
        return [x.T @ d1, d1.sum(0), near.T @ d2, d2.sum(0), far.T @ d3, d3.sum(0), joined.T @ error, error.sum(0)]


def _batch(pages: Sequence[Example]) -> tuple[Floats, Floats, Floats, Floats]:
    """Return inputs, a column that is 1 on real rows, labels and weights of pages with empty rows between."""
    width = pages[0].features.shape[1]
    gap, zeros = np.zeros((_PAD, width), np.float32), np.zeros(_PAD, np.float32)
    parts: list[tuple[Any, ...]] = [(gap, zeros, zeros, zeros)]
    for page in pages:
        parts.append((page.features, np.ones(len(page.labels), np.float32), page.labels, page.weights))
        parts.append((gap, zeros, zeros, zeros))
    inputs, inside, labels, weights = (np.concatenate(column).astype(np.float32) for column in zip(*parts, strict=True))
    return inputs, inside[:, None], labels, weights


def _scale(examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """Return mean and spread of every feature over all blocks; features that hardly vary keep their scale."""
    features = np.concatenate([example.features for example in examples])
    spread = features.std(axis=0)
    spread[spread < 1e-3] = 1.0
    return features.mean(axis=0), np.maximum(spread, 0.03)


def _blindfold(page: Example, plan: Plan, dice: np.random.Generator) -> Example:
    if plan.blinded and dice.random() < plan.blind:
        features = page.features.copy()
        features[:, list(plan.blinded)] = 0
        return Example(features, page.labels, page.weights)
    return page


def _scaled(page: Example, mean: Floats, spread: Floats) -> Example:
    features = np.clip((page.features - mean) / spread, -CLIP, CLIP).astype(np.float32)
    return Example(features, page.labels, page.weights)


def train(sets: Sequence[Sequence[Example]], plan: Plan, seed: int) -> Network:
    """Return the network that fits the examples after `plan.epochs` passes, each over one of the sets in turn."""
    dice = np.random.default_rng(seed)
    mean, spread = _scale(sets[0])
    scaled = [[_scaled(page, mean, spread) for page in examples] for examples in sets]
    turns = [scaled[epoch % len(scaled)] for epoch in range(plan.epochs)]
    layers = _start(len(mean), plan.widths, dice)
    drift: list[NDArray[np.float32]] = [np.zeros_like(layer) for layer in layers]
    power = [np.zeros_like(layer) for layer in layers]
    steps, done = sum(-(-len(turn) // plan.pages) for turn in turns), 0
    for turn in turns:
        order = dice.permutation(len(turn))
        for start in range(0, len(order), plan.pages):
            pages = [_blindfold(turn[at], plan, dice) for at in order[start : start + plan.pages]]
            found = _Step(layers, dice, plan.dropout).gradients(*_batch(pages))
            done += 1
            rate = plan.rate * min(1.0, done / 30) * 0.5 * (1 + np.cos(np.pi * done / steps))
            for at, gradient in enumerate(found):
                drift[at] = 0.9 * drift[at] + 0.1 * gradient
                power[at] = 0.999 * power[at] + 0.001 * gradient**2
                move = drift[at] / (1 - 0.9**done) / (np.sqrt(power[at] / (1 - 0.999**done)) + 1e-8)
                shrink = plan.decay * layers[at] if layers[at].ndim == 2 else 0.0
                layers[at] = (layers[at] - rate * (move + shrink)).astype(np.float32)
    return Network(mean.astype(np.float32), spread.astype(np.float32), tuple(layers))
