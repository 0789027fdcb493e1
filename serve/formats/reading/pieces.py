"""What every parser gives: pieces as they lie in the file, before they become one surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh, TextureMaps

__all__ = ["PLAIN", "Look", "Loose", "Piece", "Reading"]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A material of the file.

    Args:
        name: As the file has it.
        base_color: Linear RGB in [0, 1].
        roughness: GGX perceptual roughness in [0, 1].
        metallic: In [0, 1].
        opacity: Below 1 is glass.
        maps: Its pictures; those of looks that share them are the same object.
    """

    name: str
    base_color: tuple[float, float, float]
    roughness: float
    metallic: float
    opacity: float = 1.0
    maps: TextureMaps | None = None


PLAIN = Look("", (0.5, 0.5, 0.5), roughness=0.6, metallic=0.0)
"""What has no material: a light grey, half of the light comes back."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Faces of one name and one look.

    Args:
        name: As the file has it; may be empty, or that of another piece.
        positions: float64 [V, 3], in the file's axes and unit.
        faces: int64 [F, 3], indices into `positions`.
        look: What it is made of.
        corner_color: float32 [F, 3, 3], linear RGB.
        corner_uv: float32 [F, 3, 2], v growing downwards.
        material: A word of `serve.geometry.materials`, where the file says one.
    """

    name: str
    positions: NDArray[np.float64]
    faces: NDArray[np.int64]
    look: Look = PLAIN
    corner_color: NDArray[np.float32] | None = None
    corner_uv: NDArray[np.float32] | None = None
    material: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Loose:
    """A whole file.

    Args:
        pieces: In the file's order.
        up_axis: Which axis points up where a file of this format does not say.
        warnings: What could not be kept, whole sentences.
    """

    pieces: tuple[Piece, ...]
    up_axis: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a file gives.

    Args:
        mesh: Y up, metres; equal positions are one vertex. Its numbers may be NaN.
        warnings: What of the file is not in it, whole sentences.
    """

    mesh: PartMesh
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_indices(self.mesh)


def _check_indices(mesh: PartMesh) -> None:
    """The result comes from a process that parsed what is untrusted: hold it to its own shapes."""
    shapes: dict[str, tuple[Any, tuple[int, ...]]] = {
        "vertices": (mesh.vertices, (len(mesh.vertices), 3)),
        "faces": (mesh.faces, (len(mesh.faces), 3)),
        "face_part": (mesh.face_part, (len(mesh.faces),)),
        "corner_color": (mesh.corner_color, (len(mesh.faces), 3, 3)),
        "corner_uv": (mesh.corner_uv, (len(mesh.faces), 3, 2)),
    }
    for name, (array, shape) in shapes.items():
        if array is not None and array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, not {shape}")
    if len(mesh.faces) == 0 or mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise ValueError(f"faces name vertices outside 0..{len(mesh.vertices) - 1}")
    if mesh.face_part.min() < 0 or mesh.face_part.max() >= len(mesh.surfaces):
        raise ValueError(f"faces name parts outside 0..{len(mesh.surfaces) - 1}")
