"""Gives faces without area a little: no file validator, solver or unwrapper likes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["flat_faces", "without_flat_faces"]

_LEAST_HEIGHT = 1e-5  # of a face over its longest side, as a share of that side
_NUDGE = 3e-3
_ROUND_COUNT = 8


def flat_faces(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.int64]:
    """The faces [n] that have no area worth the name."""
    corners = vertices[faces].astype(np.float64)
    sides = np.roll(corners, -1, axis=1) - corners
    doubled = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    longest = np.einsum("fij,fij->fi", sides, sides).max(axis=1)
    return np.flatnonzero(doubled <= _LEAST_HEIGHT * longest)


def without_flat_faces(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float32]:
    """The vertices float32 [V, 3], one of each flat face moved a little towards its neighbours' mean."""
    for _ in range(_ROUND_COUNT):
        flat = flat_faces(vertices, faces)
        if len(flat) == 0:
            return vertices
        moving = np.unique(_opposite_longest(vertices, faces[flat]))
        around = np.isin(faces, moving).any(axis=1)
        near = faces[around]
        counts = np.bincount(near.reshape(-1), minlength=len(vertices))[moving]
        centres = np.repeat(vertices[near].mean(axis=1), 3, axis=0)
        sums = [np.bincount(near.reshape(-1), axis, minlength=len(vertices))[moving] for axis in centres.T]
        vertices = vertices.copy()
        vertices[moving] += (_NUDGE * (np.stack(sums, 1) / counts[:, None] - vertices[moving])).astype(
            np.float32
        )
    return vertices


def _opposite_longest(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.int32]:
    corners = vertices[faces].astype(np.float64)
    lengths = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    corner = (lengths.argmax(axis=1) + 2) % 3
    return np.asarray(faces[np.arange(len(faces)), corner])
