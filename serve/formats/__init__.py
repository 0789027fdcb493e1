"""The file formats in which an asset leaves Galatea: one table, one file for each writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from serve.contracts.errors import UnsupportedFormatError
from serve.formats.blender import HOW_TO_GET_BLENDER, blender_python
from serve.formats.fbx import write_fbx
from serve.formats.glb import write_compressed_glb, write_glb
from serve.formats.gltf import write_compressed_gltf, write_gltf
from serve.formats.obj import write_obj
from serve.formats.ply import write_ply
from serve.formats.stl import write_stl
from serve.formats.usdz import write_usdz
from serve.geometry.mesh import PartMesh

__all__ = ["FORMATS", "Format", "Writer", "format_of", "writable_format", "write"]


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
        file_ext: How a file with these bytes is named; what is several files travels in a ZIP.
        summary: One sentence on what it is for.
        writer: Writes it.
        holds_textures: Whether textures travel with it; else it takes at most colours from them.
        compressed_writer: Writes it with meshopt compression; None where the format has none.
        is_present: Whether the part that it needs beyond this package is on this machine.
        remedy: How to get that part.
    """

    ext: str
    media_type: str
    file_ext: str
    summary: str
    writer: Writer
    holds_textures: bool = True
    compressed_writer: Writer | None = None
    is_present: Callable[[], bool] = lambda: True
    remedy: str = ""

    @property
    def available(self) -> bool:
        """Whether this machine can write it."""
        return self.is_present()

    @property
    def compresses(self) -> bool:
        """Whether it has meshopt compression."""
        return self.compressed_writer is not None


FORMATS: tuple[Format, ...] = (
    Format(
        "fbx",
        "application/x-fbx",
        "fbx",
        "Autodesk's exchange format for animators; Y up, metres.",
        write_fbx,
        is_present=lambda: blender_python() is not None,
        remedy=HOW_TO_GET_BLENDER,
    ),
    Format(
        "glb",
        "model/gltf-binary",
        "glb",
        "glTF 2.0: parts, PBR materials, textures; Y up, metres.",
        write_glb,
        compressed_writer=write_compressed_glb,
    ),
    Format(
        "gltf",
        "application/zip",
        "zip",
        "The same as separate files; Y up, metres.",
        write_gltf,
        compressed_writer=write_compressed_gltf,
    ),
    Format(
        "obj",
        "application/zip",
        "zip",
        "Wavefront OBJ and MTL: parts, colours, textures; Y up, metres.",
        write_obj,
    ),
    Format(
        "ply",
        "application/x-ply",
        "ply",
        "One coloured surface; Z up, metres.",
        write_ply,
        holds_textures=False,
    ),
    Format(
        "stl",
        "model/stl",
        "stl",
        "Bare triangles for printing; Z up, metres.",
        write_stl,
        holds_textures=False,
    ),
    Format(
        "usdz",
        "model/vnd.usdz+zip",
        "usdz",
        "Pixar's USD in a ZIP, for Apple's AR viewers; Y up, metres.",
        write_usdz,
    ),
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


def writable_format(ext: str, *, compressed: bool = False) -> Format:
    """The row of this name, if this machine can write it.

    Args:
        ext: The name.
        compressed: With meshopt compression.

    Raises:
        UnsupportedFormatError: No format has this name, it needs a part that is absent, or it cannot be
            compressed; the message says what to do.
    """
    row = format_of(ext)
    if not row.available:
        raise UnsupportedFormatError(
            f"{ext} needs a part that is absent: {row.remedy}; or use {_available()}", "format"
        )
    if compressed and not row.compresses:
        can = " or ".join(other.ext for other in FORMATS if other.compresses)
        raise UnsupportedFormatError(f"{ext} has no meshopt compression: use {can}, or none", "compression")
    return row


def write(ext: str, mesh: PartMesh, *, name: str, compressed: bool = False) -> bytes:
    """Write an asset in the format named `ext`, with meshopt compression if `compressed`.

    Raises:
        UnsupportedFormatError: As `writable_format`.
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
    """
    row = writable_format(ext, compressed=compressed)
    writer = row.compressed_writer if compressed else row.writer
    assert writer is not None
    return writer(mesh, name=name)


def _available() -> str:
    *others, last = [row.ext for row in FORMATS if row.available]
    return f"{', '.join(others)} or {last}"
