"""The parts of an asset as meshes of a glTF document, one primitive each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from serve.formats.corners import Corners, SplitPart, reordered, split_part
from serve.formats.gltf_binary import Binary
from serve.formats.meshopt import walk_faces
from serve.formats.parts import WrittenPart
from serve.formats.quantization import Grid, quantized
from serve.geometry.mesh import PartMesh

__all__ = ["MeshWriter"]


@dataclass(frozen=True, slots=True)
class MeshWriter:
    """Writes the parts of one asset.

    Args:
        mesh: The asset.
        corners: What is written at the corners of its faces.
        material_names: In the order of the document's materials.
        binary: Takes the vertices and indices.
        grid: Of quantized positions; None where vertices are written as they are.
    """

    mesh: PartMesh
    corners: Corners
    material_names: list[str]
    binary: Binary
    grid: Grid | None

    def part(self, part: WrittenPart) -> dict[str, Any]:
        """The part's entry of `meshes`."""
        split = split_part(self.mesh, self.corners, part)
        if self.grid is not None:
            split = reordered(split, walk_faces(split.indices.reshape(-1, 3)))
        primitive = {
            "attributes": self._attributes(split) | self._influences(split),
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

    def _influences(self, split: SplitPart) -> dict[str, int]:
        """JOINTS_0 as narrow as their numbers allow, and WEIGHTS_0 (section 3.7.3.3)."""
        if split.influences is None:
            return {}
        joints, shares = np.split(split.influences, 2, axis=1)
        narrow = np.uint8 if joints.max() <= 255 else np.uint16
        return {
            "JOINTS_0": self.binary.add_vertices(joints.astype(narrow)),
            "WEIGHTS_0": self.binary.add_vertices(shares.astype(np.uint16), normalized=True),
        }
