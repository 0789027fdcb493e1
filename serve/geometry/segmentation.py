"""Gives the faces of a surface to the parts under them, with borders along the lines where two parts meet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from serve.geometry.subdivision import face_edges, split_edges

__all__ = ["Distances", "label_faces", "split_by_part"]

Distances = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From points float32 [N, 3] to the signed distance float32 [N, P] of every part at each."""

SNAP = 0.15  # a border this near to an edge's end, as a share of the edge, passes through the end
_HALVING_COUNT = 3
_NEUTRAL = -1


def label_faces(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], distances: Distances
) -> NDArray[np.int32]:
    """The part nearest to each face's centre, int32 [F]: borders follow the edges that are there."""
    return np.asarray(distances(vertices[faces].mean(axis=1)).argmin(axis=1), np.int32)


def split_by_part(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], distances: Distances
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """Split faces along the lines where two parts are equally near.

    An edge whose ends are nearest to different parts is split where the two are equally near; both its faces
    use the same new vertex, so a closed surface stays closed. A border that passes close to a vertex is led
    through
    it: the vertex moves onto the border, unless that would turn a face over.

    Args:
        vertices: float32 [V, 3].
        faces: int32 [F, 3].
        distances: To every part.

    Returns:
        Vertices, faces and the part of each face, int32.
    """
    labels = distances(vertices).argmin(axis=1)
    edges, place = face_edges(faces)
    crossing = np.flatnonzero(labels[edges[:, 0]] != labels[edges[:, 1]])
    ends = edges[crossing]
    points, share = _borders(vertices, ends, labels, distances)
    at_start, at_end = share < SNAP, share > 1.0 - SNAP
    snapped = np.concatenate([ends[at_start, 0], ends[at_end, 1]])
    targets = np.concatenate([points[at_start], points[at_end]])
    vertices = _snapped(vertices, faces, snapped, targets)
    labels[snapped] = _NEUTRAL
    open_ends = (labels[ends] != _NEUTRAL).all(axis=1)
    split, new_faces = split_edges(vertices, faces, place, crossing[open_ends], points[open_ends])
    labels = np.r_[labels, np.full(len(split) - len(labels), _NEUTRAL)]
    return split, new_faces, _face_labels(split, new_faces, labels, distances)


def _borders(
    vertices: NDArray[np.float32], ends: NDArray[np.int64], labels: NDArray[np.int64], distances: Distances
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Where along each edge its ends' parts are equally near: points float32 [E, 3], shares float64 [E].

    By false position, the first guess from the ends and a few better ones from the points between.
    """
    start, end = vertices[ends[:, 0]], vertices[ends[:, 1]]
    parts = labels[ends]
    rows = np.arange(len(ends))

    def lead(points: NDArray[np.float32]) -> NDArray[np.float64]:
        all_parts = distances(points).astype(np.float64)
        return np.asarray(all_parts[rows, parts[:, 0]] - all_parts[rows, parts[:, 1]])

    low, high = np.zeros(len(ends)), np.ones(len(ends))
    low_lead, high_lead = np.minimum(lead(start), 0.0), np.maximum(lead(end), 0.0)
    share = np.full(len(ends), 0.5)
    points = start
    for _ in range(_HALVING_COUNT):
        gap = high_lead - low_lead
        share = low + (high - low) * np.where(gap > 1e-12, -low_lead / np.maximum(gap, 1e-12), 0.5)
        points = (start + (end - start) * share[:, None]).astype(np.float32)
        now = lead(points)
        is_low = now < 0.0
        low, low_lead = np.where(is_low, share, low), np.where(is_low, now, low_lead)
        high, high_lead = np.where(is_low, high, share), np.where(is_low, high_lead, now)
    return points, share


def _snapped(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    which: NDArray[np.int64],
    targets: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The vertices, those in `which` moved to the mean of their targets where no face turns much by it."""
    counts = np.bincount(which, minlength=len(vertices))
    sums = np.stack([np.bincount(which, axis, minlength=len(vertices)) for axis in targets.T], axis=1)
    moving = counts > 0
    moved = vertices.copy()
    moved[moving] = sums[moving] / counts[moving, None]
    before = _area_vectors(vertices, faces)
    for _ in range(4):
        after = _area_vectors(moved, faces)
        agreement = np.einsum("ij,ij->i", before, after)
        sizes = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
        shrunk = np.einsum("ij,ij->i", after, after) < 0.04 * np.einsum("ij,ij->i", before, before)
        bad = (agreement < 0.95 * sizes) | shrunk
        if not bad.any():
            return moved
        moved[faces[bad]] = vertices[faces[bad]]
    return vertices


def _area_vectors(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    corners = vertices[faces].astype(np.float64)
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def _face_labels(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], labels: NDArray[np.int64], distances: Distances
) -> NDArray[np.int32]:
    """The one part that a face's corners name; where none does, the part nearest to its centre."""
    named = np.asarray(labels[faces].max(axis=1), np.int32)
    silent = np.flatnonzero(named == _NEUTRAL)
    named[silent] = label_faces(vertices, faces[silent], distances)
    return named
