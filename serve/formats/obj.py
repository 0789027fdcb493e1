"""Wavefront OBJ with its MTL, in a ZIP: Y up, metres, one group and one material call for each part.

The MTL format never said in which space `Kd` is. It is written as sRGB here: three.js, Godot and the viewers
that put it on the screen as it stands read it so. Blender takes it as linear and shows it paler; it has
GLB to read. `Pr` and `Pm` are roughness and metallic of the widespread PBR extension of MTL.
"""

from __future__ import annotations

import io
import zipfile

import numpy as np
from numpy.typing import NDArray

from serve.formats.checks import check_writable
from serve.formats.color import srgb
from serve.formats.parts import WrittenPart, written_parts
from serve.geometry.mesh import PartMesh, Surface, vertex_normals

__all__ = ["write_obj"]


def write_obj(mesh: PartMesh, *, name: str) -> bytes:
    """A ZIP that holds `NAME.obj` and `NAME.mtl`.

    Args:
        mesh: The asset.
        name: The name of both files and of the object.

    Returns:
        The archive's bytes, equal for equal input: entries are stored, since other builds of zlib deflate to
        other bytes, and their time is the earliest that ZIP knows.

    Raises:
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
    """
    check_writable(mesh, name)
    parts = written_parts(mesh)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as entries:
        entries.writestr(_entry(f"{name}.obj"), _object(mesh, parts, name))
        entries.writestr(_entry(f"{name}.mtl"), _library(parts))
    return archive.getvalue()


def _entry(file_name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(file_name, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system = 3  # Unix, also where this runs on Windows
    info.external_attr = 0o644 << 16
    return info


def _object(mesh: PartMesh, parts: tuple[WrittenPart, ...], name: str) -> str:
    blocks = [
        f"# Galatea: Y up, metres\nmtllib {name}.mtl\no {name}\n",
        _lines("v", mesh.vertices),
        _lines("vn", vertex_normals(mesh.vertices, mesh.faces)),
    ]
    for part in parts:
        blocks.append(f"g {part.surface.name}\nusemtl {part.material_name}\n")
        blocks.append(_face_lines(part.faces))
    return "".join(blocks)


def _lines(keyword: str, vectors: NDArray[np.float32]) -> str:
    """One line a row; nine digits bring every float32 back exactly."""
    return (f"{keyword} %.9g %.9g %.9g\n" * len(vectors)) % tuple(vectors.ravel().tolist())


def _face_lines(faces: NDArray[np.int32]) -> str:
    """Vertex and normal share their number, counted from 1."""
    numbers = np.repeat(faces.ravel() + 1, 2)
    return ("f %d//%d %d//%d %d//%d\n" * len(faces)) % tuple(numbers.tolist())


def _library(parts: tuple[WrittenPart, ...]) -> str:
    looks = {part.material_name: part.surface for part in parts}
    return "\n".join(_material(material_name, surface) for material_name, surface in looks.items())


def _material(material_name: str, surface: Surface) -> str:
    red, green, blue = srgb(surface.base_color).tolist()
    return (
        f"newmtl {material_name}\n"
        f"Kd {red:.6f} {green:.6f} {blue:.6f}\n"
        f"d {surface.opacity:.6f}\n"
        f"Pr {surface.roughness:.6f}\n"
        f"Pm {surface.metallic:.6f}\n"
        "illum 2\n"
    )
