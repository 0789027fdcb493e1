"""The one mesh that stages pass on: an indexed surface whose faces belong to named parts.

Convention everywhere inside Galatea: right-handed, Y up, front towards +Z, metres, counter-clockwise
faces seen from outside (as glTF 2.0, section 3.4). Exporters turn the axes where a format's users expect it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError

__all__ = ["PartMesh", "Surface", "TextureMaps", "check_finite", "vertex_normals", "without_textures"]


@dataclass(frozen=True, slots=True)
class Surface:
    """A named part of an asset and what it is made of.

    Args:
        name: Unique within the asset, fit for a file: `leg`, `leg_2`, `shade`.
        material: One of `serve.geometry.materials.MATERIALS`, such as `wood`.
        base_color: Linear RGB, each in [0, 1].
        roughness: GGX perceptual roughness in [0, 1] (alpha = roughness squared).
        metallic: 0 for a dielectric, 1 for a metal.
        opacity: 1 is opaque; below 1 is glass.
        texture: Index into the mesh's `textures`, or -1. A texture's values are the look itself; colour,
            roughness and metallic above are then their means, for formats that hold no textures.
    """

    name: str
    material: str
    base_color: tuple[float, float, float]
    roughness: float
    metallic: float
    opacity: float = 1.0
    texture: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class TextureMaps:
    """Pictures over the unit square of the texture coordinates, all of one size; as glTF 2.0 has them.

    Row 0 is v = 0 and column 0 is u = 0: the upper left corner. Coordinates outside [0, 1] repeat.

    Args:
        base_color: uint8 [H, W, 3], sRGB.
        orm: uint8 [H, W, 3], linear: ambient occlusion, roughness, metallic; None where the surface's
            numbers hold all over, unoccluded.
        normal: uint8 [H, W, 3]: tangent-space unit vector as 0.5 + 0.5 n, +Y along growing v upwards in the
            picture (OpenGL's and glTF's); None for none.
    """

    base_color: NDArray[np.uint8]
    orm: NDArray[np.uint8] | None = None
    normal: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PartMesh:
    """A surface with a part for every face; closed, but for what others have made.

    Args:
        vertices: float32 [V, 3], metres. Shared between faces, so that a closed surface stays closed: what
            differs from face to face at a vertex stands at the corners below.
        faces: int32 [F, 3], indices into `vertices`, counter-clockwise from outside.
        face_part: int32 [F], index into `surfaces`.
        surfaces: The parts; one may own no face.
        corner_color: float32 [F, 3, 3], linear RGB in [0, 1], in the place of the surfaces' colours where a
            surface has no texture; None for none.
        corner_uv: float32 [F, 3, 2], texture coordinates; None for none.
        textures: What `Surface.texture` counts.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    face_part: NDArray[np.int32]
    surfaces: tuple[Surface, ...]
    corner_color: NDArray[np.float32] | None = None
    corner_uv: NDArray[np.float32] | None = None
    textures: tuple[TextureMaps, ...] = ()

    @property
    def bounds(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The lowest and highest corner, float32 [3] each, metres."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)


def check_finite(mesh: PartMesh) -> None:
    """Refuse what no step after the repair can work on.

    Raises:
        InvalidRequestError: A vertex is not finite.
    """
    if not np.isfinite(mesh.vertices).all():
        raise InvalidRequestError("the mesh has a vertex that is not finite; ask for repair", "mesh")


def without_textures(mesh: PartMesh) -> PartMesh:
    """The mesh with the mean looks of its surfaces in the place of textures; coordinates stay."""
    surfaces = tuple(replace(surface, texture=-1) for surface in mesh.surfaces)
    return replace(mesh, surfaces=surfaces, textures=())


def vertex_normals(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float32]:
    """Unit normals float32 [V, 3], each the mean of its faces' normals weighted by their area.

    Weighting by area keeps the large flat faces of a decimated box flat.
    """
    corners = vertices[faces].astype(np.float64)
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sums = np.zeros((len(vertices), 3))
    for corner in range(3):
        np.add.at(sums, faces[:, corner], face_normals)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0])
    return np.where(lengths > 1e-20, sums / np.maximum(lengths, 1e-20), up).astype(np.float32)
