"""Turning an asset for tools in which Z is up: printing, scanning, CAD."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["z_up"]


def z_up(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn float32 [N, 3] from Y up to Z up, a quarter turn about X: (x, y, z) becomes (x, -z, y).

    The front, +Z in Galatea, becomes -Y, which Blender and the slicers call the front. A rotation keeps faces
    counter-clockwise; swapping two axes would turn the asset inside out.
    """
    return np.stack([vectors[:, 0], -vectors[:, 2], vectors[:, 1]], axis=1)
