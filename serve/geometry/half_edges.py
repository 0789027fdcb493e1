"""Which half-edges of a mesh lie on one edge, and which corners of faces make one fan around a vertex.

Half-edge 3f+i runs from corner i of face f to the next; corner 3f+i is where it starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.topology import graph_labels

__all__ = ["EdgeMatch", "Matcher", "fan_labels", "match_edges", "next_corner", "same_way"]


@dataclass(frozen=True, slots=True, eq=False)
class EdgeMatch:
    """The half-edges of a mesh by how many lie on their edge.

    Args:
        first: int64 [P], of each edge with two half-edges the one.
        second: int64 [P], the other.
        rims: int64 [R], half-edges that are alone on their edge: the rims of holes.
        crowded: int64 [C], half-edges of edges with more than two, edge by edge.
        crowd: int64 [C], which edge each of those lies on: 0, 0, 0, 1, 1, ...
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    rims: NDArray[np.int64]
    crowded: NDArray[np.int64]
    crowd: NDArray[np.int64]


def match_edges(faces: NDArray[np.int32]) -> EdgeMatch:
    """Match the half-edges of int32 [F, 3] faces by their two ends, whichever way they run."""
    starts = faces.reshape(-1).astype(np.int64)
    ends = np.roll(faces, -1, axis=1).reshape(-1).astype(np.int64)
    keys = np.minimum(starts, ends) * (int(faces.max(initial=0)) + 1) + np.maximum(starts, ends)
    order = np.argsort(keys, kind="stable")
    edge_starts = np.flatnonzero(np.r_[True, keys[order[1:]] != keys[order[:-1]]][: len(order)])
    counts = np.diff(np.r_[edge_starts, len(order)])
    pairs, many = edge_starts[counts == 2], counts > 2
    crowded = order[np.repeat(many, counts)]
    crowd = np.repeat(np.arange(int(many.sum())), counts[many])
    return EdgeMatch(order[pairs], order[pairs + 1], order[edge_starts[counts == 1]], crowded, crowd)


class Matcher:
    """`match_edges` that remembers the faces it saw last: most steps over a sound mesh change nothing."""

    def __init__(self) -> None:
        self._faces: NDArray[np.int32] | None = None
        self._match: EdgeMatch | None = None

    def __call__(self, faces: NDArray[np.int32]) -> EdgeMatch:
        """The match of these faces; they must not be written to meanwhile."""
        if self._match is None or faces is not self._faces:
            self._faces, self._match = faces, match_edges(faces)
        return self._match


def next_corner(corner: NDArray[np.int64]) -> NDArray[np.int64]:
    """The corner after each, in its face."""
    return corner // 3 * 3 + (corner + 1) % 3


def same_way(
    faces: NDArray[np.int32], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether two half-edges of one edge run the same way: their faces disagree on which side is out."""
    flat = faces.reshape(-1)
    return np.asarray(flat[first] == flat[second])


def fan_labels(
    faces: NDArray[np.int32], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A label int64 [3F] for each corner, shared by those at one vertex whose faces are joined there.

    Args:
        faces: int32 [F, 3].
        first: int64 [P], half-edges that are joined to
        second: int64 [P], these.
    """
    flat = faces.reshape(-1)
    after_first, after_second = next_corner(first), next_corner(second)
    turned = flat[first] == flat[second]
    starts, ends = np.where(turned, second, after_second), np.where(turned, after_second, second)
    return graph_labels(np.concatenate([first, after_first]), np.concatenate([starts, ends]), faces.size)
