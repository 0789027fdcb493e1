"""From faces with attributes at their corners to vertices, for formats with one index for everything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.formats.parts import WrittenPart, maps_of
from serve.geometry.creases import corner_normals
from serve.geometry.mesh import PartMesh
from serve.geometry.tangents import corner_tangents

__all__ = ["Corners", "SplitPart", "corners_of", "distinct_rows", "reordered", "split_part"]


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """What a file says at the corners of an asset's faces.

    Args:
        position: float32 [F, 3, 3], metres.
        normal: float32 [F, 3, 3], unit.
        uv: float32 [F, 3, 2]; None without texture coordinates.
        color: float32 [F, 3, 3], linear RGB; None without colours.
        tangent: float32 [F, 3, 4] as glTF has them; None where no texture has a normal map.
        influences: float32 [F, 3, K], whole numbers: which joints a corner follows and by how much, as
            `serve.formats.animation` packs them; None for what does not bend.
    """

    position: NDArray[np.float32]
    normal: NDArray[np.float32]
    uv: NDArray[np.float32] | None
    color: NDArray[np.float32] | None
    tangent: NDArray[np.float32] | None
    influences: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SplitPart:
    """A part as indexed triangles, its V vertices in the order in which its faces first use them.

    Args:
        position: float32 [V, 3].
        normal: float32 [V, 3].
        uv: float32 [V, 2], or None.
        color: float32 [V, 3], or None.
        tangent: float32 [V, 4], or None.
        indices: uint32 [3F].
        influences: float32 [V, K], or None.
    """

    position: NDArray[np.float32]
    normal: NDArray[np.float32]
    uv: NDArray[np.float32] | None
    color: NDArray[np.float32] | None
    tangent: NDArray[np.float32] | None
    indices: NDArray[np.uint32]
    influences: NDArray[np.float32] | None = None


def corners_of(mesh: PartMesh) -> Corners:
    """Everything that files say at corners. The normals are those of the renderer: crisp at sharp edges."""
    has_normal_map = any(maps.normal is not None for maps in mesh.textures)
    return Corners(
        mesh.vertices[mesh.faces].astype(np.float32, copy=False),
        corner_normals(mesh.vertices, mesh.faces),
        mesh.corner_uv,
        mesh.corner_color,
        corner_tangents(mesh) if has_normal_map else None,
    )


def split_part(mesh: PartMesh, corners: Corners, part: WrittenPart) -> SplitPart:
    """The part's corners with the equal ones made one vertex.

    Vertices that were one stay equal in position to the bit, so that a reader that merges by position gets
    the closed surface back. Coordinates are left out where neither a texture nor an unwrapped mesh without
    textures has a use for them, tangents where no normal map has.
    """
    maps = maps_of(mesh, part.look)
    columns = {
        "position": corners.position,
        "normal": corners.normal,
        "uv": corners.uv if maps is not None or not mesh.textures else None,
        "color": corners.color if part.look.takes_colors else None,
        "tangent": corners.tangent if maps is not None and maps.normal is not None else None,
        "influences": corners.influences,
    }
    rows = {
        name: column[part.face_indices].reshape(-1, column.shape[2]) if column is not None else None
        for name, column in columns.items()
    }
    first, indices = distinct_rows(*(column for column in rows.values() if column is not None))
    kept = {name: column[first] if column is not None else None for name, column in rows.items()}
    return SplitPart(**kept, indices=indices)  # type: ignore[arg-type]


def reordered(part: SplitPart, order: NDArray[np.int64]) -> SplitPart:
    """The part with its faces in another order, int64 [F], and its vertices again in that of first use."""
    corners = part.indices.reshape(-1, 3)[order].reshape(-1)
    used, first = np.unique(corners, return_index=True)
    kept = used[np.argsort(first)]
    rank = np.zeros(len(part.position), np.uint32)
    rank[kept] = np.arange(len(kept), dtype=np.uint32)
    columns = (part.uv, part.color, part.tangent, part.influences)
    uv, color, tangent, influences = (column[kept] if column is not None else None for column in columns)
    return SplitPart(part.position[kept], part.normal[kept], uv, color, tangent, rank[corners], influences)


def distinct_rows(*columns: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Which rows differ.

    Args:
        columns: float32 [N, K] each; a row is what stands in all of them.

    Returns:
        The first place of each distinct row, int64 [R], ascending, and for each of the N rows which of the R
        it equals, uint32 [N].
    """
    # Zero has two signs, which differ in their bytes alone; adding 0 leaves the positive one.
    table = np.ascontiguousarray(np.concatenate(columns, axis=1) + np.float32(0.0))
    rows = table.view(f"V{table.shape[1] * table.itemsize}").reshape(-1)
    _, first, inverse = np.unique(rows, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.zeros(len(order), np.uint32)
    rank[order] = np.arange(len(order), dtype=np.uint32)
    return first[order].astype(np.int64), rank[inverse.reshape(-1)]
