"""PLY, text and binary of both byte orders (Turk 1994): one surface, with colours.

Z is up and a unit is a metre, as our own writer has it. Colours are sRGB. Where faces have colours they go
before those of vertices, which cannot keep a border crisp.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.color import light_of
from serve.formats.reading.coordinates import texture_coordinates
from serve.formats.reading.pieces import Loose, Piece
from serve.formats.reading.ply_body import PlyTable, read_tables
from serve.formats.reading.ply_header import PlyHeader, read_header
from serve.formats.reading.polygons import triangulate

__all__ = ["read_ply"]

_CORNER_NAMES = ("vertex_indices", "vertex_index")
_CHANNELS = (("red", "green", "blue"), ("diffuse_red", "diffuse_green", "diffuse_blue"), ("r", "g", "b"))
_COORDINATES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))


def read_ply(data: bytes) -> Loose:
    """The surface.

    Raises:
        UnreadableMeshError: The file is cut off, damaged, too large, or has no faces.
    """
    header = read_header(data)
    tables = read_tables(data, header)
    positions = _columns(tables.get("vertex"), ("x", "y", "z"))
    if positions is None:
        raise UnreadableMeshError("the PLY file has no vertices with x, y and z: it holds no mesh")
    corners, counts = _corners(tables.get("face"), len(positions))
    triangles, owners = triangulate(positions[corners], counts)
    faces = corners[triangles]
    uv = _first(tables["vertex"], _COORDINATES)
    return Loose(
        (
            Piece(
                "",
                positions,
                faces,
                corner_color=_corner_color(header, tables, faces, owners),
                corner_uv=None if uv is None else texture_coordinates(uv, upwards=True)[faces],
            ),
        ),
        "z",
    )


def _columns(table: PlyTable | None, names: tuple[str, ...]) -> NDArray[np.float64] | None:
    if table is None or not set(names) <= table.columns.keys():
        return None
    return np.stack([table.columns[name] for name in names], axis=1)


def _first(table: PlyTable, choices: tuple[tuple[str, ...], ...]) -> NDArray[np.float64] | None:
    found = (_columns(table, names) for names in choices)
    return next((columns for columns in found if columns is not None), None)


def _corners(table: PlyTable | None, vertex_count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The vertices of all polygons one after the other, and how many each has."""
    lists = {} if table is None else table.lists
    name = next((name for name in _CORNER_NAMES if name in lists), None)
    if name is None or len(lists[name][1]) == 0:
        raise UnreadableMeshError(
            "the PLY file has no faces: a cloud of points is no mesh, make a surface of it"
        )
    values, counts = lists[name]
    wrong = ~((values >= 0) & (values < vertex_count))
    if wrong.any():
        raise UnreadableMeshError(
            f"a PLY face names vertex {values[wrong][0]:.0f} of {vertex_count:,}: the file is damaged"
        )
    return values.astype(np.int64), counts


def _corner_color(
    header: PlyHeader, tables: dict[str, PlyTable], faces: NDArray[np.int64], owners: NDArray[np.int64]
) -> NDArray[np.float32] | None:
    of_faces = _light(header, tables, "face")
    if of_faces is not None:
        return np.repeat(of_faces[owners][:, None], 3, axis=1)
    of_vertices = _light(header, tables, "vertex")
    return None if of_vertices is None else of_vertices[faces]


def _light(header: PlyHeader, tables: dict[str, PlyTable], name: str) -> NDArray[np.float32] | None:
    """Linear colours float32 [N, 3] of the rows: whole numbers go up to their type's largest, others to 1."""
    found = _first(tables[name], _CHANNELS)
    if found is None:
        return None
    used = {channel for names in _CHANNELS for channel in names}
    columns = [column for element in header.elements if element.name == name for column in element.properties]
    dtype = next(np.dtype(column.dtype) for column in columns if column.name in used)
    largest = np.iinfo(dtype).max if dtype.kind in "iu" else 1.0
    return light_of(found / largest).astype(np.float32)
