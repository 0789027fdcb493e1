"""Carries what hangs on one surface over to another that lies close to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.geometry.kernels.nearest import nearest_kernel
from serve.geometry.mesh import PartMesh
from serve.geometry.slicing import slices_of
from serve.geometry.warp_setup import ensure_warp

__all__ = ["Nearest", "nearest_on", "with_colors_of", "with_parts_of"]

_FIRST_COUNT = 4_096  # points of the first launch
_INWARD = 0.02  # a corner asks from a little inside its face, so that it gets the colour on its own side


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The nearest points on a mesh.

    Args:
        faces: int32 [N].
        weights: float32 [N, 3], of the corners of each face; they add up to 1.
        points: float32 [N, 3].
    """

    faces: NDArray[np.int32]
    weights: NDArray[np.float32]
    points: NDArray[np.float32]


def nearest_on(
    mesh: PartMesh,
    points: NDArray[np.float32],
    check: Callable[[], None] = lambda: None,
    device: str = "cpu",
) -> Nearest:
    """The point of a mesh, of one face at least, nearest to each of float32 [N, 3] points.

    `check` is called now and then and may raise.
    """
    ensure_warp()
    vertices = wp.array(mesh.vertices, dtype=wp.vec3, device=device)
    indices = wp.array(mesh.faces.reshape(-1), dtype=wp.int32, device=device)
    tree = wp.Mesh(points=vertices, indices=indices)
    faces = wp.zeros(len(points), dtype=wp.int32, device=device)
    weights = wp.zeros(len(points), dtype=wp.vec3, device=device)
    asked = wp.array(points, dtype=wp.vec3, device=device)
    for part in slices_of(len(points), check, first_count=_FIRST_COUNT):
        inputs = [tree.id, asked[part], faces[part], weights[part]]
        wp.launch(nearest_kernel, dim=part.stop - part.start, inputs=inputs, device=device)
    found, shares = faces.numpy(), weights.numpy()
    places = np.einsum("nc,nci->ni", shares, mesh.vertices[mesh.faces[found]])
    return Nearest(found, shares, places.astype(np.float32))


def with_colors_of(source: PartMesh, mesh: PartMesh, check: Callable[[], None] = lambda: None) -> PartMesh:
    """The mesh with the corner colours of the nearest points of another; as it is where that has none."""
    if source.corner_color is None:
        return mesh
    corners = mesh.vertices[mesh.faces]
    asked = corners + np.float32(_INWARD) * (corners.mean(axis=1, keepdims=True) - corners)
    nearest = nearest_on(source, asked.reshape(-1, 3), check)
    colors = np.einsum("nc,nci->ni", nearest.weights, source.corner_color[nearest.faces])
    colors = np.clip(colors, 0.0, 1.0).astype(np.float32)
    return replace(mesh, corner_color=colors.reshape(-1, 3, 3))


def with_parts_of(source: PartMesh, mesh: PartMesh, check: Callable[[], None] = lambda: None) -> PartMesh:
    """The mesh with the parts of another, each face of that nearest to its middle."""
    nearest = nearest_on(source, mesh.vertices[mesh.faces].mean(axis=1), check)
    return replace(mesh, face_part=source.face_part[nearest.faces], surfaces=source.surfaces)
