"""Colours that files keep as sRGB in fractions; those in bytes are decoded by `serve.formats.color`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["light_of"]


def light_of(encoded: ArrayLike) -> NDArray[np.float64]:
    """Linear light of sRGB (IEC 61966-2-1) of any shape, cut to [0, 1]; what is no number is black."""
    share = np.clip(np.nan_to_num(np.asarray(encoded, np.float64), nan=0.0), 0.0, 1.0)
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
