"""Puts colours of corners and textures on the device, where a mesh has any."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.geometry.mesh import PartMesh, TextureMaps
from serve.geometry.tangents import corner_tangents
from serve.render.kernels.structs import Looks, Maps
from serve.render.tone import srgb_to_linear

__all__ = ["PlacedLooks", "check_looks", "place_looks"]

_MAP_NAMES = ("base_color", "orm", "normal")


@dataclass(frozen=True, slots=True)
class PlacedLooks:
    """Looks on the device.

    Args:
        table: [1] of Looks, or [0] where the parts' own numbers tell all.
        owners: Of the memory that the table points into; they must outlive every launch.
        corner_uv: vec2 [3F], one of the owners; None where no texture is asked for.
        corner_tangents: vec4 [3F], likewise; None where no normal map is.
    """

    table: wp.array
    owners: tuple[wp.array, ...] = ()
    corner_uv: wp.array | None = None
    corner_tangents: wp.array | None = None


def place_looks(mesh: PartMesh, order: NDArray[np.int64], device: str) -> PlacedLooks:
    """Upload what differs within the parts. On the CPU, textures are read where they are.

    Args:
        mesh: Any.
        order: int64 [F], the faces as the scene has them.
        device: A Warp device: `cpu`, `cuda:0`.

    Raises:
        InvalidRequestError: A colour or a texture coordinate is not finite, or a surface names a texture
            that the mesh has not.
    """
    check_looks(mesh)
    textures = _textures_of_parts(mesh)
    if mesh.corner_color is None and (textures < 0).all():
        return PlacedLooks(wp.zeros(0, dtype=Looks, device=device))
    arrays = _corner_arrays(mesh, order, textures, device)
    maps, pictures = _place_maps(mesh.textures, device)
    arrays |= {
        "part_texture": wp.array(textures, dtype=wp.int32, device=device),
        "maps": maps,
        "linear": wp.array(_byte_levels(True), dtype=float, device=device),
        "plain": wp.array(_byte_levels(False), dtype=float, device=device),
    }
    table = _table([_struct(Looks, arrays)], Looks, device)
    uv, tangents = arrays.get("corner_uv"), arrays.get("corner_tangents")
    return PlacedLooks(table, (*arrays.values(), *pictures), uv, tangents)


def check_looks(mesh: PartMesh) -> None:
    """Refuse colours and textures that cannot be drawn, as `place_looks` does."""
    for name in ("corner_color", "corner_uv"):
        values = getattr(mesh, name)
        if values is not None and not np.isfinite(values).all():
            raise InvalidRequestError(
                f"{name} of the mesh has a number that is not finite; clean it first", "mesh"
            )
    for surface in mesh.surfaces:
        if surface.texture >= len(mesh.textures):
            raise InvalidRequestError(
                f"surface {surface.name!r} names texture {surface.texture} of {len(mesh.textures)}", "mesh"
            )


def _textures_of_parts(mesh: PartMesh) -> NDArray[np.int32]:
    """The texture of each part, int32 [P]; -1 for all of a mesh without coordinates."""
    has_place = mesh.corner_uv is not None
    return np.array([surface.texture if has_place else -1 for surface in mesh.surfaces], np.int32)


def _corner_arrays(
    mesh: PartMesh, order: NDArray[np.int64], textures: NDArray[np.int32], device: str
) -> dict[str, wp.array]:
    """What stands at the 3F corners in the scene's order; arrays of none where nobody asks for it."""
    arrays: dict[str, wp.array] = {}
    if mesh.corner_color is not None:
        colors = np.clip(mesh.corner_color[order], 0.0, 1.0)
        arrays["corner_color"] = _rows(colors, wp.vec3, device)
    used = set(textures[mesh.face_part].tolist()) - {-1}
    if used and mesh.corner_uv is not None:
        arrays["corner_uv"] = _rows(mesh.corner_uv[order], wp.vec2, device)
    if any(mesh.textures[index].normal is not None for index in used):
        arrays["corner_tangents"] = _rows(corner_tangents(mesh)[order], wp.vec4, device)
    return arrays


def _place_maps(textures: tuple[TextureMaps, ...], device: str) -> tuple[wp.array, list[wp.array]]:
    """A table of the textures' maps, and the pictures it points into."""
    rows: list[Any] = []
    owners: list[wp.array] = []
    for texture in textures:
        given = {name: getattr(texture, name) for name in _MAP_NAMES if getattr(texture, name) is not None}
        pictures = {name: _picture(pixels, device) for name, pixels in given.items()}
        rows.append(_struct(Maps, pictures))
        owners += pictures.values()
    return _table(rows, Maps, device), owners


def _picture(pixels: NDArray[np.uint8], device: str) -> wp.array:
    return wp.array(np.ascontiguousarray(pixels), dtype=wp.vec3ub, device=device, copy=False)


def _rows(values: NDArray[np.float32], dtype: Any, device: str) -> wp.array:
    flat = np.asarray(values, dtype=np.float32).reshape(-1, values.shape[-1])
    return wp.array(flat, dtype=dtype, device=device)


def _struct(kind: Any, fields: dict[str, wp.array]) -> Any:
    row = kind()
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def _table(rows: list[Any], kind: Any, device: str) -> wp.array:
    return wp.array(rows, dtype=kind, device=device) if rows else wp.zeros(0, dtype=kind, device=device)


@cache
def _byte_levels(is_srgb: bool) -> NDArray[np.float32]:
    """What each of 256 bytes means in [0, 1], float32."""
    levels = np.arange(256, dtype=np.float32) / np.float32(255.0)
    return srgb_to_linear(levels) if is_srgb else levels
