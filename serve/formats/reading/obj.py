"""Wavefront OBJ: polygons, names, materials and colours of vertices; Y up, metres.

`v x y z r g b` are colours in sRGB, as Blender and MeshLab write them. Lines, points and free-form surfaces
are left out, with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.color import light_of
from serve.formats.reading.album import Album
from serve.formats.reading.coordinates import texture_coordinates
from serve.formats.reading.files import ALONE, Files, inner_path
from serve.formats.reading.limits import LIMITS
from serve.formats.reading.mtl import read_library
from serve.formats.reading.obj_corners import ObjCorners
from serve.formats.reading.obj_statements import ObjStatements, read_statements
from serve.formats.reading.pieces import PLAIN, Look, Loose, Piece
from serve.formats.reading.polygons import triangulate
from serve.formats.reading.quoting import quoted

__all__ = ["read_obj"]


def read_obj(data: bytes, files: Files = ALONE) -> Loose:
    """A piece for each pair of name and material.

    Args:
        data: The file.
        files: Where its material libraries and textures are.

    Raises:
        UnreadableMeshError: The file is damaged, too large, has no faces, or names a path outside.
    """
    statements = read_statements(data)
    if statements.face_count == 0:
        raise UnreadableMeshError(
            "the OBJ file has no faces: points, lines and free-form surfaces are no mesh"
        )
    looks, warnings = _looks(statements, files)
    vertices = statements.positions.table(3, 6, "OBJ vertices")
    corners = ObjCorners(statements, len(vertices))
    triangles, owners = triangulate(vertices[corners.position, :3], corners.counts)
    uv = texture_coordinates(statements.uvs.table(1, 2, "OBJ texture coordinates"), upwards=True)
    geometry = _Geometry(corners, vertices, _color(vertices), uv)
    labels, pairs = _pairs(statements)
    order = np.argsort(labels[owners], kind="stable")
    begins = np.searchsorted(labels[owners][order], np.arange(len(pairs) + 1))
    pieces = [
        geometry.piece(
            name or material, looks.get(material, PLAIN), triangles[order[begins[label] : begins[label + 1]]]
        )
        for label, (name, material) in enumerate(pairs)
        if begins[label + 1] > begins[label]
    ]
    return Loose(tuple(pieces), "y", tuple(warnings))


@dataclass(frozen=True, slots=True, eq=False)
class _Geometry:
    """What the pieces are cut out of."""

    corners: ObjCorners
    vertices: NDArray[np.float64]
    color: NDArray[np.float32] | None
    uv: NDArray[np.float32]

    def piece(self, name: str, look: Look, triangles: NDArray[np.int64]) -> Piece:
        """Triangles int64 [F, 3] of corners, with the vertices that they use."""
        places = self.corners.position[triangles]
        used, faces = np.unique(places, return_inverse=True)
        uv_places = self.corners.uv[triangles]
        return Piece(
            name,
            self.vertices[used, :3],
            faces.reshape(-1, 3),
            look,
            corner_color=self._color(places),
            corner_uv=self.uv[uv_places] if len(self.uv) and (uv_places >= 0).all() else None,
        )

    def _color(self, places: NDArray[np.int64]) -> NDArray[np.float32] | None:
        """Colours float32 [F, 3, 3] of corners; white ones leave the colour to the material."""
        if self.color is None or (self.color[places] >= 1.0).all():
            return None
        return self.color[places]


def _color(vertices: NDArray[np.float64]) -> NDArray[np.float32] | None:
    """Linear colours float32 [V, 3] of the vertices, if any has one; grey for those that have none."""
    colors = vertices[:, 3:]
    has_color = np.asarray(np.isfinite(colors).all(axis=1))
    if not has_color.any():
        return None
    largest = 255.0 if colors[has_color].max() > 1.0 else 1.0
    light = light_of(colors / largest)
    return np.where(has_color[:, None], light, PLAIN.base_color).astype(np.float32)


def _pairs(statements: ObjStatements) -> tuple[NDArray[np.int64], list[tuple[str, str]]]:
    """A label int64 [P] for each face, and the name and the material that each label stands for.

    A file that gives more names than there may be parts is cut by its materials alone.
    """
    runs: list[tuple[int, tuple[str, str]]] = [(0, ("", ""))]
    for place, kind, name in statements.marks:
        part, material = runs[-1][1]
        runs.append((place, (name, material) if kind == "o" else (part, name)))
    begins = [place for place, _ in runs] + [statements.face_count]
    full = [pair for place, (_, pair) in enumerate(runs) if begins[place + 1] > begins[place]]
    if len(set(full)) > LIMITS.part_count:
        runs = [(place, ("", material)) for place, (_, material) in runs]
    numbers: dict[tuple[str, str], int] = {}
    labels = [numbers.setdefault(pair, len(numbers)) for _, pair in runs]
    return np.repeat(labels, np.diff(begins)), list(numbers)


def _looks(statements: ObjStatements, files: Files) -> tuple[dict[str, Look], list[str]]:
    """The materials by name, and what could not be kept."""
    used = frozenset(name for _, kind, name in statements.marks if kind == "usemtl")
    looks: dict[str, Look] = {}
    album = Album(files)
    for name in _library_names(statements):
        text = files.find(inner_path(name))
        if text is None:
            album.warnings.append(
                f"The material library {quoted(name)} did not come with the file, so its parts are grey: "
                "send both in a ZIP archive."
            )
        else:
            looks |= read_library(text, album, used)
    if statements.skipped:
        left_out = ", ".join(sorted(statements.skipped))
        album.warnings.append(f"Left out of the OBJ file: {left_out}, which have no faces.")
    return looks, album.warnings


def _library_names(statements: ObjStatements) -> list[str]:
    """Each once. A name may hold spaces; a line may also hold several names with spaces between them."""
    names: dict[str, None] = {}
    for line in dict.fromkeys(statements.libraries):
        words = line.split()
        are_names = all(word.lower().endswith(".mtl") for word in words)
        names |= dict.fromkeys(words if are_names else [line])
    return list(names)
