"""Primitives of glTF meshes: triangles, strips and fans (section 3.7 of glTF 2.0.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.gltf_accessors import read_accessor, read_indices
from serve.formats.reading.gltf_document import GltfDocument
from serve.formats.reading.gltf_json import Record
from serve.formats.reading.limits import LIMITS, at_most

__all__ = ["Primitive", "read_primitive"]

_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_MODE_COUNT = 7


@dataclass(frozen=True, slots=True, eq=False)
class Primitive:
    """Triangles of one material, in their node's space.

    Args:
        positions: float64 [V, 3].
        faces: int64 [F, 3].
        material: Index, or None for none.
        color: Linear RGB float64 [V, 3], which multiplies the material's; None for none.
        uvs: Texture coordinates float64 [V, 2] by set.
        joints: Joints int64 [V, J] and weights float64 [V, J] of a skin; None for none.
    """

    positions: NDArray[np.float64]
    faces: NDArray[np.int64]
    material: int | None
    color: NDArray[np.float64] | None
    uvs: dict[int, NDArray[np.float64]]
    joints: tuple[NDArray[np.int64], NDArray[np.float64]] | None


def read_primitive(document: GltfDocument, primitive: Record) -> Primitive | None:
    """Its triangles; None for points and lines.

    Raises:
        UnreadableMeshError: Its accessors are damaged, disagree, or are compressed.
    """
    mode = primitive.whole("mode", _TRIANGLES, below=_MODE_COUNT)
    attributes = primitive.record("attributes")
    if mode < _TRIANGLES or "POSITION" not in attributes:
        return None
    if "KHR_draco_mesh_compression" in primitive.record("extensions") and "bufferView" not in document.item(
        "accessors", attributes.whole("POSITION")
    ):
        raise UnreadableMeshError(
            "the glTF file uses Draco compression, which cannot be read: export it without"
        )
    positions = read_accessor(document, attributes.whole("POSITION"), (3,))
    at_most(LIMITS.vertex_count, len(positions), "vertices", "reduce it before it is sent")
    color = _attribute(document, attributes, "COLOR_0", (3, 4), len(positions))
    return Primitive(
        positions,
        _faces(_indices(document, primitive, len(positions)), mode),
        primitive.whole("material") if "material" in primitive else None,
        None if color is None else color[:, :3],
        _uvs(document, attributes, len(positions)),
        _joints(document, attributes, len(positions)),
    )


def _attribute(
    document: GltfDocument, attributes: Record, name: str, widths: tuple[int, ...], count: int
) -> NDArray[np.float64] | None:
    if name not in attributes:
        return None
    values = read_accessor(document, attributes.whole(name), widths)
    if len(values) != count:
        raise UnreadableMeshError(
            f"{count:,} vertices have {len(values):,} values of {name}: the file is damaged"
        )
    return values


def _uvs(document: GltfDocument, attributes: Record, count: int) -> dict[int, NDArray[np.float64]]:
    found = {place: _attribute(document, attributes, f"TEXCOORD_{place}", (2,), count) for place in range(4)}
    return {place: uv for place, uv in found.items() if uv is not None}


def _joints(
    document: GltfDocument, attributes: Record, count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Four joints a vertex: further sets are those of the least weight."""
    joints = _attribute(document, attributes, "JOINTS_0", (4,), count)
    weights = _attribute(document, attributes, "WEIGHTS_0", (4,), count)
    if joints is None or weights is None:
        return None
    return np.clip(np.nan_to_num(joints), 0, 2**16).astype(np.int64), np.nan_to_num(weights)


def _indices(document: GltfDocument, primitive: Record, vertex_count: int) -> NDArray[np.int64]:
    if "indices" in primitive:
        return read_indices(document, primitive.whole("indices"), vertex_count)
    return np.arange(vertex_count)


def _faces(indices: NDArray[np.int64], mode: int) -> NDArray[np.int64]:
    """Triangles int64 [F, 3]; strips wind every other one the other way, and their joints have no area."""
    if mode == _TRIANGLES:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    if len(indices) < 3:
        return np.zeros((0, 3), np.int64)
    if mode == _FAN:
        return np.stack([np.full(len(indices) - 2, indices[0]), indices[1:-1], indices[2:]], axis=1)
    faces = np.stack([indices[:-2], indices[1:-1], indices[2:]], axis=1)
    faces[1::2] = faces[1::2, [1, 0, 2]]
    first, second, third = faces.T
    return np.asarray(faces[(first != second) & (second != third) & (third != first)])
