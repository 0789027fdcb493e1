"""From linear light, in which Galatea reckons, to sRGB, in which screens and old formats store colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["srgb", "srgb_bytes"]


def srgb(linear: ArrayLike) -> NDArray[np.float64]:
    """Encode linear values in [0, 1], of any shape, as sRGB in [0, 1] (IEC 61966-2-1)."""
    light = np.asarray(linear, dtype=np.float64)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1.0 / 2.4) - 0.055)


def srgb_bytes(linear: ArrayLike) -> NDArray[np.uint8]:
    """Encode linear values in [0, 1], of any shape, as sRGB in 0..255, to the nearest."""
    return np.rint(srgb(linear) * 255.0).astype(np.uint8)
