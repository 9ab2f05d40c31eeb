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


@cache
def _stretches(offsets: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """Return (place, offset, how many) of every run of offsets that follow one another."""
    starts = [at for at, by in enumerate(offsets) if not at or by != offsets[at - 1] + 1]
    return tuple((at, offsets[at], end - at) for at, end in zip(starts, [*starts[1:], len(offsets)], strict=True))


def shifted_side_by_side(values: Floats, offsets: tuple[int, ...]) -> Floats:
    """Return the rows at each of the offsets side by side; rows beyond the page are 0.

    Rows that follow one another lie side by side in memory already: a run of offsets is copied in one stroke.
    """
    count, width = values.shape
    beyond = max(map(abs, offsets))
    wide = np.zeros((count + 2 * beyond, width), np.float32)
    wide[beyond : beyond + count] = values
    result = np.empty((count, len(offsets) * width), np.float32)
    row, cell = wide.strides
    for at, by, many in _stretches(offsets):
        run: Floats = np.ndarray((count, many * width), np.float32, wide, (beyond + by) * row, (row, cell))
        result[:, at * width : (at + many) * width] = run
    return result


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
        if scaled is None or scaled.mean is not network.mean or scaled.scale is not network.scale:
            inputs = features - network.mean
            inputs /= network.scale
            inputs.clip(-CLIP, CLIP, out=inputs)
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
        networks: list[Network] = []
        for number in range(int(stored["networks"])):
            mean = _once(stored[f"{number}.mean"].astype(np.float32), [one.mean for one in networks])
            scale = _once(stored[f"{number}.scale"].astype(np.float32), [one.scale for one in networks])
            layers = tuple(stored[f"{number}.{layer}"].astype(np.float32) for layer in range(8))
            networks.append(Network(mean, scale, layers))
        return Model(tuple(str(stored["names"]).split("\n")), tuple(networks), _three(stored["thresholds"]))


def _once(values: Floats, known: list[Floats]) -> Floats:
    """Return the known array that is equal to `values`, or else these: networks that scale alike are seen to."""
    return next((one for one in known if np.array_equal(one, values)), values)


@cache
def load(name: str) -> Model:
    """Return the model in `weights/<name>.npz`: "flat" or "html"."""
    return read(resources.files("services.clean").joinpath("weights", f"{name}.npz").read_bytes())
