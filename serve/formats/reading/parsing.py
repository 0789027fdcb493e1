"""Bytes become a mesh: which format they are of is seen in them, whatever they were called.

Everything here is pure, and meant for the process that may die (`serve.formats.reading.child`).
"""

from __future__ import annotations

from collections.abc import Callable

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.archive import open_archive
from serve.formats.reading.assembly import assemble
from serve.formats.reading.files import ALONE, Files
from serve.formats.reading.gltf import read_glb, read_gltf
from serve.formats.reading.limits import LIMITS, at_most
from serve.formats.reading.obj import read_obj
from serve.formats.reading.pieces import Loose, Reading
from serve.formats.reading.ply import read_ply
from serve.formats.reading.stl import is_binary_stl, read_stl

__all__ = ["parse"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# What begins so is no mesh that is read here, but one that can be named.
_FOREIGN = {
    b"Kaydara FBX": "an FBX file",
    b"; FBX": "an FBX file",
    b"BLENDER": "a Blender file",
    b"PXR-USDC": "a USD file",
    b"#usda": "a USD file",
    b"<": "an XML file, such as COLLADA or X3D",
    b"OFF": "an OFF file",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"RIFF": "a picture",
}
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x0b"))
_LOOKED_AT_BYTES = 4_096


def parse(data: bytes, *, up_axis: str = "auto", unit_m: float = 1.0) -> Reading:
    """Read a GLB, glTF, OBJ, PLY or STL file, or a ZIP archive of one and what it names.

    Args:
        data: The file.
        up_axis: `y`, `z`, or `auto`: Z for PLY and STL, Y for all others.
        unit_m: Metres in a unit of the file.

    Raises:
        UnreadableMeshError: It is no such file, damaged, empty, too large, or asks for what is not in it.
    """
    at_most(LIMITS.file_bytes, len(data), "bytes", "reduce it before it is sent")
    if data.startswith(_ZIP):
        archive = open_archive(data)
        loose = _read(archive.read(archive.mesh_path), archive)
    else:
        loose = _read(data, ALONE)
    return assemble(loose, up_axis=up_axis, unit_m=unit_m)


def _read(data: bytes, files: Files) -> Loose:
    if data.startswith(b"glTF"):
        return read_glb(data, files)
    if data.startswith((b"ply\n", b"ply\r")):
        return read_ply(data)
    if is_binary_stl(data):
        return read_stl(data)
    return _by_words(data)(data.removeprefix(_BYTE_ORDER_MARK), files)


def _by_words(data: bytes) -> Callable[[bytes, Files], Loose]:
    """The reader of a format that only its first words tell."""
    head = data[:_LOOKED_AT_BYTES].removeprefix(_BYTE_ORDER_MARK).lstrip()
    foreign = next((name for begin, name in _FOREIGN.items() if head.startswith(begin)), None)
    if foreign is not None:
        raise UnreadableMeshError(f"the file is {foreign}: send a GLB, glTF, OBJ, PLY or STL file")
    if head.startswith(b"{"):
        return read_gltf
    is_text = head.translate(None, _CONTROLS) == head and len(head) > 0
    if head.startswith(b"solid") or not is_text:
        return lambda data, files: _as_stl(data, is_text=is_text)
    return read_obj


def _as_stl(data: bytes, *, is_text: bool) -> Loose:
    """What is no text and has no signature can only be a binary STL, cut off or not one at all."""
    if not is_text and len(data) < 84:
        raise UnreadableMeshError(
            f"the {len(data):,} bytes are no mesh file: send a GLB, glTF, OBJ, PLY or STL file"
        )
    return read_stl(data)
