"""Vertices in few bits, as KHR_mesh_quantization allows: what meshopt compresses well.

Positions lie on one grid for the whole asset, 65,536 steps along its longest side, so that vertices that were
equal stay equal. Tolerances: half a step in position; half of 1/127 in each component of a normal or tangent
(about half a degree); half of 1/65535 in texture coordinates and in linear colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Grid", "grid_of", "quantized"]

_STEP_COUNT = 65_535
_Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Grid:
    """Where quantized positions stand: metres = origin_m + step_m * number.

    Args:
        origin_m: The asset's lowest corner.
        step_m: The same along all axes, so that normals keep their direction.
    """

    origin_m: tuple[float, float, float]
    step_m: float

    def numbers(self, positions: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Positions float32 [N, 3] as uint16 [N, 3], to the nearest."""
        steps = (positions.astype(np.float64) - self.origin_m) / self.step_m
        return np.clip(np.rint(steps), 0, _STEP_COUNT).astype(np.uint16)


def grid_of(vertices: NDArray[np.float32]) -> Grid:
    """The grid over the box of these vertices [V, 3]; steps of a metre where they are one point."""
    low, high = vertices.min(axis=0).astype(np.float64), vertices.max(axis=0).astype(np.float64)
    x, y, z = low.tolist()
    return Grid((x, y, z), float((high - low).max()) / _STEP_COUNT or 1.0)


def quantized(semantic: str, values: NDArray[np.float32], grid: Grid) -> tuple[_Array, bool]:
    """An attribute in few bits, and whether its integers are normalized.

    Args:
        semantic: glTF's name of the attribute.
        values: float32 [N, K].
        grid: For POSITION.
    """
    if semantic == "POSITION":
        return grid.numbers(values), False
    if semantic in ("NORMAL", "TANGENT"):
        return np.rint(values * 127.0).astype(np.int8), True
    if values.min() >= 0.0 and values.max() <= 1.0:
        return np.rint(values * 65535.0).astype(np.uint16), True
    return values, False  # texture coordinates that repeat the picture
