"""The pieces of a mesh: faces that edges of two faces join, and what each of them measures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import EdgeMatch
from serve.geometry.mesh import PartMesh
from serve.geometry.topology import graph_labels

__all__ = ["face_areas", "piece_bounds", "piece_diagonals", "piece_labels", "rimless_pieces"]


def face_areas(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    """The area of each face, float64 [F], square metres."""
    corners = vertices[faces].astype(np.float64)
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(0.5 * np.linalg.norm(doubled, axis=1), np.float64)


def piece_labels(faces: NDArray[np.int32], match: EdgeMatch) -> NDArray[np.int64]:
    """The piece of each face, int64 [F]: 0, 1, ...; faces joined by edges of two faces are one piece."""
    labels = graph_labels(match.first // 3, match.second // 3, len(faces))
    return np.asarray(np.unique(labels, return_inverse=True)[1].reshape(-1), np.int64)


def piece_bounds(
    mesh: PartMesh, pieces: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The lowest and highest corner of each piece, float32 [P, 3] each."""
    corners = mesh.vertices[mesh.faces]
    lower = np.full((int(pieces.max(initial=-1)) + 1, 3), np.inf, np.float32)
    upper = -lower
    for axis in range(3):
        np.minimum.at(lower[:, axis], pieces, corners[:, :, axis].min(axis=1))
        np.maximum.at(upper[:, axis], pieces, corners[:, :, axis].max(axis=1))
    return lower, upper


def piece_diagonals(mesh: PartMesh, pieces: NDArray[np.int64]) -> NDArray[np.float64]:
    """The diagonal of each piece's box, float64 [P]."""
    lower, upper = piece_bounds(mesh, pieces)
    return np.asarray(np.linalg.norm(upper.astype(np.float64) - lower, axis=1))


def rimless_pieces(pieces: NDArray[np.int64], match: EdgeMatch) -> NDArray[np.bool_]:
    """Whether each piece, bool [P], has no open edge; it may touch others at edges of more than two faces."""
    closed = np.ones(int(pieces.max(initial=-1)) + 1, bool)
    closed[pieces[match.rims // 3]] = False
    return closed
