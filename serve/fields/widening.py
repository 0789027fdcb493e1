"""The smallest feature that a grid can hold: thinner parts and walls are widened, acute edges rounded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from serve.geometry.parts import Part, PartSet

__all__ = ["LEAST_EDGE_CELLS", "LEAST_PLATE_CELLS", "LEAST_ROD_CELLS", "LEAST_WALL_CELLS", "widened"]

# Half sizes in cells. A plate of half a cell each side always has a node in it. A rod needs more to meet a
# node on its way, and to meet the next one beside it.
LEAST_PLATE_CELLS = 0.65
LEAST_ROD_CELLS = 0.9
LEAST_WALL_CELLS = 1.3
# Radius in cells, for tapered parts: their sharp edges are acute on one side, and an acute edge that falls
# between the nodes comes out chipped. Right angles are found and kept.
LEAST_EDGE_CELLS = 0.8
_ACUTE_TAPER = 0.05
_MOST_ROUNDING = 0.8  # of the thinnest half size: a plate keeps its flat sides


def widened(shape: PartSet, resolution: int) -> PartSet:
    """The shape with no part and no wall thinner, and no acute edge sharper, than a grid holds.

    Without it a thin part would break into specks where it falls between the nodes. Parts that are thick
    enough stay what they are, the same objects.
    """
    lower, upper = shape.bounds
    step = float(np.max(upper - lower)) / resolution
    return PartSet(tuple(_widened_part(part, step) for part in shape.parts))


def _widened_part(part: Part, step: float) -> Part:
    half_size = np.maximum(part.half_size, LEAST_PLATE_CELLS * step)
    thin, middle, thick = np.argsort(part.half_size, kind="stable")
    is_plate = part.half_size[middle] >= 2.0 * LEAST_PLATE_CELLS * step and part.kind != "torus"
    for axis in (middle, thick) if is_plate else (thin, middle, thick):
        half_size[axis] = max(half_size[axis], LEAST_ROD_CELLS * step)
    hollow = _widened_wall(part.hollow, float(min(half_size[0], half_size[2])), step)
    rounding = part.rounding
    if max(abs(part.taper_x), abs(part.taper_z)) > _ACUTE_TAPER:
        rounding = max(rounding, min(LEAST_EDGE_CELLS * step / float(half_size.min()), _MOST_ROUNDING))
    if (rounding, hollow) == (part.rounding, part.hollow) and np.array_equal(half_size, part.half_size):
        return part
    return replace(part, half_size=half_size, hollow=hollow, rounding=rounding)


def _widened_wall(hollow: float, radius: float, step: float) -> float:
    """The wall's share of the radius; 0, solid, where a wall leaves no room for a cavity."""
    if hollow <= 0.0:
        return hollow
    share = max(hollow, LEAST_WALL_CELLS * step / radius)
    return share if share < 1.0 else 0.0
