"""What a textured part looks like on the whole, for formats without textures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.formats.color import linear
from serve.geometry.mesh import TextureMaps

__all__ = ["mean_look"]

_SAMPLE_COUNT = 4_096  # in all, at least one a face
_R2 = (0.7548776662466927, 0.5698402909980532)  # Roberts 2018: steps that fill the unit square evenly


def mean_look(
    maps: TextureMaps, corner_uv: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Mean of the texels that faces show, by their area in the texture.

    Args:
        maps: The textures.
        corner_uv: float32 [F, 3, 2].

    Returns:
        Linear RGB float64 [3]; occlusion, roughness and metallic float64 [3], or None.
    """
    corners = corner_uv.astype(np.float64)
    edges = corners[:, 1:] - corners[:, :1]
    areas = np.abs(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0])
    weights = areas + 1e-12  # without any area in the texture, all faces count alike
    points = np.einsum("fcu,sc->sfu", corners, _barycentric(max(1, _SAMPLE_COUNT // len(corners))))
    height, width = maps.base_color.shape[:2]
    columns = np.floor(points[..., 0] * width).astype(np.int64) % width
    rows = np.floor(points[..., 1] * height).astype(np.int64) % height
    color = _mean(linear(maps.base_color[rows, columns]), weights)
    return color, None if maps.orm is None else _mean(maps.orm[rows, columns] / 255.0, weights)


def _barycentric(count: int) -> NDArray[np.float64]:
    """Even points of a triangle, float64 [count, 3]."""
    steps = np.arange(1, count + 1)[:, None] - 0.5
    square = (steps * np.array(_R2)) % 1.0 if count > 1 else np.full((1, 2), 1 / 3)
    square = np.where(square.sum(axis=1, keepdims=True) > 1, 1 - square, square)
    return np.concatenate([1 - square.sum(axis=1, keepdims=True), square], axis=1)


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.einsum("sfc,f->c", values, weights) / (weights.sum() * len(values)))
