"""Which vertices lie at exactly one place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["first_of_place"]


def first_of_place(positions: NDArray[np.float32]) -> NDArray[np.int64]:
    """For each of float32 [N, 3] positions the first that is equal to it to the bit, int64 [N].

    0 and -0 are equal, and so are NaNs of one kind.
    """
    bits = (positions + np.float32(0)).view(np.uint32)
    plane = (bits[:, 0].astype(np.uint64) << np.uint64(32)) | bits[:, 1]
    order = np.lexsort((bits[:, 2], plane))
    differs = np.ones(len(order), bool)
    differs[1:] = (plane[order[1:]] != plane[order[:-1]]) | (bits[order[1:], 2] != bits[order[:-1], 2])
    first = np.zeros(len(order), np.int64)
    # The sort is stable: of equal positions the first leads its run.
    first[order] = order[differs][np.cumsum(differs) - 1]
    return first
