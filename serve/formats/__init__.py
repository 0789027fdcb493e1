"""The file formats in which an asset leaves Galatea: one table, one file for each writer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from serve.contracts.errors import UnsupportedFormatError
from serve.formats.glb import write_glb
from serve.formats.obj import write_obj
from serve.formats.ply import write_ply
from serve.formats.stl import write_stl
from serve.geometry.mesh import PartMesh

__all__ = ["FORMATS", "Format", "Writer", "format_of", "write"]


class Writer(Protocol):
    """Turns an asset into a file's bytes."""

    def __call__(self, mesh: PartMesh, *, name: str) -> bytes:
        """Write `mesh` under the name `name`; see the format's own file."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A row of the table.

    Args:
        ext: What a request calls the format.
        media_type: Of the bytes that `writer` returns (IANA's where one is registered).
        file_ext: How a file with these bytes is named; OBJ travels in a ZIP.
        summary: One sentence on what it is for.
        writer: None where this build cannot write the format.
    """

    ext: str
    media_type: str
    file_ext: str
    summary: str
    writer: Writer | None

    @property
    def available(self) -> bool:
        """Whether this build can write it."""
        return self.writer is not None


FORMATS: tuple[Format, ...] = (
    Format("fbx", "application/octet-stream", "fbx", "Autodesk's exchange format for animators.", None),
    Format("glb", "model/gltf-binary", "glb", "glTF 2.0: parts, PBR materials; Y up, metres.", write_glb),
    Format(
        "obj", "application/zip", "zip", "Wavefront OBJ and MTL: parts, colours; Y up, metres.", write_obj
    ),
    Format("ply", "application/x-ply", "ply", "One coloured surface; Z up, metres.", write_ply),
    Format("stl", "model/stl", "stl", "Bare triangles for printing; Z up, metres.", write_stl),
    Format("usdz", "model/vnd.usdz+zip", "usdz", "Pixar's USD in a ZIP, for Apple's AR viewers.", None),
)


def format_of(ext: str) -> Format:
    """The row of this name.

    Raises:
        UnsupportedFormatError: No format has this name.
    """
    for row in FORMATS:
        if row.ext == ext:
            return row
    raise UnsupportedFormatError(f"no format is called {ext!r}: use {_available()}", "format")


def write(ext: str, mesh: PartMesh, *, name: str) -> bytes:
    """Write an asset in the format named `ext`.

    Raises:
        UnsupportedFormatError: The format is unknown, or this build cannot write it.
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
    """
    row = format_of(ext)
    if row.writer is None:
        raise UnsupportedFormatError(
            f"{ext} ({row.summary.rstrip('.')}) cannot be written by this build yet: use {_available()}",
            "format",
        )
    return row.writer(mesh, name=name)


def _available() -> str:
    *others, last = [row.ext for row in FORMATS if row.available]
    return f"{', '.join(others)} or {last}"
