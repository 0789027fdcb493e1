"""GLB, the binary form of glTF 2.0: one file with everything in it."""

from __future__ import annotations

import struct
from typing import Any

from serve.formats.checks import check_writable
from serve.formats.gltf_binary import Binary
from serve.formats.gltf_document import build_document, json_text
from serve.formats.gltf_materials import PlacePicture
from serve.formats.pictures import Picture
from serve.geometry.mesh import PartMesh

__all__ = ["glb_of", "pictures_inside", "write_compressed_glb", "write_glb"]

# Section 4.4.3 of the Khronos glTF 2.0.1 specification: chunk types, the letters JSON and BIN\0.
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942


def write_glb(mesh: PartMesh, *, name: str) -> bytes:
    """The asset as `serve.formats.gltf_document` describes it, its textures inside.

    Args:
        mesh: The asset.
        name: The root node's name.

    Returns:
        The file's bytes, equal for equal input.

    Raises:
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
    """
    return _write(mesh, name, compressed=False)


def write_compressed_glb(mesh: PartMesh, *, name: str) -> bytes:
    """The same with EXT_meshopt_compression; `serve.formats.quantization` states the tolerances.

    Raises:
        InvalidRequestError: As `write_glb`.
    """
    return _write(mesh, name, compressed=True)


def _write(mesh: PartMesh, name: str, *, compressed: bool) -> bytes:
    check_writable(mesh, name)
    binary = Binary(compressed=compressed)
    document = build_document(mesh, name, binary, pictures_inside(binary), compressed=compressed)
    return glb_of(document | {"buffers": binary.buffers()}, bytes(binary.data))


def pictures_inside(binary: Binary) -> PlacePicture:
    """Places pictures in the binary chunk."""

    def place(_: str, picture: Picture) -> dict[str, object]:
        return {"bufferView": binary.add_picture(picture.data), "mimeType": picture.media_type}

    return place


def glb_of(document: dict[str, Any], binary: bytes) -> bytes:
    """A GLB of this document and this binary chunk (section 4.4)."""
    text = json_text(document)
    chunks = struct.pack("<II", len(text), _JSON_CHUNK) + text
    chunks += struct.pack("<II", len(binary), _BINARY_CHUNK) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
