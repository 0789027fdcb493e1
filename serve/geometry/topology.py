"""What an indexed triangle mesh is, apart from where it lies: closed or open, one piece or many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["compact", "component_labels", "edge_keys", "graph_labels", "is_closed", "signed_volumes"]


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


def graph_labels(first: NDArray[np.int64], second: NDArray[np.int64], node_count: int) -> NDArray[np.int64]:
    """Connected components: a label int64 [node_count] for each node, the lowest node that links join it to.

    Every tree hooks its root under a lower one that a link shows it, then all are flattened: Shiloach and
    Vishkin 1982.

    Args:
        first: int64 [L], one end of each link.
        second: int64 [L], the other.
        node_count: How many nodes there are.
    """
    labels = np.arange(node_count)
    while True:
        roots, others = labels[first], labels[second]
        apart = roots != others
        if not apart.any():
            return labels
        first, second, roots, others = first[apart], second[apart], roots[apart], others[apart]
        np.minimum.at(labels, np.maximum(roots, others), np.minimum(roots, others))
        above = labels[labels]
        while not np.array_equal(above, labels):
            labels, above = above, above[above]


def component_labels(faces: NDArray[np.int32], vertex_count: int) -> NDArray[np.int64]:
    """A label int64 [V] for each vertex: the lowest vertex that int32 [F, 3] faces join it to."""
    corners = faces.astype(np.int64)
    return graph_labels(corners[:, :2].reshape(-1), corners[:, 1:].reshape(-1), vertex_count)


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
