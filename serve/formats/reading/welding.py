"""Equal positions become one vertex: a soup of triangles becomes a surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.places import first_of_place
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
    return compact(positions, first_of_place(positions)[faces].astype(np.int32))
