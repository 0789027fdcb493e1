"""Texture coordinates of foreign files, made sane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["texture_coordinates"]

_FURTHEST = 1e4  # coordinates beyond have lost their texels to rounding


def texture_coordinates(uv: NDArray[np.float64], *, upwards: bool) -> NDArray[np.float32]:
    """Coordinates float32 [N, 2] whose v grows downwards; what is no number is 0.

    Args:
        uv: float64 [N, 2].
        upwards: Whether their v grows upwards, as in OBJ and PLY.
    """
    down = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1) if upwards else uv
    return np.clip(np.nan_to_num(down, nan=0.0), -_FURTHEST, _FURTHEST).astype(np.float32)
