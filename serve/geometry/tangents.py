"""Tangents: which way a texture runs over a surface, so that all who read a normal map read the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.creases import corner_normals
from serve.geometry.mesh import PartMesh

__all__ = ["corner_tangents"]


def corner_tangents(mesh: PartMesh) -> NDArray[np.float32]:
    """Tangents float32 [F, 3, 4] as glTF 2.0 (section 3.7.2.1) has them: unit, and the bitangent's sign.

    The gradient of u over each face, averaged over the corners that share position, normal, coordinates and
    handedness, each weighted by its angle, and made perpendicular to the corner's normal, which is that of
    `serve.geometry.creases.corner_normals`. Bitangent = sign * cross(normal, tangent), along which v falls.

    Args:
        mesh: With `corner_uv`.

    Raises:
        ValueError: The mesh has no texture coordinates.
    """
    if mesh.corner_uv is None:
        raise ValueError("the mesh has no texture coordinates: unwrap it first")
    normals = corner_normals(mesh.vertices, mesh.faces).reshape(-1, 3).astype(np.float64)
    gradients, signs = _face_gradients(mesh.vertices[mesh.faces].astype(np.float64), mesh.corner_uv)
    flat = _perpendicular(np.repeat(gradients, 3, axis=0), normals)
    weights = _corner_angles(mesh.vertices[mesh.faces].astype(np.float64)).reshape(-1, 1)
    signs = np.repeat(signs, 3)
    groups = _alike(mesh, normals, signs)
    sums = np.stack([np.bincount(groups, axis) for axis in (flat * weights).T], axis=1)
    tangents = _perpendicular(np.asarray(sums[groups], np.float64), normals)
    return np.concatenate([tangents, signs[:, None]], axis=1).reshape(-1, 3, 4).astype(np.float32)


def _face_gradients(
    corners: NDArray[np.float64], uv: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where u grows over each face [F, 3], and on which side of it v falls: 1 or -1, [F]."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    steps = uv.astype(np.float64)
    (u1, v1), (u2, v2) = (steps[:, 1] - steps[:, 0]).T, (steps[:, 2] - steps[:, 0]).T
    area = u1 * v2 - u2 * v1
    along = np.where(area < 0.0, -1.0, 1.0)[:, None]
    gradient = along * (v2[:, None] * first - v1[:, None] * second)
    # v runs down the picture: a chart that is not mirrored has a negative area in (u, v), and sign 1.
    return gradient, np.where(area < 0.0, 1.0, -1.0)


def _corner_angles(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The angle at each corner, radians, [F, 3]."""
    ahead = np.roll(corners, -1, axis=1) - corners
    back = np.roll(corners, 1, axis=1) - corners
    cross = np.linalg.norm(np.cross(ahead, back), axis=2)
    return np.asarray(np.arctan2(cross, np.einsum("fij,fij->fi", ahead, back)))


def _alike(mesh: PartMesh, normals: NDArray[np.float64], signs: NDArray[np.float64]) -> NDArray[np.int64]:
    """A label int64 [3F], the same for corners that a file would write as one vertex."""
    assert mesh.corner_uv is not None
    row = np.dtype([("vertex", "<i4"), ("normal", "<f4", 3), ("uv", "<f4", 2), ("sign", "<f4")])
    rows = np.zeros(mesh.faces.size, row)
    rows["vertex"], rows["normal"] = mesh.faces.reshape(-1), normals
    rows["uv"], rows["sign"] = mesh.corner_uv.reshape(-1, 2), signs
    _, labels = np.unique(rows.view(f"V{row.itemsize}"), return_inverse=True)
    return np.asarray(labels.reshape(-1), np.int64)


def _perpendicular(vectors: NDArray[np.float64], normals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors in the planes of the normals; any one where a vector has no part in its plane."""
    flat = vectors - normals * np.einsum("ij,ij->i", vectors, normals)[:, None]
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    axis = np.eye(3)[np.abs(normals).argmin(axis=1)]
    other = np.cross(normals, axis)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    return np.where(lengths > 1e-12, flat / np.maximum(lengths, 1e-12), other)
