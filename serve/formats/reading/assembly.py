"""Pieces of a file become one mesh in Galatea's axes and unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.limits import LIMITS, at_most
from serve.formats.reading.names import fit_names
from serve.formats.reading.pieces import Look, Loose, Piece, Reading
from serve.formats.reading.quoting import few
from serve.formats.reading.texture_means import mean_look
from serve.formats.reading.welding import weld
from serve.geometry.mesh import PartMesh, Surface, TextureMaps

__all__ = ["assemble"]

_REMEDY = "reduce it before it is sent"


def assemble(loose: Loose, *, up_axis: str, unit_m: float) -> Reading:
    """Join everything.

    Args:
        loose: The pieces.
        up_axis: `y`, `z`, or `auto`: as files of the format have it.
        unit_m: Metres in a unit of the file.

    Raises:
        UnreadableMeshError: There are no faces, too many of something, or no sane numbers.
    """
    pieces = [piece for piece in loose.pieces if len(piece.faces)]
    _check_counts(pieces)
    upright = loose.up_axis if up_axis == "auto" else up_axis
    positions = _placed(np.concatenate([piece.positions for piece in pieces]), upright, unit_m)
    offsets = np.cumsum([0, *(len(piece.positions) for piece in pieces)])
    loose_faces = np.concatenate(
        [piece.faces + offset for piece, offset in zip(pieces, offsets, strict=False)]
    )
    vertices, faces = weld(positions, loose_faces)
    _check_extent(vertices[faces])
    surfaces, textures = _surfaces(pieces)
    mesh = PartMesh(
        vertices,
        faces,
        np.repeat(np.arange(len(pieces), dtype=np.int32), [len(piece.faces) for piece in pieces]),
        surfaces,
        _corners(pieces, _color_of, lambda piece: piece.corner_color is not None),
        _corners(pieces, _uv_of, lambda piece: piece.corner_uv is not None),
        textures,
    )
    return Reading(mesh, few(loose.warnings))


def _check_counts(pieces: Sequence[Piece]) -> None:
    if not pieces:
        raise UnreadableMeshError("the file has no faces: points and lines are no mesh")
    at_most(LIMITS.part_count, len(pieces), "parts", "join some before it is sent")
    at_most(LIMITS.face_count, sum(len(piece.faces) for piece in pieces), "faces", _REMEDY)
    at_most(LIMITS.vertex_count, sum(len(piece.positions) for piece in pieces), "vertices", _REMEDY)


def _placed(positions: NDArray[np.float64], up_axis: str, unit_m: float) -> NDArray[np.float32]:
    """Y up and in metres: the inverse of `serve.formats.axes.z_up` where Z is up."""
    if up_axis == "z":
        positions = np.stack([positions[:, 0], positions[:, 2], -positions[:, 1]], axis=1)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is counted as such
        return (positions * unit_m).astype(np.float32)


def _check_extent(corners: NDArray[np.float32]) -> None:
    """Some faces must be whole; the others are left to `clean`."""
    whole = corners[np.isfinite(corners).all(axis=(1, 2))].reshape(-1, 3)
    if len(whole) == 0:
        raise UnreadableMeshError(
            "every face of the file has a corner that is not a finite number: it is damaged"
        )
    furthest = float(np.abs(whole).max())
    if furthest > LIMITS.coordinate_m:
        raise UnreadableMeshError(
            f"the file has a vertex {furthest:.3g} m from the origin, at most {LIMITS.coordinate_m:.0e} m is "
            "possible: state its unit, or export it again"
        )
    extent = float((whole.max(axis=0) - whole.min(axis=0)).max())
    if extent < LIMITS.extent_m:
        raise UnreadableMeshError(
            f"the mesh is {extent:.3g} m long, at least {LIMITS.extent_m:.0e} m is needed: state its unit"
        )


def _surfaces(pieces: Sequence[Piece]) -> tuple[tuple[Surface, ...], tuple[TextureMaps, ...]]:
    numbers: dict[int, int] = {}
    textures: list[TextureMaps] = []
    surfaces = []
    for piece, name in zip(pieces, fit_names(piece.name or piece.look.name for piece in pieces), strict=True):
        maps = piece.look.maps
        if maps is None or piece.corner_uv is None:
            surfaces.append(_surface(name, piece, texture=-1))
            continue
        if id(maps) not in numbers:
            numbers[id(maps)] = len(textures)
            textures.append(maps)
        surfaces.append(_surface(name, piece, texture=numbers[id(maps)]))
    return tuple(surfaces), tuple(textures)


def _surface(name: str, piece: Piece, *, texture: int) -> Surface:
    look = piece.look
    color, roughness, metallic = look.base_color, look.roughness, look.metallic
    if texture >= 0 and look.maps is not None:
        mean, orm = mean_look(look.maps, _uv_of(piece))
        color = (float(mean[0]), float(mean[1]), float(mean[2]))
        if orm is not None:
            roughness, metallic = float(orm[1]), float(orm[2])
    elif piece.corner_color is not None:
        mean = piece.corner_color.mean(axis=(0, 1), dtype=np.float64)
        color = (float(mean[0]), float(mean[1]), float(mean[2]))
    word = piece.material or _material(look, metallic)
    return Surface(name, word, color, roughness, metallic, look.opacity, texture)


def _material(look: Look, metallic: float) -> str:
    if look.opacity < 1.0:
        return "glass"
    return "metal" if metallic >= 0.5 else "plastic"


def _corners(
    pieces: Sequence[Piece], of: Callable[[Piece], NDArray[np.float32]], has: Callable[[Piece], bool]
) -> NDArray[np.float32] | None:
    """Values of all corners, if any piece has them."""
    return np.concatenate([of(piece) for piece in pieces]) if any(map(has, pieces)) else None


def _color_of(piece: Piece) -> NDArray[np.float32]:
    if piece.corner_color is not None:
        return piece.corner_color
    return np.tile(np.array(piece.look.base_color, np.float32), (len(piece.faces), 3, 1))


def _uv_of(piece: Piece) -> NDArray[np.float32]:
    if piece.corner_uv is None:
        return np.zeros((len(piece.faces), 3, 2), np.float32)
    return piece.corner_uv
