"""What an indexed triangle mesh is, apart from where it lies: closed or open, one piece or many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["compact", "component_labels", "edge_keys", "is_closed", "signed_volumes"]


def edge_keys(faces: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the 3F directed edges of int32 [F, 3] faces and of their reverses, int64 [3F] each.

    Edge 3f+i runs from corner i of face f to the next. Equal numbers mean equal edges.
    """
    starts = faces.reshape(-1).astype(np.int64)
    ends = np.roll(faces, -1, axis=1).reshape(-1).astype(np.int64)
    span = int(faces.max(initial=0)) + 1
    return starts * span + ends, ends * span + starts


def is_closed(faces: NDArray[np.int32]) -> bool:
    """Whether every edge is shared by exactly two faces that run along it in opposite directions."""
    forward, backward = edge_keys(faces)
    forward.sort()
    backward.sort()
    unique = bool((forward[1:] != forward[:-1]).all())
    return len(faces) > 0 and unique and np.array_equal(forward, backward)


def component_labels(faces: NDArray[np.int32], vertex_count: int) -> NDArray[np.int64]:
    """A label int64 [V] for each vertex: the lowest vertex that faces join it to.

    By label propagation with pointer jumping.
    """
    labels = np.arange(vertex_count)
    while True:
        lowest = labels[faces].min(axis=1)
        spread = labels.copy()
        for corner in range(3):
            # The root goes down together with the vertex, so that whole trees hang themselves lower.
            np.minimum.at(spread, labels[faces[:, corner]], lowest)
        spread = spread[spread]
        if np.array_equal(spread, labels):
            return labels
        labels = spread


def compact(
    vertices: NDArray[np.float32], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The same faces without the vertices that none of them uses."""
    used = np.zeros(len(vertices), bool)
    used[faces] = True
    places = (np.cumsum(used) - 1).astype(np.int32)
    return vertices[used], places[faces]


def signed_volumes(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    """Each face's share float64 [F] of the enclosed volume: its tetrahedron with the vertices' mean."""
    if len(vertices) == 0:
        return np.zeros(len(faces))
    corners = (vertices - vertices.mean(axis=0, dtype=np.float64))[faces]
    normals = np.cross(corners[:, 0], corners[:, 1])
    return np.asarray(np.einsum("ij,ij->i", normals, corners[:, 2]) / 6.0)
