"""Spans a closed loop in space with triangles that go on smoothly from the surface around it.

Source: Liepa 2003, "Filling Holes in Meshes", the minimum over all triangulations by dynamic programming
(Barequet and Sharir 1995), for many loops at a time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORBIDDEN", "MOST_POINTS", "span_loops"]

MOST_POINTS = 48  # of a loop: the work grows with the third power
FORBIDDEN = 1e6  # what a chord costs that the surface has as an edge already
_BEND_STEPS = 16.0  # bends are compared in 32 steps from flat to folded; area and chords decide within one
_CHORD = 0.05  # weight of a chord's squared length against area, which is the same for all in a plane


def span_loops(
    points: NDArray[np.float64], normals: NDArray[np.float64], taken: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Triangulate L loops of n points each, without new points.

    The largest bend between neighbouring triangles is smallest, those around the loop included; then the
    area, and the chords.

    Args:
        points: float64 [L, n, 3], counter-clockwise seen from outside; 3 to `MOST_POINTS` of them.
        normals: float64 [L, n, 3], of the face beyond the edge from each point to the next; zero for none.
        taken: bool [L, n, n], chords i < j that must not be drawn.

    Returns:
        Triangles int64 [L, n - 2, 3], indices of points, and whether each loop could do without the taken
        chords, bool [L].
    """
    loop_count, count, _ = points.shape
    edges = np.roll(points, -1, axis=1) - points
    scale = np.maximum(np.einsum("lni,lni->l", edges, edges), 1e-300)[:, None]
    bends = np.zeros((loop_count, count, count))
    sizes = np.zeros((loop_count, count, count))
    apexes = np.zeros((loop_count, count, count), np.int64)
    across = np.zeros((loop_count, count, count, 3))
    steps = np.arange(count - 1)
    across[:, steps, steps + 1] = normals[:, :-1]
    rows = np.arange(loop_count)[:, None]
    for span in range(2, count):
        low = np.arange(count - span)
        high, middle = low + span, low[:, None] + np.arange(1, span)
        crosses = np.cross(
            points[:, middle] - points[:, low, None], points[:, high, None] - points[:, low, None]
        )
        lengths = np.linalg.norm(crosses, axis=3)
        units = crosses / np.maximum(lengths, 1e-300)[..., None]
        low_side, high_side = (low[:, None], middle), (middle, high[:, None])
        bend = np.maximum(bends[:, *low_side], bends[:, *high_side])
        size = sizes[:, *low_side] + sizes[:, *high_side] + 0.5 * lengths / scale[..., None]
        for side in (low_side, high_side):
            bend = np.maximum(bend, _bend(units, across[:, *side]))
        if span == count - 1:
            bend = np.maximum(bend, _bend(units, normals[:, -1][:, None, None]))
        best = (np.round(bend * _BEND_STEPS) + size).argmin(axis=2)
        cells = (rows, np.arange(len(low))[None, :], best)
        bends[:, low, high], sizes[:, low, high] = bend[cells], size[cells]
        across[:, low, high], apexes[:, low, high] = units[cells], low + 1 + best
        if span < count - 1:
            chords = points[:, high] - points[:, low]
            sizes[:, low, high] += _CHORD * np.einsum("lni,lni->ln", chords, chords) / scale
            bends[:, low, high] += FORBIDDEN * taken[:, low, high]
    return _triangles(apexes), bends[:, 0, -1] < FORBIDDEN


def _bend(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 - cos of the angle between unit normals, 0 where one of them is zero: a face without area is flat."""
    cosines = np.einsum("lnmi,lnmi->lnm", first, np.broadcast_to(second, first.shape))
    known = (np.abs(first) > 0.0).any(axis=3) & (np.abs(second) > 0.0).any(axis=3)
    return np.where(known, 1.0 - cosines, 0.0)


def _triangles(apexes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The triangles [L, n - 2, 3] that the apex over each chord tells, from the longest chord down."""
    loop_count, count, _ = apexes.shape
    loops = np.arange(loop_count)
    triangles = np.zeros((loop_count, count - 2, 3), np.int64)
    waiting = np.zeros((loop_count, count, 2), np.int64)
    waiting[:, 0, 1] = count - 1
    depth = np.ones(loop_count, np.int64)
    for place in range(count - 2):
        # A chord between neighbours needs no triangle: those are never put on the stack.
        depth -= 1
        low, high = waiting[loops, depth].T
        apex = apexes[loops, low, high]
        triangles[:, place] = np.stack([low, apex, high], axis=1)
        for start, end in ((low, apex), (apex, high)):
            open_chord = end - start > 1
            waiting[loops[open_chord], depth[open_chord]] = np.stack([start, end], 1)[open_chord]
            depth += open_chord
    return triangles
