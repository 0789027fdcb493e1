"""What the closed pieces of a mesh enclose, and which of them are turned inside out."""

from __future__ import annotations

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.geometry.half_edges import EdgeMatch, same_way
from serve.geometry.intersection_kernels import count_layers
from serve.geometry.intersections import upload_faces

__all__ = ["inverted_pieces", "piece_volumes"]

# Along no axis or diagonal, so that a ray hits no edge that a maker has aligned with anything.
_DIRECTION = np.array([0.6134, 0.7271, 0.3085])


def piece_volumes(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], pieces: NDArray[np.int64], match: EdgeMatch
) -> NDArray[np.float64]:
    """The volume that each piece encloses, float64 [P], cubic metres; negative where it winds inward.

    It is NaN for a piece that is not closed: that has an edge of one face, of more than two, or of two that
    disagree on which side is out.

    Args:
        vertices: float32 [V, 3].
        faces: int32 [F, 3].
        pieces: int64 [F], the piece of each face: 0, 1, ...
        match: Of the faces' half-edges.
    """
    corners = vertices[faces].astype(np.float64)
    # About a point of its own, so that a small piece far away keeps its digits.
    first = np.unique(pieces, return_index=True)[1]
    corners -= corners[first[pieces], :1]
    shares = np.einsum("ij,ij->i", np.cross(corners[:, 0], corners[:, 1]), corners[:, 2]) / 6.0
    volumes = np.bincount(pieces, shares, minlength=len(first)).astype(np.float64)
    disagreeing = match.first[same_way(faces, match.first, match.second)]
    volumes[pieces[np.concatenate([match.rims, match.crowded, disagreeing]) // 3]] = np.nan
    return volumes


def inverted_pieces(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    pieces: NDArray[np.int64],
    volumes: NDArray[np.float64],
    device: str = "cpu",
) -> NDArray[np.int64]:
    """The closed pieces [n] that wind inward and are no void of a solid around them.

    A piece is a void where a ray from its outermost vertex leaves more solids than it enters.

    Args:
        vertices: float32 [V, 3], finite.
        faces: int32 [F, 3], all with area.
        pieces: int64 [F].
        volumes: float64 [P], as `piece_volumes` has them.
        device: A Warp device.
    """
    inward = np.flatnonzero(volumes < 0.0)
    if len(inward) == 0:
        return inward
    starts = _outermost_points(vertices, faces, pieces, inward)
    table, boxes = upload_faces(vertices, faces, device)
    layers = wp.zeros(len(starts), dtype=wp.int32, device=device)
    inputs = [table, wp.array(starts, dtype=wp.vec3d, device=device), wp.vec3d(*_DIRECTION.tolist())]
    wp.launch(count_layers, len(starts), inputs=inputs, outputs=[layers], device=device)
    inverted = inward[layers.numpy() <= 0]
    del boxes  # it owns what `table` refers to
    return np.asarray(inverted)


def _outermost_points(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    pieces: NDArray[np.int64],
    chosen: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The point of each chosen piece, ascending, that lies farthest along the direction."""
    own = np.flatnonzero(np.isin(pieces, chosen))
    points = vertices[faces[own]].astype(np.float64).reshape(-1, 3)
    piece = np.repeat(pieces[own], 3)
    order = np.lexsort(((points * _DIRECTION).sum(axis=1), piece))
    last = np.r_[piece[order[1:]] != piece[order[:-1]], True]
    return np.asarray(points[order[last]])
