"""Meshes and part sets as named arrays of numbers and back: what the artifact store can hold.

Text travels as UTF-8 JSON in a uint8 array. Equal objects give equal arrays, and what comes back is equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh, Surface, TextureMaps
from serve.geometry.parts import KINDS, Part, PartSet

__all__ = ["mesh_from_arrays", "mesh_to_arrays", "parts_from_arrays", "parts_to_arrays"]

_MAP_NAMES = ("base_color", "orm", "normal")


def mesh_to_arrays(mesh: PartMesh) -> dict[str, NDArray[Any]]:
    """The mesh as arrays.

    Returns:
        `vertices` float32 [V, 3], `faces` int32 [F, 3], `face_part` int32 [F], `surface_words` uint8 [bytes]:
        JSON of a name and a material for each of S surfaces; `surface_looks` float64 [S, 6]: base colour,
        roughness, metallic, opacity (float64, so that they come back as they were). Where the mesh has them:
        `corner_color`, `corner_uv`, and with textures `surface_texture` int32 [S] and for each of them
        `texture_N_base_color`, `texture_N_orm`, `texture_N_normal`.
    """
    words = [[surface.name, surface.material] for surface in mesh.surfaces]
    looks = [(*s.base_color, s.roughness, s.metallic, s.opacity) for s in mesh.surfaces]
    arrays: dict[str, NDArray[Any] | None] = {
        "vertices": mesh.vertices,
        "faces": mesh.faces,
        "face_part": mesh.face_part,
        "surface_words": _text_array(words),
        "surface_looks": np.array(looks, np.float64).reshape(-1, 6),
        "corner_color": mesh.corner_color,
        "corner_uv": mesh.corner_uv,
    }
    if mesh.textures:
        arrays["surface_texture"] = np.array([surface.texture for surface in mesh.surfaces], np.int32)
    for index, maps in enumerate(mesh.textures):
        arrays |= {f"texture_{index}_{name}": getattr(maps, name) for name in _MAP_NAMES}
    return {name: array for name, array in arrays.items() if array is not None}


def mesh_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> PartMesh:
    """The mesh of `mesh_to_arrays`.

    Raises:
        KeyError: An array is missing.
    """
    words = json.loads(arrays["surface_words"].tobytes())
    looks = arrays["surface_looks"].tolist()
    textures = arrays.get("surface_texture", np.full(len(words), -1, np.int32)).tolist()
    surfaces = [
        Surface(name, material, (look[0], look[1], look[2]), look[3], look[4], look[5], texture)
        for (name, material), look, texture in zip(words, looks, textures, strict=True)
    ]
    return PartMesh(
        arrays["vertices"],
        arrays["faces"],
        arrays["face_part"],
        tuple(surfaces),
        arrays.get("corner_color"),
        arrays.get("corner_uv"),
        _textures(arrays),
    )


def _textures(arrays: Mapping[str, NDArray[Any]]) -> tuple[TextureMaps, ...]:
    count = sum(name.endswith("_base_color") for name in arrays)
    return tuple(
        TextureMaps(**{name: arrays.get(f"texture_{index}_{name}") for name in _MAP_NAMES})  # type: ignore[arg-type]
        for index in range(count)
    )


def parts_to_arrays(shape: PartSet) -> dict[str, NDArray[Any]]:
    """The shape as arrays.

    Returns:
        `part_words` uint8 [bytes]: JSON of a role and a material for each of P parts; `part_kinds` int32 [P],
        index into `KINDS`; `part_numbers` float64 [P, 24]: centre, half size, rotation (row-major), colour,
        rounding, taper x, taper z, hollow, cut, blend.
    """
    return {
        "part_words": _text_array([[part.role, part.material] for part in shape.parts]),
        "part_kinds": np.array([KINDS.index(part.kind) for part in shape.parts], np.int32),
        "part_numbers": np.array([_numbers(part) for part in shape.parts]).reshape(-1, 24),
    }


def parts_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> PartSet:
    """The shape of `parts_to_arrays`.

    Raises:
        KeyError: An array is missing.
    """
    words = json.loads(arrays["part_words"].tobytes())
    kinds = [KINDS[index] for index in arrays["part_kinds"].tolist()]
    rows = zip(words, kinds, arrays["part_numbers"], strict=True)
    return PartSet(tuple(_part(role, material, kind, numbers) for (role, material), kind, numbers in rows))


def _numbers(part: Part) -> NDArray[np.float64]:
    shape = (part.rounding, part.taper_x, part.taper_z, part.hollow, part.cut, part.blend)
    return np.concatenate([part.centre, part.half_size, part.rotation.reshape(-1), part.color, shape])


def _part(role: str, material: str, kind: str, numbers: NDArray[np.float64]) -> Part:
    red, green, blue, *shape = numbers[15:].tolist()
    rotation = numbers[6:15].reshape(3, 3)
    return Part(role, kind, numbers[:3], numbers[3:6], rotation, (red, green, blue), material, *shape)


def _text_array(words: list[list[str]]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(words).encode(), np.uint8)
