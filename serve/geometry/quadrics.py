"""Quadric error metrics: how far a vertex would be from the planes that it came from.

Source: Garland and Heckbert 1997, "Surface Simplification Using Quadric Error Metrics"; borders are held by
planes that stand on them (their section 6).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import match_edges

__all__ = ["border_half_edges", "vertex_quadrics"]

_BORDER_WEIGHT = 3.0
_STAY_WEIGHT = 1e-5  # pulls vertices of flat regions towards where they were, so that faces stay well shaped


def border_half_edges(faces: NDArray[np.int32], regions: NDArray[np.int32]) -> NDArray[np.int64]:
    """Half-edges int64 [B] at rims, between regions int32 [F], and at edges of more than two faces."""
    match = match_edges(faces)
    between = regions[match.first // 3] != regions[match.second // 3]
    return np.concatenate([match.rims, match.first[between], match.second[between], match.crowded])


def vertex_quadrics(
    points: NDArray[np.float64],
    faces: NDArray[np.int32],
    borders: NDArray[np.int64],
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """The quadric of each vertex, float64 [V, 10]: the upper triangle of a symmetric 4 x 4 matrix.

    Args:
        points: float64 [V, 3], in a unit in which the mesh is about 1 long.
        faces: int32 [F, 3].
        borders: int64 [B] of `border_half_edges`.
        check: Called between steps; may raise.
    """
    corners = points[faces]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(crosses, axis=1)
    normals = crosses / np.maximum(doubled, 1e-300)[:, None]
    of_faces = _plane_quadrics(normals, corners[:, 0], doubled / 6.0)
    quadrics = np.zeros((len(points), 10))
    for corner in range(3):
        check()
        quadrics += _summed(of_faces, faces[:, corner], len(points))
    check()
    starts, ends = faces[borders // 3, borders % 3], faces[borders // 3, (borders + 1) % 3]
    along = points[ends] - points[starts]
    fences = np.cross(along, normals[borders // 3])
    lengths = np.linalg.norm(along, axis=1)
    fences /= np.maximum(np.linalg.norm(fences, axis=1), 1e-300)[:, None]
    of_borders = _plane_quadrics(fences, points[starts], _BORDER_WEIGHT * lengths**2)
    for vertex in (starts, ends):
        quadrics += _summed(of_borders, vertex, len(points))
    areas = _summed(np.repeat(doubled / 6.0, 3)[:, None], faces.reshape(-1), len(points))[:, 0]
    return quadrics + _stay_quadrics(points, _STAY_WEIGHT * areas)


def _plane_quadrics(
    normals: NDArray[np.float64], points: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared distance to planes, weighted: float64 [n, 10]."""
    planes = np.concatenate([normals, -np.einsum("ij,ij->i", normals, points)[:, None]], axis=1)
    rows, columns = np.triu_indices(4)
    return np.asarray(planes[:, rows] * planes[:, columns] * weights[:, None])


def _stay_quadrics(points: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distance to points, weighted."""
    x, y, z = points.T
    one, none = np.ones(len(points)), np.zeros(len(points))
    square = np.einsum("ij,ij->i", points, points)
    return np.stack([one, none, none, -x, one, none, -y, one, -z, square], axis=1) * weights[:, None]


def _summed(rows: NDArray[np.float64], vertex: NDArray[np.int32], vertex_count: int) -> NDArray[np.float64]:
    sums = [np.bincount(vertex, column, minlength=vertex_count) for column in rows.T]
    return np.stack(sums, axis=1)
