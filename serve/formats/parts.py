"""An asset cut into the parts that a file holds, with one named material for every distinct look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh, Surface, TextureMaps

__all__ = ["Look", "WrittenPart", "looks_of", "maps_of", "written_parts"]

_WHITE = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Look:
    """A material of a file: the factors that its textures or vertex colours are multiplied by.

    Args:
        base_color: Linear RGB; white where a texture or the vertices say the colour.
        roughness: 1 where a texture says it.
        metallic: 1 where a texture says it.
        opacity: Below 1 the material is glass and blends; else it is opaque.
        texture: Index into the mesh's textures, or -1.
        takes_colors: Whether the vertices carry the colour.
    """

    base_color: tuple[float, float, float]
    roughness: float
    metallic: float
    opacity: float
    texture: int = -1
    takes_colors: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class WrittenPart:
    """A part that owns at least one face.

    Args:
        surface: Its name and material.
        look: What it looks like.
        material_name: Shared by all parts of the same look: `wood_0`, `metal_1`, `textured_2`.
        face_indices: int64 [F], which of the mesh's faces it owns.
    """

    surface: Surface
    look: Look
    material_name: str
    face_indices: NDArray[np.int64]


def written_parts(mesh: PartMesh) -> tuple[WrittenPart, ...]:
    """The parts that own faces, in the order of `mesh.surfaces`.

    Parts that share a texture share a material, unless one of them is glass and another is not: an asset
    that was baked whole has one material.
    """
    names: dict[tuple[str, Look], str] = {}
    parts = []
    for index, surface in enumerate(mesh.surfaces):
        face_indices = np.flatnonzero(mesh.face_part == index)
        if len(face_indices) > 0:
            look = _look(mesh, surface)
            kind = "textured" if look.texture >= 0 else surface.material
            name = names.setdefault((kind, look), f"{kind}_{len(names)}")
            parts.append(WrittenPart(surface, look, name, face_indices))
    return tuple(parts)


def looks_of(parts: tuple[WrittenPart, ...]) -> dict[str, Look]:
    """Material name -> look, in the order of first use."""
    return {part.material_name: part.look for part in parts}


def maps_of(mesh: PartMesh, look: Look) -> TextureMaps | None:
    """The look's textures."""
    return mesh.textures[look.texture] if look.texture >= 0 else None


def _look(mesh: PartMesh, surface: Surface) -> Look:
    if surface.texture < 0:
        takes_colors = mesh.corner_color is not None
        color = _WHITE if takes_colors else surface.base_color
        return Look(color, surface.roughness, surface.metallic, surface.opacity, takes_colors=takes_colors)
    if mesh.textures[surface.texture].orm is None:
        return Look(_WHITE, surface.roughness, surface.metallic, surface.opacity, surface.texture)
    return Look(_WHITE, 1.0, 1.0, surface.opacity, surface.texture)
