"""glTF files made by hand, byte by byte: sound ones, and ones that lie."""

from __future__ import annotations

import base64
import io
import json
import struct
from typing import Any

import numpy as np
from PIL import Image

__all__ = ["TETRAHEDRON", "TETRAHEDRON_FACES", "GltfFile", "everything_in_gltf", "png", "tetrahedron"]

_COMPONENTS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
TETRAHEDRON = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
TETRAHEDRON_FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.uint16)


class GltfFile:
    """A document as plain data, to be changed at will, and its one buffer.

    Attributes:
        document: The JSON.
        binary: The buffer.
    """

    def __init__(self, **document: Any) -> None:
        self.binary = bytearray()
        self.document: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "accessors": [],
            "bufferViews": [],
            "meshes": [],
            "nodes": [],
        } | document

    def view(self, data: bytes) -> int:
        """A buffer view of these bytes."""
        self.document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data)}
        )
        self.binary += data + bytes(-len(data) % 4)
        return len(self.document["bufferViews"]) - 1

    def accessor(self, array: np.ndarray, **more: Any) -> int:
        """An accessor of [N] or [N, K]."""
        width = 1 if array.ndim == 1 else array.shape[1]
        entry = {
            "bufferView": self.view(np.ascontiguousarray(array).tobytes()),
            "componentType": _COMPONENTS[array.dtype.name],
            "count": len(array),
            "type": _TYPES[width],
        }
        self.document["accessors"].append(entry | more)
        return len(self.document["accessors"]) - 1

    def image(self, data: bytes) -> int:
        """A texture of a picture in the buffer."""
        self.document.setdefault("images", []).append(
            {"bufferView": self.view(data), "mimeType": "image/png"}
        )
        self.document.setdefault("textures", []).append({"source": len(self.document["images"]) - 1})
        return len(self.document["textures"]) - 1

    def material(self, **entry: Any) -> int:
        """A material."""
        self.document.setdefault("materials", []).append(entry)
        return len(self.document["materials"]) - 1

    def mesh(self, positions: np.ndarray, faces: np.ndarray | None = None, **more: Any) -> int:
        """A mesh of one primitive; `more` may hold `attributes`, `material` and `mode`."""
        attributes = {"POSITION": self.accessor(positions)} | more.pop("attributes", {})
        primitive = {"attributes": attributes} | more
        if faces is not None:
            primitive["indices"] = self.accessor(faces.reshape(-1))
        self.document["meshes"].append({"primitives": [primitive]})
        return len(self.document["meshes"]) - 1

    def node(self, **entry: Any) -> int:
        """A node."""
        self.document["nodes"].append(entry)
        return len(self.document["nodes"]) - 1

    def glb(self) -> bytes:
        """The binary form."""
        buffers = {"buffers": [{"byteLength": len(self.binary)}]} | self.document
        text = json.dumps(buffers).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text
        chunks += struct.pack("<I4s", len(self.binary), b"BIN\0") + bytes(self.binary)
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks

    def gltf(self, uri: str | None = None) -> bytes:
        """The JSON form; its buffer inside, or where `uri` says."""
        inside = "data:application/octet-stream;base64," + base64.b64encode(self.binary).decode()
        buffers = {"buffers": [{"byteLength": len(self.binary), "uri": uri or inside}]}
        return json.dumps(buffers | self.document).encode()


def tetrahedron(**more: Any) -> GltfFile:
    """One node, one mesh of four faces; `more` goes into its primitive."""
    file = GltfFile()
    file.node(mesh=file.mesh(TETRAHEDRON, TETRAHEDRON_FACES, **more), name="tent")
    return file


def everything_in_gltf() -> GltfFile:
    """A file that uses whatever is read: textures, colours, a skin, sparse values, a scene."""
    file = tetrahedron(material=0)
    texture = file.image(png(np.zeros((4, 4, 3), np.uint8)))
    moved = {"KHR_texture_transform": {"offset": [0, 0], "scale": [1, 1], "rotation": 0.1, "texCoord": 0}}
    file.material(
        pbrMetallicRoughness={
            "baseColorTexture": {"index": texture, "extensions": moved},
            "metallicRoughnessTexture": {"index": texture, "extensions": moved},
            "baseColorFactor": [1, 1, 1, 1],
        },
        normalTexture={"index": texture, "extensions": moved, "scale": 0.5},
        occlusionTexture={"index": texture, "extensions": moved, "strength": 0.5},
        alphaMode="BLEND",
    )
    file.document["meshes"][0]["primitives"][0]["attributes"] |= {
        "TEXCOORD_0": file.accessor(np.eye(4, 2, dtype=np.float32)),
        "COLOR_0": file.accessor(np.full((4, 4), 100, np.uint8), normalized=True),
        "JOINTS_0": file.accessor(np.zeros((4, 4), np.uint8)),
        "WEIGHTS_0": file.accessor(np.ones((4, 4), np.float32)),
    }
    file.document["accessors"][0]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": file.view(b"\1"), "componentType": 5121},
        "values": {"bufferView": file.view(bytes(12))},
    }
    inverses = file.accessor(np.eye(4, dtype=np.float32).reshape(1, 16))
    file.document |= {
        "skins": [{"joints": [0], "inverseBindMatrices": inverses}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
        "samplers": [{"wrapS": 33071}],
    }
    file.document["nodes"][0]["skin"] = 0
    file.document["textures"][0]["sampler"] = 0
    return file


def png(texels: np.ndarray) -> bytes:
    """uint8 [H, W, C] as a PNG."""
    data = io.BytesIO()
    Image.fromarray(texels).save(data, "png")
    return data.getvalue()
