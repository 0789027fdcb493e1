"""Moves the vertices of a sampled surface onto the true one, and those near an edge or a corner onto it.

Source: Ohtake and Belyaev 2002, "Dual/Primal Mesh Optimization for Polygonized Implicit Surfaces": each
vertex goes where the tangent planes at its faces' centres meet, in the least squares of Garland and Heckbert
1997.
"""
# mypy: disable-error-code="untyped-decorator,misc,no-any-return,valid-type"

from __future__ import annotations

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.stage import Spread, one_by_one
from serve.fields.grid import Blocks, Grid
from serve.fields.part_sdf import PartTable, union_distance, upload
from serve.geometry.launching import launch_spans, spans_of
from serve.geometry.parts import PartSet

__all__ = ["project", "sharpen"]

_ROUND_COUNT = 2
_FLATNESS = 0.985  # a vertex whose faces' normals have a shorter mean is near an edge
_SPAN_POINT_COUNT = 4096
_PULL = 0.03  # keeps a vertex in place along directions that no plane decides


@wp.func
def _gradient(parts: PartTable, mask: int, at: wp.vec3, reach: float) -> wp.vec3:
    x = wp.vec3(reach, 0.0, 0.0)
    y = wp.vec3(0.0, reach, 0.0)
    z = wp.vec3(0.0, 0.0, reach)
    slope = wp.vec3(
        union_distance(parts, mask, at + x) - union_distance(parts, mask, at - x),
        union_distance(parts, mask, at + y) - union_distance(parts, mask, at - y),
        union_distance(parts, mask, at + z) - union_distance(parts, mask, at - z),
    )
    return slope / (2.0 * reach)


@wp.kernel
def _project_kernel(
    parts: PartTable,
    masks: wp.array(dtype=wp.int32),
    step: float,
    points: wp.array(dtype=wp.vec3),
    normals: wp.array(dtype=wp.vec3),
) -> None:
    thread = wp.tid()
    mask = masks[thread]
    start = points[thread]
    at = start
    slope = wp.vec3(0.0, 1.0, 0.0)
    for _newton in range(2):
        slope = _gradient(parts, mask, at, 0.03 * step)
        d = union_distance(parts, mask, at)
        at = at - slope * (d / wp.max(wp.dot(slope, slope), 0.05))
    move = at - start
    length = wp.length(move)
    if length > 0.5 * step:
        at = start + move * (0.5 * step / length)
    points[thread] = at
    normals[thread] = wp.normalize(slope)


def project(
    shape: PartSet,
    grid: Grid,
    blocks: Blocks,
    points: NDArray[np.float32],
    *,
    spread: Spread = one_by_one,
    device: str = "cpu",
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Move points onto the surface by two Newton steps, half a cell at most.

    Args:
        shape: The parts.
        grid: The grid that `blocks` divides.
        blocks: Its parts by block.
        points: float32 [N, 3], within a cell of the surface.
        spread: Runs the spans of points.
        device: A Warp device.

    Returns:
        Points and the field's unit gradients there, float32 [N, 3] each.
    """
    nodes = np.clip((points - grid.lower) / (8.0 * grid.step), 0, np.array(blocks.shape) - 1).astype(np.int64)
    masks = blocks.masks[np.ravel_multi_index(tuple(nodes.T), blocks.shape)]
    at = wp.array(np.ascontiguousarray(points, np.float32), dtype=wp.vec3, device=device)
    normals = wp.zeros(len(points), dtype=wp.vec3, device=device)
    which = wp.array(masks, dtype=wp.int32, device=device)
    parts = upload(shape, device)
    launch_spans(
        _project_kernel,
        spans_of(len(points), _SPAN_POINT_COUNT),
        lambda span: [parts, which[span], grid.step, at[span], normals[span]],
        spread=spread,
        device=device,
    )
    return np.asarray(at.numpy()), np.asarray(normals.numpy())


def sharpen(
    shape: PartSet,
    grid: Grid,
    blocks: Blocks,
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    *,
    spread: Spread = one_by_one,
) -> NDArray[np.float32]:
    """Vertices float32 [V, 3] on the shape's surface, edges and corners; the faces stay what they are.

    Takes what `project` takes, and a surface that marching cubes found in the grid. No face turns over.
    """
    vertices = project(shape, grid, blocks, vertices, spread=spread)[0]
    for _ in range(_ROUND_COUNT):
        centres, normals = project(shape, grid, blocks, vertices[faces].mean(axis=1), spread=spread)
        moved = _to_planes(vertices, faces, centres, normals, 0.6 * grid.step)
        vertices = _without_flips(vertices, moved, faces, normals, 1e-4 * grid.step**2)
    return vertices


def _to_planes(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    centres: NDArray[np.float32],
    normals: NDArray[np.float32],
    reach: float,
) -> NDArray[np.float32]:
    """Vertices near an edge moved, by `reach` at most, to where their faces' tangent planes meet."""
    count = len(vertices)
    degree = np.bincount(faces.reshape(-1), minlength=count)
    mean = _at_vertices(faces, np.repeat(normals[:, None], 3, axis=1), count) / np.maximum(degree, 1)[:, None]
    sharp = np.linalg.norm(mean, axis=1) < _FLATNESS
    near = sharp[faces].any(axis=1)
    if not near.any():
        return vertices
    corners, planes = faces[near], normals[near].astype(np.float64)
    gaps = np.einsum("fk,fck->fc", planes, centres[near][:, None] - vertices[corners].astype(np.float64))
    right = _at_vertices(corners, gaps[..., None] * planes[:, None], count)[sharp]
    outer = (planes[:, :, None] * planes[:, None, :]).reshape(-1, 1, 9)
    left = _at_vertices(corners, np.repeat(outer, 3, axis=1), count)[sharp].reshape(-1, 3, 3)
    left += np.eye(3) * (_PULL * degree[sharp])[:, None, None]
    moves = np.linalg.solve(left, right[..., None])[..., 0]
    lengths = np.linalg.norm(moves, axis=1, keepdims=True)
    moved = vertices.copy()
    moved[sharp] += (moves * np.minimum(1.0, reach / np.maximum(lengths, 1e-12))).astype(np.float32)
    return moved


def _at_vertices(faces: NDArray[np.int32], values: NDArray[np.floating], count: int) -> NDArray[np.float64]:
    """Sums float64 [V, K] of the values [F, 3, K] of each vertex' corners."""
    flat = values.reshape(faces.size, -1)
    at = faces.reshape(-1)
    return np.stack([np.bincount(at, column, minlength=count) for column in flat.T], axis=1)


def _without_flips(
    old: NDArray[np.float32],
    new: NDArray[np.float32],
    faces: NDArray[np.int32],
    normals: NDArray[np.float32],
    least: float,
) -> NDArray[np.float32]:
    """The new vertices; the old ones at faces that would turn over or lose their area by it."""
    kept = new.copy()
    was_right = _agreement(old, faces, normals) > least
    for _ in range(6):
        turned = was_right & (_agreement(kept, faces, normals) <= least)
        if not turned.any():
            return kept
        kept[faces[turned]] = old[faces[turned]]
    return old


def _agreement(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], normals: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Twice each face's area along its normal."""
    corners = vertices[faces]
    turns = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(np.einsum("ij,ij->i", turns, normals))
