"""The glTF 2.0 document that GLB and glTF share: Y up, metres, linear colours, physically based materials."""

from __future__ import annotations

import json
from typing import Any

from serve.formats.corners import corners_of
from serve.formats.gltf_binary import Binary
from serve.formats.gltf_materials import PlacePicture, materials_of
from serve.formats.gltf_meshes import MeshWriter
from serve.formats.parts import WrittenPart, looks_of, written_parts
from serve.formats.quantization import Grid, grid_of
from serve.geometry.mesh import PartMesh, Surface

__all__ = ["ASSET", "COMPRESSION", "build_document", "json_text", "part_node"]

ASSET = {"version": "2.0", "generator": "Galatea"}
"""What every document says of itself."""
_EXTENSIONS = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
COMPRESSION = {"extensionsUsed": _EXTENSIONS, "extensionsRequired": _EXTENSIONS}
"""What a document with compressed vertices says beside."""


def build_document(
    mesh: PartMesh, name: str, binary: Binary, place: PlacePicture, *, compressed: bool
) -> dict[str, Any]:
    """The document without its buffers: a root node and under it a node and a mesh for each part.

    Where two parts meet, both hold the border's vertices, equal in position to the bit.

    Args:
        mesh: The asset.
        name: The root node's name.
        binary: Takes the vertices and indices.
        place: Puts a picture into the file.
        compressed: Whether `binary` encodes; the vertices are then quantized.
    """
    parts = written_parts(mesh)
    looks = looks_of(parts)
    grid = grid_of(mesh.vertices) if compressed else None
    writer = MeshWriter(mesh, corners_of(mesh), list(looks), binary, grid)
    meshes = [writer.part(part) for part in parts]
    document = {
        "asset": ASSET,
        "scene": 0,
        "scenes": [{"name": name, "nodes": [0]}],
        "nodes": _nodes(name, parts, grid),
        "meshes": meshes,
        **materials_of(looks, mesh.textures, place),
        "accessors": binary.accessors,
        "bufferViews": binary.views,
    }
    return document | (COMPRESSION if grid else {})


def json_text(document: dict[str, Any]) -> bytes:
    """The document as JSON in UTF-8, padded with spaces to a multiple of 4 bytes (section 4.4.3.2)."""
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    return text + b" " * (-len(text) % 4)


def _nodes(name: str, parts: tuple[WrittenPart, ...], grid: Grid | None) -> list[dict[str, Any]]:
    """The root, the node that turns quantized numbers into metres, and the parts."""
    above: list[dict[str, Any]] = [{"name": name}]
    if grid is not None:
        scale = [grid.step_m] * 3
        above.append({"name": "grid", "translation": list(grid.origin_m), "scale": scale})
        above[0]["children"] = [1]
    above[-1]["children"] = list(range(len(above), len(above) + len(parts)))
    return [*above, *(part_node(index, part.surface) for index, part in enumerate(parts))]


def part_node(mesh_index: int, surface: Surface) -> dict[str, Any]:
    """The node of a part: its mesh, and what part of the asset it is."""
    extras = {"part": surface.name, "material": surface.material}
    return {"name": surface.name, "mesh": mesh_index, "extras": extras}
