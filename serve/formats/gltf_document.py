"""The glTF 2.0 document that GLB and glTF share: Y up, metres, linear colours, physically based materials."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from serve.formats.corners import Corners, SplitPart, corners_of, reordered, split_part
from serve.formats.gltf_binary import Binary
from serve.formats.gltf_materials import PlacePicture, materials_of
from serve.formats.meshopt import walk_faces
from serve.formats.parts import WrittenPart, looks_of, written_parts
from serve.formats.quantization import Grid, grid_of, quantized
from serve.geometry.mesh import PartMesh, Surface

__all__ = ["build_document", "json_text"]

_COMPRESSION = ["EXT_meshopt_compression", "KHR_mesh_quantization"]


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
    write = _MeshWriter(mesh, corners_of(mesh), list(looks), binary, grid)
    meshes = [write.part(part) for part in parts]
    document = {
        "asset": {"version": "2.0", "generator": "Galatea"},
        "scene": 0,
        "scenes": [{"name": name, "nodes": [0]}],
        "nodes": _nodes(name, parts, grid),
        "meshes": meshes,
        **materials_of(looks, mesh.textures, place),
        "accessors": binary.accessors,
        "bufferViews": binary.views,
    }
    return document | ({"extensionsUsed": _COMPRESSION, "extensionsRequired": _COMPRESSION} if grid else {})


def json_text(document: dict[str, Any]) -> bytes:
    """The document as JSON in UTF-8, padded with spaces to a multiple of 4 bytes (section 4.4.3.2)."""
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    return text + b" " * (-len(text) % 4)


@dataclass(frozen=True, slots=True)
class _MeshWriter:
    """Writes the parts of one asset."""

    mesh: PartMesh
    corners: Corners
    material_names: list[str]
    binary: Binary
    grid: Grid | None

    def part(self, part: WrittenPart) -> dict[str, Any]:
        split = split_part(self.mesh, self.corners, part)
        if self.grid is not None:
            split = reordered(split, walk_faces(split.indices.reshape(-1, 3)))
        primitive = {
            "attributes": self._attributes(split),
            "indices": self.binary.add_indices(split.indices, len(split.position)),
            "material": self.material_names.index(part.material_name),
        }
        return {"name": part.surface.name, "primitives": [primitive]}

    def _attributes(self, split: SplitPart) -> dict[str, int]:
        columns = {
            "POSITION": split.position,
            "NORMAL": split.normal,
            "TANGENT": split.tangent,
            "TEXCOORD_0": split.uv,
            "COLOR_0": split.color,
        }
        accessors = {}
        for semantic, values in columns.items():
            if values is not None:
                stored, normalized = quantized(semantic, values, self.grid) if self.grid else (values, False)
                accessors[semantic] = self.binary.add_vertices(
                    stored, normalized=normalized, bounds=semantic == "POSITION"
                )
        return accessors


def _nodes(name: str, parts: tuple[WrittenPart, ...], grid: Grid | None) -> list[dict[str, Any]]:
    """The root, the node that turns quantized numbers into metres, and the parts."""
    above: list[dict[str, Any]] = [{"name": name}]
    if grid is not None:
        scale = [grid.step_m] * 3
        above.append({"name": "grid", "translation": list(grid.origin_m), "scale": scale})
        above[0]["children"] = [1]
    above[-1]["children"] = list(range(len(above), len(above) + len(parts)))
    return [*above, *(_node(index, part.surface) for index, part in enumerate(parts))]


def _node(mesh_index: int, surface: Surface) -> dict[str, Any]:
    extras = {"part": surface.name, "material": surface.material}
    return {"name": surface.name, "mesh": mesh_index, "extras": extras}
