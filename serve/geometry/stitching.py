"""Makes a surface two-sided along every edge again, where simplification has let it touch itself.

A map of the vertices that drops the faces it flattens takes a closed surface to one in which every directed
edge occurs as often as its reverse. Such a surface can be cut where it touches itself and sewn up in pairs:
Gueziec, Taubin, Lazarus and Horn 2001, "Cutting and Stitching: Converting Sets of Polygons to Manifold
Surfaces".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import fan_labels, match_edges
from serve.geometry.topology import compact, is_closed

__all__ = ["pairs_around", "split_vertices", "stitched"]

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
    match = match_edges(faces)
    pairs = pairs_around(vertices, faces, match.crowded, match.crowd)
    first, second = np.concatenate([np.stack([match.first, match.second], 1), pairs]).T
    return compact(*split_vertices(vertices, faces, fan_labels(faces, first, second)))


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


def pairs_around(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    half_edges: NDArray[np.int64],
    edge: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Pairs [n, 2] of half-edges on one edge whose faces have the inside between them.

    They are matched like brackets by their angle around the edge. A forward face looks towards growing
    angles, so the inside lies between it and the backward face before it. One too many stays alone.

    Args:
        vertices: float32 [V, 3].
        faces: int32 [F, 3].
        half_edges: int64 [N]; 3f+i runs from corner i of face f to the next.
        edge: int64 [N], rising: which edge each lies on.
    """
    is_forward, angles = _around_edges(vertices, faces, half_edges)
    order = np.lexsort((angles, edge))
    pairs = [np.zeros((0, 2), np.int64)]
    while len(order):
        groups = edge[order]
        is_last = np.r_[groups[1:] != groups[:-1], True]
        is_first = np.r_[True, is_last[:-1]]
        following = np.arange(1, len(order) + 1)
        following[is_last] = np.flatnonzero(is_first)
        found = np.flatnonzero(~is_forward[order] & is_forward[order[following]])
        if len(found) == 0:
            break
        pairs.append(half_edges[np.stack([order[following[found]], order[found]], axis=1)])
        order = np.delete(order, np.concatenate([found, following[found]]))
    return np.concatenate(pairs)


def _around_edges(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], half_edges: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether each half-edge runs to its higher vertex, and its face's angle around the edge, radians."""
    face, corner = half_edges // 3, half_edges % 3
    starts, ends = faces[face, corner], faces[face, (corner + 1) % 3]
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    axis = (vertices[high] - vertices[low]).astype(np.float64)
    axis /= np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-20)
    side = np.cross(axis, np.eye(3)[np.abs(axis).argmin(axis=1)])
    apexes = (vertices[faces[face, (corner + 2) % 3]] - vertices[low]).astype(np.float64)
    up = np.einsum("ij,ij->i", apexes, np.cross(axis, side))
    return starts < ends, np.arctan2(up, np.einsum("ij,ij->i", apexes, side))


def split_vertices(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], corners: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """A vertex of its own for each fan; those of a vertex with several are nudged apart.

    Args:
        vertices: float32 [V, 3].
        faces: int32 [F, 3].
        corners: int64 [3F], a label for each corner, shared within a fan.
    """
    fans, place = np.unique(corners, return_inverse=True)
    origin = faces.reshape(-1)[fans]
    split = np.bincount(origin, minlength=len(vertices))[origin] > 1
    centres = np.repeat(vertices[faces].mean(axis=1), 3, axis=0)
    sums = np.stack([np.bincount(place, axis) for axis in centres.T], axis=1)
    towards = sums / np.bincount(place)[:, None] - vertices[origin]
    moved = vertices[origin] + np.where(split[:, None], _NUDGE * towards, 0.0)
    return moved.astype(np.float32), place.reshape(-1, 3).astype(np.int32)
