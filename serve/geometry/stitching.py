"""Makes a surface two-sided along every edge again, where simplification has let it touch itself.

A map of the vertices that drops the faces it flattens takes a closed surface to one in which every directed
edge occurs as often as its reverse. Such a surface can be cut where it touches itself and sewn up in pairs:
Gueziec, Taubin, Lazarus and Horn 2001, "Cutting and Stitching: Converting Sets of Polygons to Manifold
Surfaces".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.topology import compact, component_labels, edge_keys, is_closed

__all__ = ["stitched"]

_NUDGE = 2e-3  # parts the copies of a vertex, as a share of the way to its faces' centre


def stitched(
    vertices: NDArray[np.float32], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The same surface, cut apart where it touches itself at an edge.

    Args:
        vertices: float32 [V, 3].
        faces: int32 [F, 3], in which every directed edge occurs as often as its reverse.

    Returns:
        Vertices and faces, no more faces than before: flat ones are left out, and so are pairs that lie back
        to back. The surface is closed, unless it touches itself along an edge whose both ends hold the
        touching sheets together elsewhere: see `serve.geometry.topology.is_closed`.
    """
    faces = _without_back_to_back(_without_flat(faces))
    if is_closed(faces) or len(faces) == 0:
        return compact(vertices, faces)
    first, second = _sewn_edges(vertices, faces)
    corners = _fans(faces, first, second)
    return compact(*_split_vertices(vertices, faces, corners))


def _without_flat(faces: NDArray[np.int32]) -> NDArray[np.int32]:
    a, b, c = faces.T
    return np.asarray(faces[(a != b) & (b != c) & (c != a)])


def _without_back_to_back(faces: NDArray[np.int32]) -> NDArray[np.int32]:
    """The faces without pairs of the same three vertices in opposite orders."""
    ordered = np.sort(faces, axis=1)
    same, group = np.unique(ordered, axis=0, return_inverse=True)
    if len(same) == len(faces):
        return faces
    rolled = np.take_along_axis(faces, (faces.argmin(axis=1)[:, None] + np.arange(3)) % 3, axis=1)
    signs = np.where(rolled[:, 1] < rolled[:, 2], 1, -1)
    surplus = np.bincount(group.reshape(-1), signs)
    keep = np.zeros(len(faces), bool)
    for face in np.flatnonzero(np.sign(surplus[group.reshape(-1)]) == signs):
        place = group.reshape(-1)[face]
        keep[face] = surplus[place] != 0
        surplus[place] -= signs[face] * bool(keep[face])
    return faces[keep]


def _sewn_edges(
    vertices: NDArray[np.float32], faces: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of half-edges to lie on one edge; of more than two, those with inside between them."""
    forward, backward = edge_keys(faces)
    keys = np.minimum(forward, backward)
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.r_[True, keys[order[1:]] != keys[order[:-1]]])
    counts = np.diff(np.r_[starts, len(order)])
    plain = starts[counts == 2]
    pairs = [np.stack([order[plain], order[plain + 1]], axis=1)]
    for start, count in zip(starts[counts > 2].tolist(), counts[counts > 2].tolist(), strict=True):
        edges = order[start : start + count]
        pairs.append(_around_edge(vertices, faces, edges, forward[edges] <= backward[edges]))
    first, second = np.concatenate(pairs).T
    return first, second


def _around_edge(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    edges: NDArray[np.int64],
    is_forward: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Pairs int64 [n, 2] of the half-edges on one edge, matched like brackets by their angle around it.

    A forward face looks towards growing angles, so the inside lies between it and the backward face before
    it.
    """
    corner, face = edges % 3, edges // 3
    start = np.where(is_forward, faces[face, corner], faces[face, (corner + 1) % 3])[0]
    end = np.where(is_forward, faces[face, (corner + 1) % 3], faces[face, corner])[0]
    axis = (vertices[end] - vertices[start]).astype(np.float64)
    axis /= max(float(np.linalg.norm(axis)), 1e-20)
    side = np.cross(axis, np.eye(3)[int(np.abs(axis).argmin())])
    apexes = vertices[faces[face, (corner + 2) % 3]] - vertices[start]
    order = np.argsort(np.arctan2(apexes @ np.cross(axis, side), apexes @ side), kind="stable")
    waiting: list[int] = []
    pairs: list[tuple[int, int]] = []
    for place in [*order.tolist(), *order.tolist()]:  # twice round: a pair may span the angle's jump
        if not is_forward[place] and len(pairs) + len(waiting) < len(edges) // 2:
            waiting.append(place)
        elif is_forward[place] and waiting and all(place != pair[0] for pair in pairs):
            pairs.append((place, waiting.pop()))
    return np.asarray(edges[np.array(pairs)])


def _fans(faces: NDArray[np.int32], first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """A label int64 [3F] for each corner; two share it where sewn edges join their faces at the vertex."""
    after_first, after_second = first // 3 * 3 + (first + 1) % 3, second // 3 * 3 + (second + 1) % 3
    links = np.concatenate([np.stack([first, after_second], 1), np.stack([after_first, second], 1)])
    return component_labels(links[:, [0, 1, 1]], faces.size)


def _split_vertices(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], corners: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """A vertex of its own for each fan; those of a vertex with several are nudged apart."""
    fans, place = np.unique(corners, return_inverse=True)
    origin = faces.reshape(-1)[fans]
    split = np.bincount(origin, minlength=len(vertices))[origin] > 1
    centres = np.repeat(vertices[faces].mean(axis=1), 3, axis=0)
    sums = np.stack([np.bincount(place, axis) for axis in centres.T], axis=1)
    towards = sums / np.bincount(place)[:, None] - vertices[origin]
    moved = vertices[origin] + np.where(split[:, None], _NUDGE * towards, 0.0)
    return moved.astype(np.float32), place.reshape(-1, 3).astype(np.int32)
