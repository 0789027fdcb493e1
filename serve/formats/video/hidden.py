"""What lies under see-through pixels: nobody sees it, and a codec mixes it with what lies beside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["fill_hidden"]

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def fill_hidden(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours that go on from what is seen to what is not.

    Chroma at half the resolution is shared by neighbours: were a renderer's black left under alpha 0, the rim
    of what is seen would lose its colour. So each hidden pixel takes the mean of the smallest square around
    it, of 2, 4, 8 ... pixels on a grid, that has anything seen in it (push-pull, after Gortler et al., 1996).

    Args:
        pixels: uint8 [H, W, 4], sRGB and straight alpha.

    Returns:
        uint8 [H, W, 3]; what has any alpha keeps its colour.
    """
    filled = _filled(pixels[..., :3].astype(np.float32), pixels[..., 3] > 0)
    return np.rint(filled).astype(np.uint8)


def _filled(color: Floats, shown: Mask) -> Floats:
    if shown.all() or not shown.any():
        return color
    height, width = shown.shape
    sums, counts = _squares(color * shown[..., None]), _squares(shown.astype(np.float32)[..., None])
    means = sums / np.maximum(counts, np.float32(1))
    coarse = _filled(means.astype(np.float32), counts[..., 0] > 0)
    fine = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return np.where(shown[..., None], color, fine)


def _squares(values: Floats) -> Floats:
    """Sums over squares of two by two; beyond the border is nothing."""
    height, width, _ = values.shape
    padded = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)))
    rows = padded[0::2] + padded[1::2]
    return np.asarray(rows[:, 0::2] + rows[:, 1::2])
