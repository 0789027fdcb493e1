"""An asset cut into the parts that a file holds, with one named material for every distinct look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh, Surface

__all__ = ["WrittenPart", "written_parts"]


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """A part that owns at least one face.

    Args:
        surface: Its name and look.
        material_name: Shared by all parts of the same look: `wood_0`, `metal_1`.
        faces: int32 [F, 3], indices into the whole asset's vertices.
    """

    surface: Surface
    material_name: str
    faces: NDArray[np.int32]


def written_parts(mesh: PartMesh) -> tuple[WrittenPart, ...]:
    """The parts that own faces, in the order of `mesh.surfaces`."""
    material_names: dict[tuple[object, ...], str] = {}
    parts = []
    for index, surface in enumerate(mesh.surfaces):
        faces = mesh.faces[mesh.face_part == index]
        if len(faces) > 0:
            fresh_name = f"{surface.material}_{len(material_names)}"
            parts.append(WrittenPart(surface, material_names.setdefault(_look(surface), fresh_name), faces))
    return tuple(parts)


def _look(surface: Surface) -> tuple[object, ...]:
    return (surface.material, surface.base_color, surface.roughness, surface.metallic, surface.opacity)
