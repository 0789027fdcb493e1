"""Inspection beside other tools: does it count the same?"""

from __future__ import annotations

from typing import Any

import numpy as np
import trimesh

from benchmarks.geometry_meshes import crossing_balls
from benchmarks.geometry_table import Way, comparison, find_all, markdown
from benchmarks.geometry_tools import meshlab_filters, to_meshlab, to_open3d, to_trimesh
from serve.geometry.inspection import measure
from serve.geometry.mesh import PartMesh

__all__ = ["inspect_table"]

_MOST_OPEN3D_FACES = 50_000  # it compares every face with every other


def inspect_table(face_counts: tuple[int, ...]) -> str:
    """Two balls that cross are measured."""
    rows = [row for count in face_counts for row in _rows(crossing_balls(count))]
    notes = (
        "Two bumpy balls that cross. Baseline: trimesh's properties, which know nothing of "
        "self-intersections. open3d counts pairs of faces, pymeshlab the faces that are in one; Galatea says "
        "how it counted. open3d compares every face with every other, so it is left out above "
        f"{_MOST_OPEN3D_FACES:,} faces."
    )
    head = ["faces", "tool", "seconds", "x trimesh", "watertight", "pieces", "volume, m³", "crossings"]
    return markdown("Inspect", notes, head, rows)


def _rows(mesh: PartMesh) -> list[list[str]]:
    too_many = len(mesh.faces) > _MOST_OPEN3D_FACES
    ways: list[Way[Any, list[str]]] = [
        Way("Galatea", lambda: mesh, _by_galatea),
        Way("trimesh", lambda: to_trimesh(mesh), _by_trimesh),
        Way("pymeshlab", lambda: to_meshlab(mesh), _by_meshlab, "pymeshlab"),
        Way("open3d", lambda: to_open3d(mesh), _by_open3d, "open3d", "left out" if too_many else ""),
    ]
    rows = comparison(find_all(ways), "trimesh", lambda cells: cells, 4)
    return [[f"{len(mesh.faces):,}", *row] for row in rows]


def _cells(closed: bool, piece_count: int, volume_m3: float | None, crossings: str) -> list[str]:
    volume = "-" if volume_m3 is None else f"{volume_m3:.6f}"
    return ["yes" if closed else "no", f"{piece_count}", volume, crossings]


def _by_galatea(mesh: PartMesh) -> list[str]:
    found = measure(mesh, 0)
    crossings = f"{found.self_intersection_count:,} pairs ({found.self_intersection_method.value})"
    return _cells(found.watertight, found.component_count, found.volume_m3, crossings)


def _by_trimesh(mesh: trimesh.Trimesh) -> list[str]:
    closed = bool(mesh.is_watertight and mesh.is_winding_consistent)
    return _cells(closed, mesh.body_count, float(mesh.volume), "-")


def _by_meshlab(meshes: Any) -> list[str]:
    found = meshes.get_topological_measures()
    shape = meshes.get_geometric_measures()
    meshlab_filters(("compute_selection_by_self_intersections_per_face", {}))(meshes)
    closed = found["is_mesh_two_manifold"] and found["boundary_edges"] == 0
    crossings = f"{meshes.current_mesh().selected_face_number():,} faces"
    return _cells(closed, found["connected_components_number"], shape["mesh_volume"], crossings)


def _by_open3d(mesh: Any) -> list[str]:
    pairs = f"{len(mesh.get_self_intersecting_triangles()):,} pairs"
    closed = mesh.is_edge_manifold(allow_boundary_edges=False) and mesh.is_vertex_manifold()
    pieces = len(np.asarray(mesh.cluster_connected_triangles()[1]))
    return _cells(closed and mesh.is_orientable(), pieces, None, pairs)
