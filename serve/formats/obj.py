"""Wavefront OBJ with its MTL and textures, in a ZIP: Y up, metres, a group and a material call for each part.

Positions, texture coordinates and normals have numbers of their own, so that a closed surface stays closed
although normals and coordinates differ from face to face. Where an asset has colours of its own, a vertex is
written once for each colour that it has, as `v x y z r g b` with sRGB in [0, 1] (three.js, Blender, MeshLab).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.formats.archive import archive
from serve.formats.checks import check_writable
from serve.formats.color import srgb
from serve.formats.corners import distinct_rows
from serve.formats.mtl import material_library
from serve.formats.parts import WrittenPart, looks_of, written_parts
from serve.geometry.creases import corner_normals
from serve.geometry.mesh import PartMesh

__all__ = ["write_obj"]

_BLOCK_ROWS = 65_536
_Rows = NDArray[np.float32] | NDArray[np.float64]


def write_obj(mesh: PartMesh, *, name: str) -> bytes:
    """A ZIP that holds `NAME.obj`, `NAME.mtl` and, for a textured asset, `textures/`.

    Args:
        mesh: The asset.
        name: The name of both files and of the object.

    Returns:
        The archive's bytes, equal for equal input.

    Raises:
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
    """
    check_writable(mesh, name)
    parts = written_parts(mesh)
    library, pictures = material_library(looks_of(parts), mesh.textures)
    text = _object(mesh, parts, name)
    return archive({f"{name}.obj": text.encode(), f"{name}.mtl": library.encode(), **pictures})


def _object(mesh: PartMesh, parts: tuple[WrittenPart, ...], name: str) -> str:
    positions, places = _positions(mesh, parts)
    normals, normal_places = _distinct(corner_normals(mesh.vertices, mesh.faces))
    blocks = [
        f"# Galatea: Y up, metres\nmtllib {name}.mtl\no {name}\n",
        _lines("v", positions),
        _lines("vn", normals),
    ]
    numbers = [places, normal_places]
    if mesh.corner_uv is not None:
        coordinates, coordinate_places = _distinct(mesh.corner_uv)
        upright = coordinates.astype(np.float64) * [1.0, -1.0] + [0.0, 1.0]  # v grows upwards here
        blocks.insert(2, _lines("vt", upright))
        numbers.insert(1, coordinate_places)
    for part in parts:
        blocks.append(f"g {part.surface.name}\nusemtl {part.material_name}\n")
        blocks.append(_face_lines([column[part.face_indices] for column in numbers]))
    return "".join(blocks)


def _positions(mesh: PartMesh, parts: tuple[WrittenPart, ...]) -> tuple[_Rows, NDArray[np.integer]]:
    """The `v` rows, and which of them each corner has, [F, 3]."""
    if mesh.corner_color is None:
        return mesh.vertices, mesh.faces
    colors = np.ones_like(mesh.corner_color)
    for part in parts:
        if part.look.takes_colors:
            colors[part.face_indices] = mesh.corner_color[part.face_indices]
    # A vertex keeps its place although another lies where it does: its number is part of what differs.
    numbers = mesh.faces.reshape(-1, 1)
    halves = [half.astype(np.float32) for half in (numbers & 0xFFFF, numbers >> 16)]  # exact, both
    first, places = distinct_rows(*halves, colors.reshape(-1, 3).astype(np.float32))
    positions = mesh.vertices[mesh.faces.reshape(-1)[first]].astype(np.float64)
    rows = np.concatenate([positions, srgb(colors.reshape(-1, 3)[first])], axis=1)
    return rows, places.reshape(-1, 3)


def _distinct(values: NDArray[np.float32]) -> tuple[_Rows, NDArray[np.integer]]:
    """The distinct rows of [F, 3, K], and which of them each corner has, [F, 3]."""
    rows = values.reshape(-1, values.shape[2])
    first, places = distinct_rows(rows)
    return rows[first], places.reshape(-1, 3)


def _lines(keyword: str, rows: _Rows) -> str:
    """One line a row; nine digits bring every float32 back exactly."""
    return _text(keyword + " %.9g" * rows.shape[1] + "\n", rows)


def _face_lines(columns: list[NDArray[np.integer]]) -> str:
    """Faces by numbers from 1: position/normal, `1//1`, or position/coordinates/normal, `1/1/1`.

    Args:
        columns: [F, 3] each.
    """
    corner = "%d//%d" if len(columns) == 2 else "%d/%d/%d"
    numbers = np.stack(columns, axis=2).astype(np.int64) + 1
    return _text(f"f {corner} {corner} {corner}\n", numbers.reshape(len(numbers), -1))


def _text(line: str, rows: NDArray[Any]) -> str:
    """The line filled in with each row; in blocks, for Python's numbers take many times the text's room."""
    blocks = [rows[first : first + _BLOCK_ROWS] for first in range(0, len(rows), _BLOCK_ROWS)]
    return "".join([line * len(block) % tuple(block.ravel().tolist()) for block in blocks])
