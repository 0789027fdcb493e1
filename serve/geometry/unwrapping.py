"""Lays a surface flat: texture coordinates for every corner of every face, no two faces over each other.

Charts by xatlas (Young, after Lévy et al. 2002 and Zhou et al. 2004), of patches that suit it
(`unwrapping_patches`), packed for the texture's size (`unwrapping_packing`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import xatlas
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.geometry.mesh import PartMesh, without_textures
from serve.geometry.unwrapping_packing import pack_charts
from serve.geometry.unwrapping_patches import calm_vertices, patch_labels

__all__ = ["MOST_FACE_COUNT", "unwrap", "uv_area"]

MOST_FACE_COUNT = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class _Charts:
    """Charts before they are packed: `faces` [F, 3] index `uv` [U, 2]; `is_charted` [F] where one has it."""

    uv: NDArray[np.float64]
    faces: NDArray[np.int64]
    is_charted: NDArray[np.bool_]
    chart_count: int


def unwrap(mesh: PartMesh, texture_size: int, check: Callable[[], None] = lambda: None) -> PartMesh:
    """The mesh with new texture coordinates, packed for square textures of this size, and without textures.

    No chart crosses a border between parts, so colours meet at edges and not inside a texel; charts keep 8
    texels apart in a texture of 1024. Faces without area lie on an edge or in a point of a chart.

    Args:
        mesh: Finite, at most `MOST_FACE_COUNT` faces.
        texture_size: Texels on a side.
        check: Called between steps; it raises to stop.

    Raises:
        InvalidRequestError: The mesh has no area, too many faces, or numbers that `clean` should mend.
    """
    _check_mesh(mesh)
    charts = _charts(mesh, check)
    corners = np.zeros((len(mesh.faces), 3, 2))
    charted = charts.is_charted
    used, faces = np.unique(charts.faces[charted], return_inverse=True)
    faces = faces.reshape(-1, 3)
    corners[charted] = pack_charts(charts.uv[used], faces, charts.chart_count, texture_size, check)
    corners[~charted] = _places_without_area(mesh, corners, charted)
    # xatlas turns charts in a picture whose v runs upwards.
    corners[:, :, 1] = 1.0 - corners[:, :, 1]
    return replace(without_textures(mesh), corner_uv=corners.astype(np.float32))


def uv_area(mesh: PartMesh) -> float:
    """The share of the unit square that the faces cover, if none covers another; 0 without coordinates."""
    if mesh.corner_uv is None:
        return 0.0
    corners = mesh.corner_uv.astype(np.float64)
    (u1, v1), (u2, v2) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    return float(np.abs(u1 * v2 - u2 * v1).sum()) / 2


def _check_mesh(mesh: PartMesh) -> None:
    if len(mesh.faces) > MOST_FACE_COUNT:
        raise InvalidRequestError(
            f"the mesh has {len(mesh.faces)} faces and at most {MOST_FACE_COUNT} can be unwrapped: "
            "decimate it first"
        )
    in_range = len(mesh.faces) == 0 or (mesh.faces.min() >= 0 and mesh.faces.max() < len(mesh.vertices))
    if not in_range or not np.isfinite(mesh.vertices[mesh.faces]).all():
        raise InvalidRequestError("the mesh names vertices that are not there or not finite: clean it first")


def _charts(mesh: PartMesh, check: Callable[[], None]) -> _Charts:
    """Charts of each patch; one atlas holds them all, so that both of its threads have work.

    Raises:
        InvalidRequestError: There is no area to chart.
    """
    points = _scaled(calm_vertices(mesh), mesh.faces)
    labels = patch_labels(mesh, points)
    check()
    order = np.argsort(labels, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    atlas = xatlas.Atlas()
    for chosen in members:
        used, faces = np.unique(mesh.faces[chosen], return_inverse=True)
        atlas.add_mesh(points[used].astype(np.float32), faces.reshape(-1, 3).astype(np.uint32))
    atlas.generate(xatlas.ChartOptions(), _quick_packing())
    check()
    charts = _gathered(atlas, members, len(mesh.faces))
    if not charts.is_charted.any():
        raise InvalidRequestError("no face of the mesh has an area, so there is nothing to unwrap: clean it")
    return charts


def _scaled(points: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    """The points about their mean, faces having a mean area of 1: some limits of xatlas are absolute."""
    corners = points[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = float(np.linalg.norm(normals, axis=1).sum()) / 2
    if not area > 0.0:
        raise InvalidRequestError(
            "the faces of the mesh have no area, so there is nothing to unwrap: clean it"
        )
    return np.asarray((points - corners.mean(axis=(0, 1))) * np.sqrt(len(faces) / area))


def _quick_packing() -> xatlas.PackOptions:
    """What gives the charts a place each, and no more: they are packed with care afterwards."""
    options = xatlas.PackOptions()
    options.resolution, options.padding, options.blockAlign = 256, 1, True
    options.rotate_charts = options.rotate_charts_to_axis = options.bilinear = False
    return options


def _gathered(atlas: xatlas.Atlas, members: list[NDArray[np.int64]], face_count: int) -> _Charts:
    """The charts of all of the atlas's meshes, for the faces in their own order."""
    faces, is_charted = np.zeros((face_count, 3), np.int64), np.zeros(face_count, bool)
    uv, first = [], 0
    for index, chosen in enumerate(members):
        _, indices, places = atlas.get_mesh(index)
        faces[chosen] = indices.astype(np.int64) + first
        uv.append(places.astype(np.float64) * [atlas.width, atlas.height])
        first += len(places)
        for chart in range(atlas.get_mesh_chart_count(index)):
            is_charted[chosen[atlas.get_mesh_chart(index, chart).faces]] = True
    return _Charts(np.concatenate(uv), faces, is_charted, atlas.chart_count)


def _places_without_area(
    mesh: PartMesh, corners: NDArray[np.float64], charted: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """For faces in no chart, one point of a chart each: that of a vertex of theirs, where there is one."""
    flat = mesh.faces[charted].reshape(-1)
    known, first = np.unique(flat, return_index=True)
    left = mesh.faces[~charted]
    at = np.minimum(np.searchsorted(known, left), len(known) - 1)
    is_known = known[at] == left
    # One for all three corners: those of different charts would draw the face across the texture.
    anchor = np.where(is_known.any(axis=1), is_known.argmax(axis=1), 0)
    places = corners[charted].reshape(-1, 2)[first[at[np.arange(len(left)), anchor]]]
    return np.repeat(places[:, None], 3, axis=1)
