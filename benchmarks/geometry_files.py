"""Writing and reading files beside trimesh, and what compression takes and saves."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import trimesh

from benchmarks.geometry_meshes import house_mesh
from benchmarks.geometry_table import Way, comparison, find_all, markdown
from benchmarks.geometry_tools import to_trimesh
from serve.formats import write
from serve.formats.reading import read_mesh
from serve.formats.reading.parsing import parse
from serve.geometry.mesh import PartMesh

__all__ = ["compression_table", "read_table", "write_table"]

_KINDS = ("glb", "obj", "ply", "stl")


def write_table(face_counts: tuple[int, ...]) -> str:
    """A robot is written in each format."""
    rows = [row for count in face_counts for kind in _KINDS for row in _write_rows(house_mesh(count), kind)]
    notes = (
        "Galatea writes parts, materials and, where the format has them, normals, and OBJ in a ZIP; trimesh "
        "the bare mesh. Baseline: trimesh."
    )
    return markdown("Write", notes, ["faces", "format", "tool", "seconds", "x trimesh", "MB"], rows)


def _write_rows(mesh: PartMesh, kind: str) -> list[list[str]]:
    ways: list[Way[Any, bytes]] = [
        Way("Galatea", lambda: mesh, lambda given: write(kind, given, name="robot")),
        Way("trimesh", lambda: to_trimesh(mesh), lambda given: _exported(given, kind)),
    ]
    rows = comparison(find_all(ways), "trimesh", lambda data: [_megabytes(data)], 1)
    return [[f"{len(mesh.faces):,}", kind.upper(), *row] for row in rows]


def _exported(mesh: trimesh.Trimesh, kind: str) -> bytes:
    data = mesh.export(file_type=kind)
    return data.encode() if isinstance(data, str) else bytes(data)


def read_table(face_counts: tuple[int, ...]) -> str:
    """The files that trimesh wrote are read."""
    rows = [row for count in face_counts for kind in _KINDS for row in _read_rows(house_mesh(count), kind)]
    notes = (
        "The files that trimesh wrote. Galatea reads in a process of its own, which may die of a hostile "
        "file: `in this process` is the same reader without that. Baseline: trimesh."
    )
    return markdown("Read", notes, ["faces", "format", "tool", "seconds", "x trimesh", "faces read"], rows)


def _read_rows(mesh: PartMesh, kind: str) -> list[list[str]]:
    data = _exported(to_trimesh(mesh), kind)
    ways: list[Way[bytes, int]] = [
        Way("Galatea", lambda: data, lambda given: len(read_mesh(given).mesh.faces)),
        Way("Galatea, in this process", lambda: data, lambda given: len(parse(given).mesh.faces)),
        Way("trimesh", lambda: data, lambda given: _loaded_count(given, kind)),
    ]
    rows = comparison(find_all(ways), "trimesh", lambda count: [f"{count:,}"], 1)
    return [[f"{len(mesh.faces):,}", kind.upper(), *row] for row in rows]


def _loaded_count(data: bytes, kind: str) -> int:
    return len(trimesh.load_mesh(BytesIO(data), file_type=kind).faces)


def compression_table(face_counts: tuple[int, ...]) -> str:
    """A robot's GLB, plain and with meshopt compression."""
    rows = [row for count in face_counts for row in _compression_rows(house_mesh(count))]
    notes = "EXT_meshopt_compression with quantized vertices; the encoder is Galatea's own. Baseline: plain."
    return markdown("Compress", notes, ["faces", "GLB", "seconds", "x plain", "MB"], rows)


def _compression_rows(mesh: PartMesh) -> list[list[str]]:
    ways: list[Way[PartMesh, bytes]] = [
        Way("plain", lambda: mesh, lambda given: write("glb", given, name="robot")),
        Way("meshopt", lambda: mesh, lambda given: write("glb", given, name="robot", compressed=True)),
    ]
    rows = comparison(find_all(ways), "plain", lambda data: [_megabytes(data)], 1)
    return [[f"{len(mesh.faces):,}", *row] for row in rows]


def _megabytes(data: bytes) -> str:
    return f"{len(data) / 1e6:.2f}"
