"""The order of faces in which the triangle codec needs little more than a byte for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["walk_faces"]


def walk_faces(faces: NDArray[np.integer]) -> NDArray[np.int64]:
    """An order int64 [F] of faces [F, 3] in which most share an edge with the one before.

    From face to face over the edge on the same hand, as far as it goes, then back to the last edge that leads
    to a face not yet seen. So the walk winds around itself, and the vertices on its inner side were seen a
    moment ago.
    """
    neighbours, sides = (table.tolist() for table in _across_edges(faces))
    seen, order = [False] * len(faces), []
    for seed in range(len(faces)):
        ahead = [(seed, 0)]
        while ahead:
            face, side = ahead.pop()
            if seen[face]:
                continue
            seen[face] = True
            order.append(face)
            for edge in (side, (side + 1) % 3, (side + 2) % 3):
                neighbour = neighbours[face][edge]
                if neighbour >= 0 and not seen[neighbour]:
                    ahead.append((neighbour, sides[face][edge]))
    return np.array(order, np.int64)


def _across_edges(faces: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The face over each edge [F, 3], -1 for none, and which edge of it that is; edge i leaves corner i."""
    starts = faces.reshape(-1).astype(np.int64)
    ends = np.roll(faces, -1, axis=1).reshape(-1).astype(np.int64)
    span = int(faces.max()) + 1
    forward, backward = starts * span + ends, ends * span + starts
    order = np.argsort(forward, kind="stable")
    places = np.minimum(np.searchsorted(forward[order], backward), len(order) - 1)
    found = np.where(forward[order][places] == backward, order[places], -1).reshape(-1, 3)
    return np.where(found >= 0, found // 3, -1), found % 3
