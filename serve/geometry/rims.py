"""The rims of a surface as loops of half-edges, in the order in which a patch over the hole meets them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import EdgeMatch, fan_labels, next_corner
from serve.geometry.topology import graph_labels

__all__ = ["rim_loops"]

_ROUND_COUNT = 16


def rim_loops(faces: NDArray[np.int32], match: EdgeMatch) -> list[NDArray[np.int64]]:
    """The rims of a mesh, those of equal length together.

    Where two fans of faces touch at a vertex, the holes between them are kept apart: each loop goes on along
    the other fan, unless it would come back to that vertex.

    Args:
        faces: int32 [F, 3], wound alike and cut apart, but that two open fans may share a vertex.
        match: Of its half-edges.

    Returns:
        For each length n that occurs, int64 [L, n]: the half-edges of L loops, each from the loop's lowest
        half-edge on, against their own way: a patch's edge runs from the end of each to its start. A loop
        that meets a vertex twice is left out.
    """
    rims = match.rims
    if len(rims) == 0:
        return []
    starts, ends = faces[rims // 3, rims % 3], faces[rims // 3, (rims + 1) % 3]
    following = _following(faces, match, starts, ends)
    lowest, ranks = _ranked(following)
    order = np.lexsort((ranks, lowest))
    loop_starts = np.flatnonzero(np.r_[True, lowest[order[1:]] != lowest[order[:-1]]])
    lengths = np.diff(np.r_[loop_starts, len(order)])
    groups = [
        rims[order[loop_starts[lengths == length][:, None] + np.arange(length)]]
        for length in np.unique(lengths).tolist()
    ]
    return [loops[_meets_each_once(faces, loops)] for loops in groups]


def _following(
    faces: NDArray[np.int32], match: EdgeMatch, starts: NDArray[np.int32], ends: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Of each rim half-edge the one that ends where it starts; at a vertex with two, as `rim_loops` says."""
    order = np.argsort(ends, kind="stable")
    low = np.searchsorted(ends[order], starts)
    one, other = order[low], order[np.minimum(low + 1, len(order) - 1)]
    is_double = ends[other] == starts
    if not is_double.any():
        return one
    fans = fan_labels(faces, match.first, match.second)
    own_fan = fans[next_corner(match.rims[one])] == fans[match.rims]
    within, across = np.where(own_fan, one, other), np.where(own_fan, other, one)
    crosses = is_double.copy()
    following = one
    for _ in range(_ROUND_COUNT):
        following = np.where(is_double, np.where(crosses, across, within), one)
        loop = graph_labels(np.arange(len(following)), following, len(following))
        comes_back = crosses & (loop[one] == loop[other])
        if not comes_back.any():
            break
        crosses &= ~comes_back
    return following


def _meets_each_once(faces: NDArray[np.int32], loops: NDArray[np.int64]) -> NDArray[np.bool_]:
    vertices = np.sort(faces[loops // 3, loops % 3], axis=1)
    return np.asarray((vertices[:, 1:] != vertices[:, :-1]).all(axis=1))


def _ranked(following: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each node of a set of rings, the ring's lowest node and the steps from that node to it.

    By pointer doubling, Wyllie 1979.
    """
    count = len(following)
    lowest, jump = np.arange(count), following
    for _ in range(count.bit_length()):
        lowest, jump = np.minimum(lowest, lowest[jump]), jump[jump]
    is_end = lowest[following] == following  # the step after it leads to the lowest
    jump, steps = np.where(is_end, np.arange(count), following), np.where(is_end, 0, 1)
    for _ in range(count.bit_length()):
        steps, jump = steps + steps[jump], jump[jump]
    lengths = np.bincount(lowest, minlength=count)
    return lowest, lengths[lowest] - 1 - steps
