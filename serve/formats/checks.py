"""What every writer refuses: names that break file syntax, empty or broken meshes, looks out of range."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from serve.contracts.errors import InvalidRequestError
from serve.geometry.mesh import PartMesh, Surface

__all__ = ["check_names", "check_writable"]

# What a ZIP entry, an OBJ line and a shell all take without quoting.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_writable(mesh: PartMesh, name: str) -> None:
    """Refuse what no format could hold.

    Args:
        mesh: The asset.
        name: The asset's name inside the file.

    Raises:
        InvalidRequestError: A name is unfit for a file, the mesh is empty, a number is NaN or infinite, an
            index points nowhere, a look leaves [0, 1], or a texture is no picture.
    """
    _check_name(name)
    check_names("part", [surface.name for surface in mesh.surfaces])
    for surface in mesh.surfaces:
        _check_name(surface.material)
    _check_geometry(mesh)
    _check_corners(mesh)
    for surface in mesh.surfaces:
        _check_look(surface)
        _check_texture(mesh, surface)


def check_names(kind: str, names: Sequence[str]) -> None:
    """Refuse names that break file syntax, and repeated ones.

    Args:
        kind: Of what these are the names, in the singular.
        names: Unique within the file.

    Raises:
        InvalidRequestError: A name is unfit for a file, or two are equal.
    """
    for name in names:
        _check_name(name)
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise InvalidRequestError(
            f"two {kind}s are named {repeated[0]!r}: give each {kind} a name of its own"
        )


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidRequestError(
            f"{name!r} cannot name a part of a file: use 1 to 64 letters, digits, '.', '_' or '-', "
            "beginning with a letter or digit"
        )


def _check_geometry(mesh: PartMesh) -> None:
    if len(mesh.vertices) == 0 or len(mesh.faces) == 0:
        raise InvalidRequestError(
            f"the mesh is empty ({len(mesh.vertices)} vertices, {len(mesh.faces)} faces): nothing to write"
        )
    finite = np.isfinite(mesh.vertices).all(axis=1)
    if not finite.all():
        first = int(np.flatnonzero(~finite)[0])
        raise InvalidRequestError(f"vertex {first} is at {mesh.vertices[first].tolist()}: it must be finite")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise InvalidRequestError(f"a face names a vertex outside 0..{len(mesh.vertices) - 1}")
    if len(mesh.face_part) != len(mesh.faces):
        raise InvalidRequestError(
            f"{len(mesh.faces)} faces have {len(mesh.face_part)} part numbers: give one each"
        )
    if mesh.face_part.min() < 0 or mesh.face_part.max() >= len(mesh.surfaces):
        raise InvalidRequestError(f"a face belongs to a part outside 0..{len(mesh.surfaces) - 1}")


def _check_corners(mesh: PartMesh) -> None:
    for name, values, width in (("colours", mesh.corner_color, 3), ("coordinates", mesh.corner_uv, 2)):
        if values is None:
            continue
        if values.shape != (len(mesh.faces), 3, width):
            raise InvalidRequestError(
                f"the corners' {name} are {values.shape}: they must be {(len(mesh.faces), 3, width)}"
            )
        if not np.isfinite(values).all():
            raise InvalidRequestError(f"a corner's {name} are not finite: they must be")
    if mesh.corner_color is not None and not (
        0.0 <= mesh.corner_color.min() <= mesh.corner_color.max() <= 1.0
    ):
        raise InvalidRequestError("a corner's colour leaves [0, 1]: it must be linear light in that range")


def _check_texture(mesh: PartMesh, surface: Surface) -> None:
    if surface.texture < 0:
        return
    if surface.texture >= len(mesh.textures) or mesh.corner_uv is None:
        raise InvalidRequestError(
            f"part {surface.name!r} has texture {surface.texture} of {len(mesh.textures)}: it needs one that "
            "is there, and texture coordinates"
        )
    maps = mesh.textures[surface.texture]
    for texels in (maps.base_color, maps.orm, maps.normal):
        if texels is not None and (texels.ndim != 3 or texels.shape[2] != 3 or texels.size == 0):
            raise InvalidRequestError(
                f"part {surface.name!r} has a texture of {texels.shape}: it must be height, width, 3 channels"
            )


def _check_look(surface: Surface) -> None:
    numbers = (*surface.base_color, surface.roughness, surface.metallic, surface.opacity)
    if not all(0.0 <= number <= 1.0 for number in numbers):
        raise InvalidRequestError(
            f"part {surface.name!r} has base_color {surface.base_color}, roughness {surface.roughness}, "
            f"metallic {surface.metallic}, opacity {surface.opacity}: each number must be in [0, 1]"
        )
