"""Clean, smooth and remesh, each beside other tools."""

from __future__ import annotations

from typing import Any

import trimesh

from benchmarks.geometry_distances import deviation, soundness, volume
from benchmarks.geometry_meshes import bumpy_ball, damaged, house_mesh, noisy
from benchmarks.geometry_table import Way, comparison, find_all, markdown
from benchmarks.geometry_tools import (
    from_meshlab,
    from_open3d,
    from_trimesh,
    meshlab_filters,
    to_meshlab,
    to_open3d,
    to_trimesh,
)
from serve.fields.remeshing import remesh
from serve.geometry.cleaning import clean
from serve.geometry.mesh import PartMesh
from serve.geometry.smoothing import smooth

__all__ = ["clean_table", "remesh_table", "smooth_table"]

_ROUND_COUNT = 10  # of smoothing, there and back
_MESHLAB_REPAIRS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("meshing_remove_duplicate_vertices", {}),
    ("meshing_remove_duplicate_faces", {}),
    ("meshing_remove_null_faces", {}),
    ("meshing_repair_non_manifold_edges", {}),
    ("meshing_repair_non_manifold_vertices", {}),
    ("meshing_re_orient_faces_coherently", {}),
    ("meshing_close_holes", {"maxholesize": 100}),
)


def clean_table(face_counts: tuple[int, ...]) -> str:
    """A mesh with holes, turned faces and duplicates is mended."""
    rows = [row for count in face_counts for row in _clean_rows(count)]
    notes = (
        "A robot's mesh with 12 holes, a tenth of its faces turned over, a hundredth there twice and half of "
        "them on vertices of their own. Baseline: trimesh (`process`, `validate`, `fill_holes`, "
        "`fix_normals`). pymeshlab: its filters for duplicates, non-manifold edges and vertices, orientation "
        "and holes. Watertight: each edge has two faces that agree, and the volume is positive. Distance: "
        "mean, from the mesh before the damage and back, as a share of the diagonal."
    )
    head = ["faces", "tool", "seconds", "x trimesh", "faces then", "watertight", "distance"]
    return markdown("Clean", notes, head, rows)


def _clean_rows(face_count: int) -> list[list[str]]:
    sound = house_mesh(face_count)
    broken = damaged(sound)
    ways: list[Way[Any, PartMesh]] = [
        Way("Galatea", lambda: broken, lambda mesh: clean(mesh)[0]),
        Way("trimesh", lambda: broken, _cleaned_by_trimesh),
        Way("pymeshlab", lambda: to_meshlab(broken), _cleaned_by_meshlab, "pymeshlab"),
    ]

    def judge(mesh: PartMesh) -> list[str]:
        return [f"{len(mesh.faces):,}", soundness(mesh), f"{deviation(sound, mesh):.4%}"]

    rows = comparison(find_all(ways), "trimesh", judge, 3)
    return [[f"{len(broken.faces):,}", *row] for row in rows]


def _cleaned_by_trimesh(mesh: PartMesh) -> PartMesh:
    result = trimesh.Trimesh(mesh.vertices, mesh.faces, process=True, validate=True)
    trimesh.repair.fill_holes(result)
    trimesh.repair.fix_normals(result)
    return from_trimesh(result)


def _cleaned_by_meshlab(meshes: Any) -> PartMesh:
    return from_meshlab(meshlab_filters(*_MESHLAB_REPAIRS)(meshes))


def smooth_table(face_counts: tuple[int, ...]) -> str:
    """Noise is taken off a ball."""
    rows = [row for count in face_counts for row in _smooth_rows(count)]
    notes = (
        "A bumpy ball with noise along the normals, a quarter of an edge in the mean square; "
        f"{_ROUND_COUNT} rounds of Taubin's filter by every tool (0.5 there, 0.53 back). Baseline: trimesh. "
        "Noise left: mean distance from the ball without noise, as a share of that before. Volume: against "
        "the ball without noise."
    )
    head = ["faces", "tool", "seconds", "x trimesh", "watertight", "noise left", "volume"]
    return markdown("Smooth", notes, head, rows)


