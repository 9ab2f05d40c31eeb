"""A small convolutional network over the blocks of a page: how likely each block is part of the body.

Three layers: each block by itself, then with its nearest neighbours, then with those further away. Weights are data:
`weights/<name>.npz`, made by `benchmarks/clean_training` and read once.
"""

import io
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
NEAR = (-4, -3, -2, -1, 0, 1, 2, 3, 4)  # neighbours the second layer sees
FAR = (-8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8)  # neighbours the third layer sees
_PIECE = 250_000  # multiplications; OpenBLAS works in one thread up to 262 144
CLIP = 6.0  # standard deviations; beyond, a feature tells nothing more


@dataclass(frozen=True, slots=True)
class Network:
    """One trained network: `layers` are weights and biases in turn; inputs are scaled by `mean` and `scale`."""

    mean: Floats
    scale: Floats
    layers: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """Networks that vote, the names of the features they expect, and the probabilities from which blocks are kept.

    `thresholds` are for long, middle and short blocks: a wrong heading costs a reader more than a lost one.
    """

    names: tuple[str, ...]
    networks: tuple[Network, ...]
    thresholds: tuple[float, float, float]


def shifted_side_by_side(values: Floats, offsets: tuple[int, ...]) -> Floats:
    """Return the rows at each of the offsets side by side; rows beyond the page are 0."""
    count, width = values.shape
    beyond = max(map(abs, offsets))
    wide = np.zeros((count + 2 * beyond, width), np.float32)
    wide[beyond : beyond + count] = values
    result = np.empty((count, len(offsets), width), np.float32)
    for number, by in enumerate(offsets):
        result[:, number] = wide[beyond + by : beyond + by + count]
    return result.reshape(count, len(offsets) * width)


def _times(left: Floats, right: Floats) -> Floats:
    """Return the matrix product, in pieces so small that no numeric library starts threads for them.

    Threads gain nothing on a page's few hundred rows, and waiting for each other they burn a whole core.
    """
    rows = max(1, _PIECE // right.size)
    if len(left) <= rows:
        return left @ right
    result = np.empty((len(left), right.shape[1]), np.float32)
    for start in range(0, len(left), rows):
        np.matmul(left[start : start + rows], right, out=result[start : start + rows])
    return result


def _logits(network: Network, inputs: Floats) -> Floats:
    """Return the log-odds of every block."""
    w1, b1, w2, b2, w3, b3, w4, b4 = network.layers
    first = _layer(inputs, w1, b1)
    second = _layer(shifted_side_by_side(first, NEAR), w2, b2)
    third = _layer(shifted_side_by_side(second, FAR), w3, b3)
    result: Floats = (_times(np.concatenate((first, second, third), axis=1), w4) + b4)[:, 0]
    return result


def _layer(inputs: Floats, weights: Floats, biases: Floats) -> Floats:
    """Return what a layer makes of its inputs."""
    result = _times(inputs, weights)
    result += biases
    return np.maximum(result, 0, out=result)


def probabilities(model: Model, features: Floats) -> Floats:
    """Return for every row of `features` the probability that its block is part of the body."""
    votes = np.zeros(len(features), np.float32)
    scaled: Network | None = None
    for network in model.networks:  # trained on the same pages, they scale alike
        if scaled is None or not np.array_equal(scaled.mean, network.mean):
            inputs = features - network.mean
            inputs /= network.scale
            np.minimum(np.maximum(inputs, -CLIP, out=inputs), CLIP, out=inputs)
            scaled = network
        np.add(votes, _logits(network, inputs), out=votes)
    odds = np.clip(votes / len(model.networks), -30, 30)
    result: Floats = (1 / (1 + np.exp(-odds))).astype(np.float32)
    return result


def _three(values: Floats) -> tuple[float, float, float]:
    long, middle, short = (float(value) for value in values)
    return long, middle, short


def read(data: bytes) -> Model:
    """Return the model stored in an .npz file."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        networks = tuple(
            Network(
                stored[f"{number}.mean"].astype(np.float32),
                stored[f"{number}.scale"].astype(np.float32),
                tuple(stored[f"{number}.{layer}"].astype(np.float32) for layer in range(8)),
            )
            for number in range(int(stored["networks"]))
        )
        return Model(tuple(str(stored["names"]).split("\n")), networks, _three(stored["thresholds"]))


@cache
def load(name: str) -> Model:
    """Return the model in `weights/<name>.npz`: "flat" or "html"."""
    return read(resources.files("services.clean").joinpath("weights", f"{name}.npz").read_bytes())
