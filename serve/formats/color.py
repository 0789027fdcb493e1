"""Between linear light, in which Galatea reckons, and sRGB, in which screens and old formats store colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["light_of", "linear", "srgb", "srgb_bytes"]


def srgb(linear: ArrayLike) -> NDArray[np.float64]:
    """Encode linear values in [0, 1], of any shape, as sRGB in [0, 1] (IEC 61966-2-1)."""
    light = np.asarray(linear, dtype=np.float64)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1.0 / 2.4) - 0.055)


def srgb_bytes(linear: ArrayLike) -> NDArray[np.uint8]:
    """Encode linear values in [0, 1], of any shape, as sRGB in 0..255, to the nearest."""
    return np.rint(srgb(linear) * 255.0).astype(np.uint8)


def linear(encoded: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Decode sRGB in 0..255, of any shape, to linear values in [0, 1]."""
    return _LINEAR[encoded]


def light_of(encoded: ArrayLike) -> NDArray[np.float64]:
    """Linear light of sRGB in [0, 1], of any shape, cut to that; what is no number is black."""
    share = np.clip(np.nan_to_num(np.asarray(encoded, np.float64), nan=0.0), 0.0, 1.0)
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


_LINEAR = light_of(np.arange(256) / 255.0)
