"""Unwrapping and baking beside other tools."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import xatlas
from PIL import Image

from benchmarks.geometry_meshes import house_mesh
from benchmarks.geometry_table import Found, Way, comparison, find_all, markdown
from benchmarks.geometry_tools import meshlab_filters
from serve.geometry.inspection_texture import coverage_of
from serve.geometry.mesh import PartMesh, TextureMaps
from serve.geometry.simplification import simplify
from serve.geometry.unwrapping import unwrap
from serve.render import PictureSettings, frame_turntable, trace_base_color
from serve.render.baking import bake
from serve.render.tone import linear_to_srgb
from tests.color_difference import ciede2000, lab_from_linear

__all__ = ["bake_table", "unwrap_table"]

_TEXTURE_SIZE = 1024
_TARGET_COUNT = 10_000
_LIMIT_S = 20.0  # of xatlas alone, which takes a minute or more on the largest mesh
_VIEWS = PictureSettings(width=256, height=256, sample_count=4)


def unwrap_table(face_counts: tuple[int, ...]) -> str:
    """Texture coordinates for a robot."""
    rows = [row for count in face_counts for row in _unwrap_rows(house_mesh(count))]
    notes = (
        "A robot of many parts. Baseline: `xatlas.parametrize` alone with its defaults, in a process that is "
        f"ended after {_LIMIT_S:.0f} s. Coverage and overlap: sampled at 1024 x 1024 points."
    )
    head = ["faces", "tool", "seconds", "x xatlas", "coverage", "overlap"]
    return markdown(f"Unwrap for {_TEXTURE_SIZE} texels", notes, head, rows)


def _unwrap_rows(mesh: PartMesh) -> list[list[str]]:
    found: dict[str, Found[PartMesh] | str] = {
        **find_all([Way("Galatea", lambda: mesh, lambda source: unwrap(source, _TEXTURE_SIZE))]),
        "xatlas alone": _unwrapped_by_xatlas(mesh),
    }

    def judge(unwrapped: PartMesh) -> list[str]:
        assert unwrapped.corner_uv is not None
        return [f"{share:.1%}" for share in coverage_of(unwrapped.corner_uv)]

    rows = comparison(found, "xatlas alone", judge, 2)
    return [[f"{len(mesh.faces):,}", *row] for row in rows]


def _unwrapped_by_xatlas(mesh: PartMesh) -> Found[PartMesh] | str:
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder, "given.npz"), vertices=mesh.vertices, faces=mesh.faces)
        process = get_context("spawn").Process(target=_parametrize, args=(folder,))
        process.start()
        process.join(_LIMIT_S)
        if process.is_alive():
            process.kill()
            process.join()
            return f"more than {_LIMIT_S:.0f}"
        result = np.load(Path(folder, "found.npz"))
        corner_uv = result["uv"][result["faces"]]
        return Found(float(result["wall_s"]), replace(mesh, corner_uv=corner_uv))


def _parametrize(folder: str) -> None:
    given = np.load(Path(folder, "given.npz"))
    vertices, faces = given["vertices"], given["faces"]
    begun = perf_counter()
    _, unwrapped, uv = xatlas.parametrize(vertices, faces)
    np.savez(Path(folder, "found.npz"), uv=uv, faces=unwrapped, wall_s=perf_counter() - begun)


def bake_table(face_counts: tuple[int, ...]) -> str:
    """A robot's looks become the texture of a coarser one."""
    rows = [row for count in face_counts for row in _bake_rows(house_mesh(count))]
    notes = (
        f"The looks of a fine robot on one of {_TARGET_COUNT:,} faces, {_TEXTURE_SIZE}² texels. "
        "Galatea bakes colour, roughness, metallic, occlusion and normals; pymeshlab "
        "(`transfer_attributes_to_texture_per_vertex`) the colour alone, so its time is no baseline, only a "
        "floor. dE2000: between source and result, without light, over 12 views."
    )
    return markdown("Bake", notes, ["from", "tool", "seconds", "x pymeshlab", "mean dE2000", "p99"], rows)


def _bake_rows(source: PartMesh) -> list[list[str]]:
    target = unwrap(simplify(source, _TARGET_COUNT), _TEXTURE_SIZE)
    ways: list[Way[Any, Any]] = [
        Way("Galatea", lambda: None, lambda _: bake(source, target, _TEXTURE_SIZE)),
        Way("pymeshlab", lambda: _meshlab_pair(source, target), _transfer, "pymeshlab"),
    ]
    found = find_all(ways)
    other = found["pymeshlab"]
    if not isinstance(other, str):
        found["pymeshlab"] = Found(other.wall_s, _with_texture_of(other.output, target))
    rows = comparison(found, "pymeshlab", lambda mesh: _differences(source, mesh), 2)
    return [[f"{len(source.faces):,}", *row] for row in rows]


def _meshlab_pair(source: PartMesh, target: PartMesh) -> Any:
    """A MeshSet of both. Vertices between parts are there once for each, so that no colours mix."""
    import pymeshlab  # type: ignore[import-not-found]

    owners = np.stack([source.faces.reshape(-1), np.repeat(source.face_part, 3)], axis=1)
    owners, corners = np.unique(owners, axis=0, return_inverse=True)
    colors = linear_to_srgb(np.array([surface.base_color for surface in source.surfaces]))[owners[:, 1]]
    colors = np.concatenate([colors, np.ones((len(colors), 1))], axis=1)
    points = source.vertices[owners[:, 0]].astype(np.float64)
    assert target.corner_uv is not None
    uv = target.corner_uv.reshape(-1, 2) * [1.0, -1.0] + [0.0, 1.0]  # its v runs upwards
    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(pymeshlab.Mesh(points, corners.reshape(-1, 3), v_color_matrix=colors))
    places = target.vertices.astype(np.float64)
    meshes.add_mesh(pymeshlab.Mesh(places, target.faces, w_tex_coords_matrix=uv))
    return meshes


def _transfer(meshes: Any) -> Any:
    size = {"textw": _TEXTURE_SIZE, "texth": _TEXTURE_SIZE, "textname": "baked.png"}
    both = {"sourcemesh": 0, "targetmesh": 1, "attributeenum": "Vertex Color"}
    return meshlab_filters(("transfer_attributes_to_texture_per_vertex", size | both))(meshes)


def _with_texture_of(meshes: Any, target: PartMesh) -> PartMesh:
    with tempfile.TemporaryDirectory() as folder:
        meshes.set_current_mesh(1)
        meshes.save_current_mesh(f"{folder}/baked.obj")
        with Image.open(f"{folder}/baked.png") as picture:
            maps = TextureMaps(np.asarray(picture.convert("RGB")))
    surfaces = tuple(replace(surface, texture=0) for surface in target.surfaces)
    return replace(target, surfaces=surfaces, textures=(maps,))


def _differences(source: PartMesh, mesh: PartMesh) -> list[str]:
    """Mean and 99th percentile of CIEDE2000 where both show the asset."""
    found = []
    for elevation_deg, view_count in ((15.0, 8), (60.0, 2), (-50.0, 2)):
        for camera in frame_turntable(source.vertices, view_count, 10.0, elevation_deg):
            first, first_cover = trace_base_color(source, camera, _VIEWS)
            second, second_cover = trace_base_color(mesh, camera, _VIEWS)
            both = (first_cover == 1.0) & (second_cover == 1.0)
            found.append(ciede2000(lab_from_linear(first[both]), lab_from_linear(second[both])))
    every = np.concatenate(found)
    return [f"{every.mean():.2f}", f"{np.percentile(every, 99):.2f}"]
