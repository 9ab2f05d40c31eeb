"""Which texts may be alike: an index of the bands of their signatures, in sorted arrays and one small open dict.

A dict of 64 bands takes some 6 KB for each text; sorted arrays take 768 bytes.
"""

from array import array
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.alert.sketch import Signature

BANDS = 64
TEXTS_A_SEGMENT = 4096
Keys = npt.NDArray[np.uint64]
_NUMBERS = np.arange(BANDS, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def band_keys(signature: Signature) -> Keys:
    """Return one 64-bit key for each band of a signature; texts that share a key may be alike."""
    pairs = signature.reshape(BANDS, -1).astype(np.uint64)
    mixed = pairs[:, 0] << np.uint64(32) | pairs[:, 1]
    mixed ^= _NUMBERS
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    keys: Keys = mixed ^ mixed >> np.uint64(31)
    return keys


@dataclass
class Bands:
    """Numbers of texts by the keys of their bands."""

    sealed: list[tuple[Keys, npt.NDArray[np.uint32]]] = field(default_factory=list)
    open: dict[int, int] = field(default_factory=dict)  # the first text with a key
    more: "dict[int, array[int]]" = field(default_factory=dict)  # and the others
    texts: int = 0  # in the open dict

    def add(self, number: int, keys: Keys) -> None:
        """Remember a text."""
        for key in keys.tolist():
            if self.open.setdefault(key, number) != number:
                self.more.setdefault(key, array("I")).append(number)
        self.texts += 1
        if self.texts >= TEXTS_A_SEGMENT:
            self._seal()

    def count(self, keys: Keys, shared: npt.NDArray[np.uint8]) -> bool:
        """Count, at their numbers, how many of these keys each text has, and return whether any has; most have none."""
        is_any = False
        for key in keys.tolist():
            first = self.open.get(key)
            if first is not None:
                is_any = True
                shared[first] += 1
                if key in self.more:
                    shared[np.frombuffer(self.more[key], np.uintc)] += 1
        wanted = np.sort(keys) if self.sealed else keys
        for known, numbers in self.sealed:
            left, right = np.searchsorted(known, wanted, "left"), np.searchsorted(known, wanted, "right")
            for start, end in zip(left.tolist(), right.tolist(), strict=True):
                if end > start:
                    is_any = True
                    shared[numbers[start:end]] += 1
        return is_any

    def _seal(self) -> None:
        pairs = [*self.open.items(), *((key, number) for key, others in self.more.items() for number in others)]
        keys = np.fromiter((key for key, _ in pairs), np.uint64, len(pairs))
        numbers = np.fromiter((number for _, number in pairs), np.uint32, len(pairs))
        order = np.argsort(keys, kind="stable")
        self.sealed.append((keys[order], numbers[order]))
        self.open, self.more, self.texts = {}, {}, 0
