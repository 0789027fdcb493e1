"""A glTF document with its buffers: from a GLB, from JSON alone, or from an archive.

Section numbers are those of the Khronos glTF 2.0.1 specification.
"""

from __future__ import annotations

import base64
import binascii
import struct

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.files import ALONE, Files, inner_path
from serve.formats.reading.gltf_json import Record, parse_document
from serve.formats.reading.limits import LIMITS, at_most
from serve.formats.reading.quoting import quoted

__all__ = ["GltfDocument", "open_glb", "open_gltf"]

_JSON_CHUNK, _BINARY_CHUNK = b"JSON", b"BIN\x00"
# What may be required of a reader and is heeded here, or can be left out without harm to a mesh.
_KNOWN_EXTENSIONS = frozenset(
    (
        "EXT_texture_webp",
        "KHR_animation_pointer",
        "KHR_lights_punctual",
        "KHR_mesh_quantization",
        "KHR_texture_transform",
        "KHR_xmp_json_ld",
    )
)
_KNOWN_FAMILY = "KHR_materials_"  # how light meets a surface, never where it is
_COMPRESSION = {
    "EXT_meshopt_compression": "meshopt compression",
    "KHR_meshopt_compression": "meshopt compression",
    "KHR_draco_mesh_compression": "Draco compression",
    "KHR_texture_basisu": "Basis textures",
}


class GltfDocument:
    """What a document says, and the bytes that it speaks of.

    Args:
        root: The JSON.
        binary: The binary chunk of a GLB; None without.
        files: Where its relative URIs lead.

    Attributes:
        lists: The top-level lists by name, such as `nodes`.

    Raises:
        UnreadableMeshError: It asks for an extension that is not known here, or is not of version 2.
    """

    def __init__(self, root: Record, binary: bytes | None, files: Files) -> None:
        self.root, self._binary, self._files = root, binary, files
        names = ("accessors", "bufferViews", "buffers", "images", "materials", "meshes", "nodes", "samplers")
        self.lists = {name: root.records(name) for name in (*names, "scenes", "skins", "textures")}
        self._buffers: dict[int, bytes] = {}
        version = root.record("asset").text("version")
        if not version.startswith("2."):
            raise UnreadableMeshError(
                f"the glTF version is {quoted(version)}: only 2.0 can be read, export it as that"
            )
        _check_extensions(root.texts("extensionsRequired"))

    def item(self, kind: str, index: int) -> Record:
        """An entry of a top-level list."""
        entries = self.lists[kind]
        if not 0 <= index < len(entries):
            raise UnreadableMeshError(f"{kind}[{index}] is asked for, of {len(entries)}: the file is damaged")
        return entries[index]

    def view(self, index: int) -> memoryview:
        """The bytes of a buffer view (section 5.11).

        Raises:
            UnreadableMeshError: It lies outside its buffer.
        """
        view = self.item("bufferViews", index)
        if any(name.endswith("meshopt_compression") for name in view.record("extensions").keys):
            raise _compressed("meshopt compression")
        buffer = self._buffer(view.whole("buffer", below=max(1, len(self.lists["buffers"]))))
        start, length = view.whole("byteOffset", 0), view.whole("byteLength")
        if start + length > len(buffer):
            raise UnreadableMeshError(
                f"{view.path} ends at byte {start + length:,} of a buffer of {len(buffer):,}: it is damaged"
            )
        return memoryview(buffer)[start : start + length]

    def linked(self, record: Record) -> bytes:
        """What the URI of a buffer or an image leads to: its own data, or a file of the archive.

        Raises:
            UnreadableMeshError: It leads elsewhere, or to nothing.
        """
        uri = record.text("uri")
        if uri.startswith("data:"):
            return _decode(uri, record.path)
        path = inner_path(uri, is_uri=True)
        data = self._files.find(path)
        if data is None:
            raise UnreadableMeshError(
                f"{record.path} lies in {quoted(path)}, which did not come with it: "
                "send both in one ZIP archive"
            )
        return data

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            buffer = self.item("buffers", index)
            data = self.linked(buffer) if "uri" in buffer else self._binary
            length = buffer.whole("byteLength")
            if data is None or length > len(data):
                raise UnreadableMeshError(
                    f"{buffer.path} has {length:,} bytes, but {len(data or b''):,} are there: it is cut off"
                )
            self._buffers[index] = data
        return self._buffers[index]


def open_glb(data: bytes, files: Files = ALONE) -> GltfDocument:
    """The document of a GLB (section 4.4).

    Raises:
        UnreadableMeshError: Its chunks are damaged, or the document is.
    """
    version, length = struct.unpack_from("<II", data.ljust(12, b"\0"), 4)
    if version != 2 or len(data) < length or length < 20:
        raise UnreadableMeshError(
            f"the GLB says version {version} and {length:,} bytes, it has {len(data):,}: it is damaged"
        )
    chunks: dict[bytes, bytes] = {}
    place = 12
    while place + 8 <= length:
        (size,), kind = struct.unpack_from("<I", data, place), data[place + 4 : place + 8]
        place += 8 + size
        if place > length:
            raise UnreadableMeshError(f"a GLB chunk of {size:,} bytes goes beyond the file: it is damaged")
        chunks.setdefault(kind, data[place - size : place])
    if _JSON_CHUNK not in chunks:
        raise UnreadableMeshError("the GLB has no JSON chunk: it is damaged")
    return GltfDocument(parse_document(chunks[_JSON_CHUNK]), chunks.get(_BINARY_CHUNK), files)


def open_gltf(data: bytes, files: Files = ALONE) -> GltfDocument:
    """The document of a `.gltf` file.

    Raises:
        UnreadableMeshError: It is damaged.
    """
    return GltfDocument(parse_document(data.removeprefix(b"\xef\xbb\xbf")), None, files)


def _check_extensions(required: list[str]) -> None:
    for name in required:
        if name in _COMPRESSION:
            raise _compressed(_COMPRESSION[name])
        if name not in _KNOWN_EXTENSIONS and not name.startswith(_KNOWN_FAMILY):
            raise UnreadableMeshError(
                f"the glTF file requires {quoted(name)}, which is not known: export it without"
            )


def _compressed(what: str) -> UnreadableMeshError:
    return UnreadableMeshError(f"the glTF file uses {what}, which cannot be read: export it without")


def _decode(uri: str, path: str) -> bytes:
    head, comma, body = uri.partition(",")
    if not comma or not head.endswith(";base64"):
        raise UnreadableMeshError(f"{path}.uri holds data that is not base64: export it as GLB")
    at_most(LIMITS.file_bytes, len(body) * 3 // 4, f"bytes in {path}.uri", "export it as GLB")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableMeshError(f"{path}.uri holds damaged base64: export it again") from None
