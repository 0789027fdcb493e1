"""Shading normals that are smooth over curves and split at sharp edges."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from serve.geometry.topology import graph_labels

__all__ = ["CREASE_DEG", "corner_normals"]

# An edge that turns by more is meant to be seen: bevels of 45 degrees stay crisp, a 12-sided rod is round.
CREASE_DEG = 35.0


def corner_normals(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], crease_deg: float = CREASE_DEG
) -> NDArray[np.float32]:
    """Unit normals float32 [F, 3, 3]: one for each corner of each face.

    Two corners share a normal when a chain of smooth edges around their vertex joins their faces; it is the
    mean of those faces' normals weighted by their area, so that the large flat faces of a box stay flat.

    Args:
        vertices: float32 [V, 3], metres.
        faces: int32 [F, 3], counter-clockwise from outside.
        crease_deg: An edge whose faces' normals differ by more is sharp.
    """
    points = vertices.astype(np.float64)[faces]
    area_normals = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    groups = _smooth_groups(faces, _unit_rows(area_normals), math.cos(math.radians(crease_deg)))
    sums: NDArray[np.float64] = np.stack(
        [
            np.bincount(groups, weights=np.repeat(area_normals[:, axis], 3), minlength=faces.size)
            for axis in range(3)
        ],
        axis=1,
    )
    return _unit_rows(sums[groups]).reshape(-1, 3, 3).astype(np.float32)


def _smooth_groups(
    faces: NDArray[np.int32], normals: NDArray[np.float64], cos_crease: float
) -> NDArray[np.int64]:
    """A label int64 [3F] for each corner; corners that share a normal share the label."""
    first, second = _neighbour_edges(faces)
    smooth = np.einsum("ij,ij->i", normals[first // 3], normals[second // 3]) >= cos_crease
    first, second = first[smooth], second[smooth]
    ends = np.concatenate([first, _next_corner(first)])
    return graph_labels(ends, _at_vertex(faces, ends, np.tile(second, 2)), faces.size)


def _neighbour_edges(faces: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of half-edges that lie on one edge; half-edge 3f+i runs from corner i of face f to the next."""
    starts, ends = faces.reshape(-1).astype(np.int64), np.roll(faces, -1, axis=1).reshape(-1).astype(np.int64)
    keys = np.minimum(starts, ends) * (int(faces.max()) + 1) + np.maximum(starts, ends)
    order = np.argsort(keys, kind="stable")
    same = keys[order[1:]] == keys[order[:-1]]
    return order[:-1][same], order[1:][same]


def _next_corner(corner: NDArray[np.int64]) -> NDArray[np.int64]:
    return corner // 3 * 3 + (corner + 1) % 3


def _at_vertex(
    faces: NDArray[np.int32], corner: NDArray[np.int64], edge: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The end of each half-edge that lies at the vertex of `corner`."""
    flat = faces.reshape(-1)
    return np.where(flat[edge] == flat[corner], edge, _next_corner(edge))


def _unit_rows(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of length 1; a row without direction (a face without area) points up."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 1e-20, vectors / np.maximum(lengths, 1e-20), [0.0, 1.0, 0.0])
