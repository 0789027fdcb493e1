"""Decimation beside other tools: what it takes, what is left, and how far off that is."""

from __future__ import annotations

from typing import Any

import fast_simplification

from benchmarks.geometry_distances import deviation, soundness, strayed_share
from benchmarks.geometry_meshes import house_mesh
from benchmarks.geometry_table import Way, comparison, find_all, markdown
from benchmarks.geometry_tools import from_meshlab, from_open3d, meshlab_filters, to_meshlab, to_open3d
from serve.geometry.mesh import PartMesh
from serve.geometry.simplification import simplify
from serve.stages.extract_mesh import body_mesh

__all__ = ["decimate_table"]


def decimate_table(face_counts: tuple[int, ...]) -> str:
    """A tenth of the faces are left."""
    rows = [row for count in face_counts for row in _rows(count, count // 10)]
    notes = (
        "A closed robot of many parts. Baseline: `fast_simplification.simplify`, which trimesh calls. "
        "pymeshlab with `preserveboundary` and `preservetopology`. The others know no parts: their faces get "
        "those of the source's nearest face. Strayed: the share of the source's area that then belongs to "
        "another part. Distance: mean, from the source and back, as a share of the diagonal."
    )
    head = ["from", "to", "tool", "seconds", "x fast_simplification"]
    return markdown("Decimate", notes, [*head, "faces", "watertight", "strayed", "distance"], rows)


def _rows(face_count: int, target_count: int) -> list[list[str]]:
    source = house_mesh(face_count)

    def judge(mesh: PartMesh) -> list[str]:
        return [
            f"{len(mesh.faces):,}",
            soundness(mesh),
            f"{strayed_share(source, mesh):.2%}",
            f"{deviation(source, mesh):.4%}",
        ]

    rows = comparison(find_all(_ways(source, target_count)), "fast_simplification", judge, 4)
    return [[f"{len(source.faces):,}", f"{target_count:,}", *row] for row in rows]


def _ways(source: PartMesh, target_count: int) -> list[Way[Any, PartMesh]]:
    collapse = {"targetfacenum": target_count, "preserveboundary": True, "preservetopology": True}
    filtered = meshlab_filters(("meshing_decimation_quadric_edge_collapse", collapse))

    def collapsed(mesh: PartMesh) -> PartMesh:
        return body_mesh(*fast_simplification.simplify(mesh.vertices, mesh.faces, target_count=target_count))

    def by_open3d(mesh: Any) -> PartMesh:
        return from_open3d(mesh.simplify_quadric_decimation(target_count))

    return [
        Way("Galatea", lambda: source, lambda mesh: simplify(mesh, target_count)),
        Way("fast_simplification", lambda: source, collapsed),
        Way(
            "pymeshlab",
            lambda: to_meshlab(source),
            lambda meshes: from_meshlab(filtered(meshes)),
            "pymeshlab",
        ),
        Way("open3d", lambda: to_open3d(source), by_open3d, "open3d"),
    ]
