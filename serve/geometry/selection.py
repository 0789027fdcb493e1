"""A mesh of some faces of another, or of the same faces turned over, with all that hangs on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.geometry.topology import compact

__all__ = ["select_faces", "turn_faces", "without_unused_vertices"]


def select_faces(mesh: PartMesh, chosen: NDArray[Any]) -> PartMesh:
    """These faces, bool [F] or indices, with all vertices; the mesh itself where all are chosen."""
    if chosen.dtype == bool and chosen.all():
        return mesh
    return replace(
        mesh,
        faces=mesh.faces[chosen],
        face_part=mesh.face_part[chosen],
        corner_color=None if mesh.corner_color is None else mesh.corner_color[chosen],
        corner_uv=None if mesh.corner_uv is None else mesh.corner_uv[chosen],
    )


def turn_faces(mesh: PartMesh, which: NDArray[np.bool_]) -> PartMesh:
    """The mesh with these faces, bool [F], wound the other way round; itself where there are none."""
    if not which.any():
        return mesh
    order = np.where(which[:, None], [0, 2, 1], [0, 1, 2])
    rows = np.arange(len(mesh.faces))[:, None]
    return replace(
        mesh,
        faces=mesh.faces[rows, order],
        corner_color=None if mesh.corner_color is None else mesh.corner_color[rows, order],
        corner_uv=None if mesh.corner_uv is None else mesh.corner_uv[rows, order],
    )


def without_unused_vertices(mesh: PartMesh) -> PartMesh:
    """The mesh without vertices that no face names; itself where there are none."""
    used = np.zeros(len(mesh.vertices), bool)
    used[mesh.faces] = True
    if used.all():
        return mesh
    vertices, faces = compact(mesh.vertices, mesh.faces)
    return replace(mesh, vertices=vertices, faces=faces)
