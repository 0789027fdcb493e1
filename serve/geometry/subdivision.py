"""Splits chosen edges of a triangle mesh, and with them the faces on both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["face_edges", "split_edges"]


def face_edges(faces: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The undirected edges of int32 [F, 3] faces, and which of them each side of a face is.

    Returns:
        Edges int64 [E, 2], the lower vertex first, sorted; sides int64 [F, 3], side i from corner i to the
        next.
    """
    starts, ends = faces.astype(np.int64), np.roll(faces, -1, axis=1).astype(np.int64)
    span = int(faces.max(initial=0)) + 1
    keys, place = np.unique(np.minimum(starts, ends) * span + np.maximum(starts, ends), return_inverse=True)
    return np.stack([keys // span, keys % span], axis=1), place.reshape(-1, 3)


def split_edges(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    sides: NDArray[np.int64],
    edges: NDArray[np.int64],
    points: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Put a new vertex on each of these edges; both faces of an edge use the same one.

    Args:
        vertices: float32 [V, 3].
        faces: int32 [F, 3].
        sides: int64 [F, 3] of `face_edges`.
        edges: int64 [N], the edges to split.
        points: float32 [N, 3], where.

    Returns:
        Vertices [V + N, 3], the new ones last, and faces; a face with k split sides has become k + 1.
    """
    middle = np.full(int(sides.max(initial=0)) + 1, -1, np.int64)
    middle[edges] = len(vertices) + np.arange(len(edges))
    all_vertices = np.concatenate([vertices, points]).astype(np.float32)
    middles = middle[sides]
    counts = (middles >= 0).sum(axis=1)
    pieces = [faces[counts == 0]]
    # Turned so that the one split side, or the one unsplit side, comes first.
    for count, split in ((1, True), (2, False), (3, True)):
        chosen = counts == count
        first = ((middles[chosen] >= 0) == split).argmax(axis=1)
        turn = (first[:, None] + np.arange(3)) % 3
        corner = np.take_along_axis(faces[chosen], turn, axis=1)
        pieces.append(_pieces(all_vertices, corner, np.take_along_axis(middles[chosen], turn, axis=1), count))
    return all_vertices, np.concatenate(pieces).astype(np.int32)


def _pieces(
    vertices: NDArray[np.float32], corner: NDArray[np.int32], middle: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    a, b, c = corner.T
    ab, bc, ca = middle.T
    if count == 1:
        return np.concatenate([np.stack([a, ab, c], 1), np.stack([ab, b, c], 1)])
    if count == 3:
        outer = [np.stack([a, ab, ca], 1), np.stack([ab, b, bc], 1), np.stack([bc, c, ca], 1)]
        return np.concatenate([*outer, np.stack([ab, bc, ca], 1)])
    # The four-sided rest is cut along its shorter diagonal.
    shorter = np.linalg.norm(vertices[a] - vertices[bc], axis=1) <= np.linalg.norm(
        vertices[b] - vertices[ca], axis=1
    )
    one = np.where(shorter, np.stack([a, b, bc]), np.stack([a, b, ca]))
    other = np.where(shorter, np.stack([a, bc, ca]), np.stack([b, bc, ca]))
    return np.concatenate([np.stack([c, ca, bc], 1), one.T, other.T])
