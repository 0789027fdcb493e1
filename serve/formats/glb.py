"""GLB, the binary form of glTF 2.0: Y up, metres, linear colours, physically based materials.

Section numbers are those of the Khronos glTF 2.0.1 specification.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.formats.checks import check_writable
from serve.formats.parts import WrittenPart, written_parts
from serve.geometry.mesh import PartMesh, Surface, vertex_normals

__all__ = ["write_glb"]

# Section 3.6.2.2 (component types) and 5.11.5 (buffer view targets).
_COMPONENT_TYPES = {"float32": 5126, "uint16": 5123, "uint32": 5125}
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
# Section 4.4.3: chunk types, the letters JSON and BIN\0.
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942


def write_glb(mesh: PartMesh, *, name: str) -> bytes:
    """One root node with the asset's name and under it a node, mesh and material for each part.

    Where two parts meet, both hold the border's vertices, equal in position and in normal to the bit, so that
    a reader that merges equal vertices gets the closed surface back.

    Args:
        mesh: The asset.
        name: The root node's name.

    Returns:
        The file's bytes, equal for equal input.

    Raises:
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
    """
    check_writable(mesh, name)
    parts = written_parts(mesh)
    binary = _Binary()
    looks = {part.material_name: part.surface for part in parts}
    materials = [_material(material_name, surface) for material_name, surface in looks.items()]
    normals = vertex_normals(mesh.vertices, mesh.faces)
    meshes = [
        _mesh(part, mesh.vertices, normals, binary, list(looks).index(part.material_name)) for part in parts
    ]
    root = {"name": name, "children": list(range(1, len(parts) + 1))}
    document = {
        "asset": {"version": "2.0", "generator": "Galatea"},
        "scene": 0,
        "scenes": [{"name": name, "nodes": [0]}],
        "nodes": [root, *(_node(index, part.surface) for index, part in enumerate(parts))],
        "meshes": meshes,
        "materials": materials,
        "accessors": binary.accessors,
        "bufferViews": binary.views,
        "buffers": [{"byteLength": len(binary.data)}],
    }
    return _container(document, bytes(binary.data))


class _Binary:
    """The binary chunk as it grows, with the accessors and buffer views that describe it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, array: NDArray[Any], target: int, extra: dict[str, Any] | None = None) -> int:
        """Append [N] or [N, 3], aligned to 4 bytes (section 3.6.2.4); return the accessor's index."""
        raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw), "target": target}
        accessor = {
            "bufferView": len(self.views),
            "componentType": _COMPONENT_TYPES[array.dtype.name],
            "count": len(array),
            "type": "SCALAR" if array.ndim == 1 else "VEC3",
        }
        self.views.append(view)
        self.accessors.append(accessor | (extra or {}))
        self.data += raw + bytes(-len(raw) % 4)
        return len(self.accessors) - 1


def _mesh(
    part: WrittenPart,
    vertices: NDArray[np.float32],
    normals: NDArray[np.float32],
    binary: _Binary,
    material_index: int,
) -> dict[str, Any]:
    used, indices = np.unique(part.faces, return_inverse=True)
    positions = vertices[used].astype(np.float32)
    # 65535 itself is reserved for restarting a strip (section 3.7.2.1).
    index_type = np.uint16 if len(used) <= 65535 else np.uint32
    bounds = {"min": positions.min(axis=0).tolist(), "max": positions.max(axis=0).tolist()}
    primitive = {
        "attributes": {
            "POSITION": binary.add(positions, _ARRAY_BUFFER, bounds),
            "NORMAL": binary.add(normals[used], _ARRAY_BUFFER),
        },
        "indices": binary.add(indices.ravel().astype(index_type), _ELEMENT_ARRAY_BUFFER),
        "material": material_index,
    }
    return {"name": part.surface.name, "primitives": [primitive]}


def _node(mesh_index: int, surface: Surface) -> dict[str, Any]:
    extras = {"part": surface.name, "material": surface.material}
    return {"name": surface.name, "mesh": mesh_index, "extras": extras}


def _material(name: str, surface: Surface) -> dict[str, Any]:
    """Metallic-roughness (section 3.9.2); colours are linear there, as here."""
    factors = {
        "baseColorFactor": [*map(float, surface.base_color), float(surface.opacity)],
        "metallicFactor": float(surface.metallic),
        "roughnessFactor": float(surface.roughness),
    }
    alpha_mode = "OPAQUE" if surface.opacity >= 1.0 else "BLEND"
    return {"name": name, "pbrMetallicRoughness": factors, "alphaMode": alpha_mode, "doubleSided": False}


def _container(document: dict[str, Any], binary: bytes) -> bytes:
    """Header and two chunks (section 4.4); JSON is padded with spaces, as the section asks."""
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), _JSON_CHUNK) + text
    chunks += struct.pack("<II", len(binary), _BINARY_CHUNK) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
