"""A shape's signed distance on a grid of nodes, reckoned only where the surface can be."""
# ruff: noqa: PLR0917 - Warp kernels are launched without keywords
# mypy: disable-error-code="untyped-decorator,misc,no-any-return,valid-type"

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.stage import Spread, one_by_one
from serve.fields.part_sdf import ALL_PARTS, PartTable, union_distance, upload
from serve.geometry.launching import launch_spans, spans_of
from serve.geometry.parts import Part, PartSet

__all__ = ["Blocks", "Grid", "blocks_of", "grid_around", "sample_dense", "sample_grid"]

_SIDE = 8  # nodes along a block's side
BLOCK_SIDE = wp.constant(_SIDE)
_SPAN_BLOCK_COUNT = 64


@dataclass(frozen=True, slots=True)
class Grid:
    """A box of equal cells around a shape.

    Args:
        lower: float64 [3], the position of node (0, 0, 0).
        step: The cells' side, in the unit of `lower`.
        shape: Nodes along X, Y and Z.
    """

    lower: NDArray[np.float64]
    step: float
    shape: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Which parts matter in each cube of 8 x 8 x 8 nodes.

    Args:
        shape: Blocks along X, Y and Z.
        masks: int32 [blocks], row-major; bit p is set where part p can matter near the surface.
    """

    shape: tuple[int, int, int]
    masks: NDArray[np.int32]


def grid_around(shape: PartSet, resolution: int) -> Grid:
    """A grid with `resolution` cells along the shape's longest side and a margin that seals the surface."""
    lower, upper = shape.bounds
    step = float(np.max(upper - lower)) / resolution
    # The outermost nodes must lie outside; a smooth union swells by at most a quarter of its radius.
    margin = 2.5 * step + 0.25 * sum(part.blend for part in shape.parts)
    counts = [math.ceil((size + 2 * margin) / step) + 1 for size in (upper - lower).tolist()]
    start = 0.5 * (lower + upper) - 0.5 * step * (np.array(counts) - 1)
    return Grid(start, step, (counts[0], counts[1], counts[2]))


def blocks_of(shape: PartSet, grid: Grid) -> Blocks:
    """The parts that can matter in each block.

    Part j is left out of a block that is farther from its box than m + k_j + k_j+1 + ..., where m is two
    cells and the k are the blends. This cannot change a value below m: a part's distance is at least that to
    its box, and a smooth minimum of radius k differs from its smaller operand only where the other lies
    within k, and is then at least the larger less k. So the two running unions, with and without part j, are
    equal, or both at least m plus the blends still to come.
    """
    counts = tuple(math.ceil(count / _SIDE) for count in grid.shape)
    centres = grid.lower + grid.step * (np.indices(counts).reshape(3, -1).T * _SIDE + 0.5 * (_SIDE - 1))
    reach = 0.5 * math.sqrt(3.0) * (_SIDE - 1) * grid.step + 2.0 * grid.step
    masks = np.zeros(len(centres), np.int32)
    for index in reversed(range(len(shape.parts))):
        part = shape.parts[index]
        reach += part.blend
        masks |= np.where(_box_distances(part, centres) < reach, 1 << index, 0).astype(np.int32)
    return Blocks((counts[0], counts[1], counts[2]), masks)


def _box_distances(part: Part, points: NDArray[np.float64]) -> NDArray[np.float64]:
    beyond = np.abs((points - part.centre) @ part.rotation) - part.half_size
    return np.asarray(np.linalg.norm(np.maximum(beyond, 0.0), axis=1))


@wp.kernel
def _sample_kernel(
    parts: PartTable,
    lower: wp.vec3,
    step: float,
    blocks: wp.array(dtype=wp.vec3i),
    masks: wp.array(dtype=wp.int32),
    field: wp.array3d(dtype=wp.float32),
) -> None:
    block, node = wp.tid()
    first = blocks[block]
    i = first[0] + node / (BLOCK_SIDE * BLOCK_SIDE)
    j = first[1] + (node / BLOCK_SIDE) % BLOCK_SIDE
    k = first[2] + node % BLOCK_SIDE
    if i < field.shape[0] and j < field.shape[1] and k < field.shape[2]:
        at = lower + step * wp.vec3(float(i), float(j), float(k))
        field[i, j, k] = union_distance(parts, masks[block], at)


def sample_grid(
    shape: PartSet, grid: Grid, spread: Spread = one_by_one, device: str = "cpu"
) -> NDArray[np.float32]:
    """Signed distance at each node, float32 `grid.shape`; below 0 inside.

    Values below two cells are those of all parts together; above, they may be larger than that.
    """
    return _sample(shape, grid, blocks_of(shape, grid), spread, device)


def sample_dense(shape: PartSet, grid: Grid, device: str = "cpu") -> NDArray[np.float32]:
    """The same with every part at every node: the slow reference of `sample_grid`."""
    blocks = blocks_of(shape, grid)
    return _sample(
        shape, grid, Blocks(blocks.shape, np.full_like(blocks.masks, ALL_PARTS)), one_by_one, device
    )


def _sample(shape: PartSet, grid: Grid, blocks: Blocks, spread: Spread, device: str) -> NDArray[np.float32]:
    active = np.flatnonzero(blocks.masks)
    corners = np.stack(np.unravel_index(active, blocks.shape), axis=1).astype(np.int32) * _SIDE
    field = wp.full(grid.shape, value=4.0 * grid.step * _SIDE, dtype=wp.float32, device=device)
    parts, lower = upload(shape, device), wp.vec3(*grid.lower.tolist())
    firsts = wp.array(corners, dtype=wp.vec3i, device=device)
    masks = wp.array(blocks.masks[active], dtype=wp.int32, device=device)
    launch_spans(
        _sample_kernel,
        spans_of(len(active), _SPAN_BLOCK_COUNT),
        lambda span: [parts, lower, grid.step, firsts[span], masks[span], field],
        width=(_SIDE**3,),
        spread=spread,
        device=device,
    )
    return np.asarray(field.numpy())
