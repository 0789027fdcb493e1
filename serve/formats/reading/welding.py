"""Equal positions become one vertex: a soup of triangles becomes a surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.topology import compact

__all__ = ["weld"]


def weld(
    positions: NDArray[np.float32], faces: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Join positions that are equal to the bit; 0 and -0 are equal, and so are NaNs of one kind.

    Args:
        positions: float32 [N, 3].
        faces: int64 [F, 3], indices into them.

    Returns:
        float32 [V, 3], those that faces use, in the order in which they first stood; int32 [F, 3].
    """
    bits = (positions + np.float32(0)).view(np.uint32)
    plane = (bits[:, 0].astype(np.uint64) << np.uint64(32)) | bits[:, 1]
    order = np.lexsort((bits[:, 2], plane))
    differs = np.ones(len(order), bool)
    differs[1:] = (plane[order[1:]] != plane[order[:-1]]) | (bits[order[1:], 2] != bits[order[:-1], 2])
    first = np.zeros(len(order), np.int64)
    # The sort is stable: of equal positions the first in the file leads its run.
    first[order] = order[differs][np.cumsum(differs) - 1]
    return compact(positions, first[faces].astype(np.int32))
