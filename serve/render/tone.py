"""From linear radiance to the bytes of a picture."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["develop", "dithered", "linear_to_srgb", "srgb_to_linear", "tone_map"]

Floats = NDArray[np.float32]

# Khronos PBR Neutral: where compression starts, and how fast bright colors lose their saturation.
COMPRESSION_START = 0.8 - 0.04
DESATURATION = 0.15


def tone_map(radiance: Floats) -> Floats:
    """The Khronos PBR Neutral tone mapper (specification 1.0, 2024), made for pictures of products.

    Base colors up to 0.76 pass unchanged but for the 4 % that Fresnel adds; above, a shoulder compresses
    the peak towards 1 and bends highlights to white, as film does.

    Args:
        radiance: float32 [..., 3], linear RGB, at least 0.

    Returns:
        float32 [..., 3] in [0, 1), linear RGB.
    """
    low = radiance.min(axis=-1, keepdims=True)
    offset = np.where(low < 0.08, low - 6.25 * low * low, 0.04)
    color = radiance - offset
    peak = np.maximum(color.max(axis=-1, keepdims=True), COMPRESSION_START)
    room = 1.0 - COMPRESSION_START
    squeezed = 1.0 - room * room / (peak + room - COMPRESSION_START)
    whiteness = 1.0 - 1.0 / (DESATURATION * (peak - squeezed) + 1.0)
    bent = color * (squeezed / peak)
    return np.asarray(bent + (squeezed - bent) * whiteness, dtype=np.float32)


def linear_to_srgb(linear: Floats) -> Floats:
    """The sRGB transfer function (IEC 61966-2-1), for values in [0, 1]."""
    power = 1.055 * np.power(np.maximum(linear, 0.0031308), 1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, power).astype(np.float32)


def srgb_to_linear(encoded: Floats) -> Floats:
    """The inverse of `linear_to_srgb`."""
    power = np.power((np.maximum(encoded, 0.04045) + 0.055) / 1.055, 2.4)
    return np.where(encoded <= 0.04045, encoded / 12.92, power).astype(np.float32)


def develop(radiance: Floats, first_row: int = 0) -> NDArray[np.uint8]:
    """Tone map, encode and round float32 [H, W, 3] linear radiance to uint8 [H, W, 3] sRGB.

    Args:
        radiance: Of a picture, or of a band of its rows.
        first_row: The picture's row with which the band begins.
    """
    return dithered(255.0 * linear_to_srgb(tone_map(radiance)), first_row)


def dithered(levels: Floats, first_row: int = 0) -> NDArray[np.uint8]:
    """Round float32 [H, W, 3] in [0, 255] to bytes; whole levels stay.

    A fixed pattern of less than one step decides the rounding, so that a slow gradient shows no bands.
    """
    raised = levels + _dither(first_row, *levels.shape[:2])[..., None]
    return np.asarray(np.clip(np.floor(raised), 0, 255), dtype=np.uint8)


@lru_cache(maxsize=64)
def _dither(first_row: int, height: int, width: int) -> Floats:
    """Thresholds float32 [H, W] in [0, 1): interleaved gradient noise (Jimenez, SIGGRAPH 2014 course)."""
    rows, columns = np.mgrid[first_row : first_row + height, 0:width].astype(np.float64)
    wave = np.mod(0.06711056 * columns + 0.00583715 * rows, 1.0)
    return np.asarray(np.mod(52.9829189 * wave, 1.0), dtype=np.float32)
