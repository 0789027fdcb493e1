"""The other tools that `benchmarks.geometry` compares with, as functions from meshes to meshes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import trimesh

from serve.geometry.mesh import PartMesh
from serve.stages.extract_mesh import body_mesh

__all__ = [
    "from_meshlab",
    "from_open3d",
    "from_trimesh",
    "meshlab_filters",
    "to_meshlab",
    "to_open3d",
    "to_trimesh",
]


def to_trimesh(mesh: PartMesh) -> trimesh.Trimesh:
    """The bare mesh, as it is."""
    return trimesh.Trimesh(mesh.vertices.copy(), mesh.faces.copy(), process=False)


def from_trimesh(mesh: trimesh.Trimesh) -> PartMesh:
    """One part."""
    return body_mesh(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32))


def to_meshlab(mesh: PartMesh) -> Any:
    """A MeshSet of the bare mesh."""
    import pymeshlab  # type: ignore[import-not-found]

    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(pymeshlab.Mesh(mesh.vertices.astype(np.float64), mesh.faces))
    return meshes


def from_meshlab(meshes: Any) -> PartMesh:
    """The MeshSet's current mesh as one part."""
    mesh = meshes.current_mesh()
    return body_mesh(mesh.vertex_matrix().astype(np.float32), mesh.face_matrix().astype(np.int32))


def meshlab_filters(*filters: tuple[str, dict[str, Any]]) -> Callable[[Any], Any]:
    """A function that applies filters, each a name with its parameters, to a MeshSet and gives it back."""

    def apply(meshes: Any) -> Any:
        for name, params in filters:
            meshes.apply_filter(name, **params)
        return meshes

    return apply


def to_open3d(mesh: PartMesh) -> Any:
    """The bare mesh as a legacy TriangleMesh, which has the most filters."""
    import open3d  # type: ignore[import-not-found]

    points = open3d.utility.Vector3dVector(mesh.vertices.astype(np.float64))
    return open3d.geometry.TriangleMesh(points, open3d.utility.Vector3iVector(mesh.faces))


def from_open3d(mesh: Any) -> PartMesh:
    """One part."""
    return body_mesh(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.triangles, np.int32))