def _smooth_rows(face_count: int) -> list[list[str]]:
    even = bumpy_ball(face_count)
    rough = noisy(even)
    before, volume_before = deviation(even, rough), volume(even)
    taubin = {"lambda_": 0.5, "mu": -0.53, "stepsmoothnum": _ROUND_COUNT}
    filtered = meshlab_filters(("apply_coord_taubin_smoothing", taubin))
    ways: list[Way[Any, PartMesh]] = [
        Way("Galatea", lambda: rough, lambda mesh: smooth(mesh, _ROUND_COUNT)),
        Way("trimesh", lambda: to_trimesh(rough), _smoothed_by_trimesh),
        Way(
            "pymeshlab", lambda: to_meshlab(rough), lambda meshes: from_meshlab(filtered(meshes)), "pymeshlab"
        ),
        Way("open3d", lambda: to_open3d(rough), _smoothed_by_open3d, "open3d"),
    ]

    def judge(mesh: PartMesh) -> list[str]:
        ratio = volume(mesh) / volume_before
        return [soundness(mesh), f"{deviation(even, mesh) / before:.0%}", f"{ratio - 1.0:+.3%}"]

    rows = comparison(find_all(ways), "trimesh", judge, 3)
    return [[f"{len(rough.faces):,}", *row] for row in rows]


def _smoothed_by_trimesh(mesh: trimesh.Trimesh) -> PartMesh:
    # It counts the ways there and back as one iteration each.
    trimesh.smoothing.filter_taubin(mesh, lamb=0.5, nu=0.53, iterations=2 * _ROUND_COUNT)
    return from_trimesh(mesh)


def _smoothed_by_open3d(mesh: Any) -> PartMesh:
    return from_open3d(mesh.filter_smooth_taubin(_ROUND_COUNT, 0.5, -0.53))


def remesh_table(resolutions: dict[int, int]) -> str:
    """A sound mesh and a damaged one are drawn around, on grids of so many cells by number of faces."""
    rows = [row for count, cells in resolutions.items() for row in _remesh_rows(count, cells)]
    notes = (
        "A new closed surface on a grid, around a sound robot and around the damaged one of the first table. "
        "Baseline: pymeshlab's `generate_resampled_uniform_mesh` with the same cells; open3d has nothing "
        "like it for a mesh. Distance: from the sound mesh and back, as above."
    )
    head = ["faces", "cells", "source", "tool", "seconds", "x pymeshlab"]
    return markdown("Remesh", notes, [*head, "faces then", "watertight", "distance"], rows)


def _remesh_rows(face_count: int, resolution: int) -> list[list[str]]:
    sound = house_mesh(face_count)
    rows = []
    for name, source in (("sound", sound), ("damaged", damaged(sound))):
        found = find_all(_remesh_ways(source, resolution))

        def judge(mesh: PartMesh) -> list[str]:
            return [f"{len(mesh.faces):,}", soundness(mesh), f"{deviation(sound, mesh):.4%}"]

        cells = [f"{len(source.faces):,}", f"{resolution}", name]
        rows += [[*cells, *row] for row in comparison(found, "pymeshlab", judge, 3)]
    return rows


def _remesh_ways(source: PartMesh, resolution: int) -> list[Way[Any, PartMesh]]:
    lower, upper = source.bounds
    cell_m = float((upper - lower).max()) / resolution

    def resampled(meshes: Any) -> PartMesh:
        import pymeshlab  # type: ignore[import-not-found]

        middle = pymeshlab.PercentageValue(50)  # of the distances that it offers: the surface itself
        params = {"cellsize": pymeshlab.PureValue(cell_m), "offset": middle, "mergeclosevert": True}
        return from_meshlab(meshlab_filters(("generate_resampled_uniform_mesh", params))(meshes))

    return [
        Way("Galatea", lambda: source, lambda mesh: remesh(mesh, resolution)),
        Way("pymeshlab", lambda: to_meshlab(source), resampled, "pymeshlab"),
    ]
