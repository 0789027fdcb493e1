"""A mesh that can be asked where it is nearest, and whether points are inside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.geometry.slicing import slices_of
from serve.geometry.topology import signed_volumes
from serve.geometry.warp_setup import ensure_warp
from serve.motion.rigging.volume_kernels import nearest_face_kernel, side_kernel

__all__ = ["Solid", "SolidPlaces", "solid_of"]

_FIRST_COUNT = 1_024  # points of the first launch


@dataclass(frozen=True, slots=True, eq=False)
class SolidPlaces:
    """What is nearest to some points.

    Args:
        faces: int32 [P].
        points: float64 [P, 3], metres, on those faces.
        distances: float64 [P], metres.
    """

    faces: NDArray[np.int32]
    points: NDArray[np.float64]
    distances: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """A mesh as Warp searches it.

    Args:
        tree: With winding numbers.
        check: Called now and then; may raise.
        device: A Warp device.
    """

    tree: wp.Mesh
    check: Callable[[], None]
    device: str

    def nearest(self, points: NDArray[np.float64]) -> SolidPlaces:
        """What of the surface is nearest to points [P, 3]."""
        asked = wp.array(points.astype(np.float32), dtype=wp.vec3, device=self.device)
        faces = wp.zeros(len(points), dtype=wp.int32, device=self.device)
        places = wp.zeros(len(points), dtype=wp.vec3, device=self.device)
        distances = wp.zeros(len(points), dtype=float, device=self.device)
        for part in slices_of(len(points), self.check, first_count=_FIRST_COUNT):
            inputs = [self.tree.id, asked[part], faces[part], places[part], distances[part]]
            wp.launch(nearest_face_kernel, dim=part.stop - part.start, inputs=inputs, device=self.device)
        return SolidPlaces(
            faces.numpy(), places.numpy().astype(np.float64), distances.numpy().astype(np.float64)
        )

    def is_inside(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether points [P, 3] are inside, bool [P]: the winding number there is above one half."""
        asked = wp.array(points.astype(np.float32), dtype=wp.vec3, device=self.device)
        sides = wp.zeros(len(points), dtype=float, device=self.device)
        for part in slices_of(len(points), self.check, first_count=_FIRST_COUNT):
            inputs = [self.tree.id, asked[part], sides[part]]
            wp.launch(side_kernel, dim=part.stop - part.start, inputs=inputs, device=self.device)
        return np.asarray(sides.numpy() < 0)


def solid_of(mesh: PartMesh, check: Callable[[], None] = lambda: None, device: str = "cpu") -> Solid:
    """The solid that a mesh encloses; pieces may overlap, and all of it may be inside out."""
    ensure_warp()
    points = wp.array(mesh.vertices, dtype=wp.vec3, device=device)
    is_inside_out = float(signed_volumes(mesh.vertices, mesh.faces).sum()) < 0
    faces = mesh.faces[:, ::-1] if is_inside_out else mesh.faces
    indices = wp.array(faces.reshape(-1), dtype=wp.int32, device=device)
    return Solid(wp.Mesh(points=points, indices=indices, support_winding_number=True), check, device)
