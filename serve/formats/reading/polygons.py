"""Polygons with any number of corners become triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.formats.reading.limits import LIMITS, at_most

__all__ = ["triangulate"]

_MOST_CLIPPED = 512  # corners of a polygon whose ears are cut; its cost grows with their square


def triangulate(
    points: NDArray[np.float64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut each polygon into triangles that keep its winding.

    Convex ones become fans. A quadrilateral with a dent is cut at it. Others with dents lose ear after ear
    (Meisters 1975), up to 512 corners; above, and for what crosses itself, a fan has to do.

    Args:
        points: float64 [C, 3], the corners of all polygons, one polygon after the other.
        counts: int64 [P], how many corners each has; fewer than three make no triangle.

    Returns:
        int64 [T, 3], indices into `points`, and int64 [T], the polygon of each triangle, ascending.

    Raises:
        UnreadableMeshError: There are too many triangles.
    """
    triangle_counts = np.maximum(counts - 2, 0)
    at_most(LIMITS.face_count, int(triangle_counts.sum()), "faces", "reduce it before it is sent")
    starts = np.cumsum(counts) - counts
    owners = np.repeat(np.arange(len(counts)), triangle_counts)
    step = np.arange(len(owners)) - np.repeat(np.cumsum(triangle_counts) - triangle_counts, triangle_counts)
    turns = np.zeros(len(counts), np.int64)
    clipped = np.zeros(0, np.int64)
    if (counts > 3).any():
        turns, clipped = _dented(points, starts, counts)
    size, turn, first = counts[owners], turns[owners], starts[owners]
    corners = [turn, (turn + step + 1) % size, (turn + step + 2) % size]
    triangles = np.stack([first + corner for corner in corners], axis=1)
    for polygon in clipped.tolist():
        begin, count = int(starts[polygon]), int(counts[polygon])
        triangles[owners == polygon] = _clip_ears(points[begin : begin + count]) + begin
    return triangles, owners


def _dented(
    points: NDArray[np.float64], starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """At which corner int64 [P] a fan begins, and which polygons no fan can fill."""
    owners = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(owners)) - starts[owners]
    size = counts[owners]
    after = points[starts[owners] + (place + 1) % size]
    before = points[starts[owners] + (place - 1) % size]
    with np.errstate(invalid="ignore", over="ignore"):
        newell = np.stack(
            [np.bincount(owners, axis, len(counts)) for axis in np.cross(points, after).T], axis=1
        )
        turning = np.einsum("ij,ij->i", np.cross(points - before, after - points), newell[owners])
    dents = np.bincount(owners, turning < 0, len(counts))
    turns = np.zeros(len(counts), np.int64)
    quad_dent = (turning < 0) & (size == 4)
    turns[owners[quad_dent]] = place[quad_dent]
    return turns, np.flatnonzero((dents > 0) & (counts > 4) & (counts <= _MOST_CLIPPED))


def _clip_ears(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Triangles int64 [N - 2, 3] of one polygon float64 [N, 3]."""
    flat = _flatten(points)
    ring = list(range(len(flat)))
    triangles = []
    while len(ring) > 3:
        ear = next((place for place in range(len(ring)) if _is_ear(flat, ring, place)), 0)
        triangles.append((ring[ear - 1], ring[ear], ring[(ear + 1) % len(ring)]))
        del ring[ear]
    return np.array([*triangles, tuple(ring)], np.int64)


def _flatten(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The polygon float64 [N, 2] along the two axes that it leans to most, counter-clockwise."""
    normal = np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)
    axis = int(np.argmax(np.abs(normal)))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    return points[:, [first, second] if normal[axis] > 0 else [second, first]]


def _is_ear(flat: NDArray[np.float64], ring: list[int], place: int) -> bool:
    before, tip, after = flat[[ring[place - 1], ring[place], ring[(place + 1) % len(ring)]]]
    if _doubled_area(before, tip, after) <= 0:
        return False
    others = np.delete(flat[ring], [place - 1, place, (place + 1) % len(ring)], axis=0)
    sides = [_doubled_area(*pair, others) for pair in ((before, tip), (tip, after), (after, before))]
    return not bool(np.all([side > 0 for side in sides], axis=0).any())


def _doubled_area(
    first: NDArray[np.float64], second: NDArray[np.float64], third: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Twice the signed area of the triangles that `third`, float64 [..., 2], makes with an edge."""
    edge, reach = second - first, third - first
    return np.asarray(edge[0] * reach[..., 1] - edge[1] * reach[..., 0])
