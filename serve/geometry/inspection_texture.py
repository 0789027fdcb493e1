"""How a mesh lies in its texture: what it covers, what lies on top of what, how fine it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.contracts.acceptance import TextureReport
from serve.geometry.mesh import PartMesh

__all__ = ["RASTER_SIZE", "coverage_of", "texture_report"]

RASTER_SIZE = 1024
"""Points along a side of the texture at which coverage and overlap are sampled."""

_LEAST_RASTER_SIZE = 32
_MAX_ROW_COUNT = 2_000_000  # of all faces together; a sound atlas of a million faces has as many
_MAX_REPEAT = 1e6  # farther out, a float32 coordinate no longer tells one texel from another
_CHUNK_ROW_COUNT = 200_000


def texture_report(mesh: PartMesh) -> TextureReport | None:
    """How the mesh lies in its texture; None without texture coordinates.

    A face's texels per metre are the square root of its area in texels over that in square metres. The median
    weighs the textured faces by their area.
    """
    if mesh.corner_uv is None:
        return None
    coverage, overlap = coverage_of(mesh.corner_uv)
    sizes = [max(maps.base_color.shape[:2]) for maps in mesh.textures]
    return TextureReport(
        size_px=max(sizes, default=0),
        coverage=coverage,
        overlap=overlap,
        texels_per_m=_texels_per_m(mesh, mesh.corner_uv),
    )


def coverage_of(corner_uv: NDArray[np.float32], raster_size: int = RASTER_SIZE) -> tuple[float, float]:
    """The share of the unit square that the faces cover, and the share of that which several cover.

    Both are sampled at the centres of raster_size x raster_size cells; coordinates beyond the square repeat.
    A centre on the side of two faces belongs to one of them. Where the faces are so tall together that they
    make millions of rows of cells, the raster is coarser; where even that is not enough, everything counts as
    covered several times.

    Args:
        corner_uv: [F, 3, 2], finite.
        raster_size: Cells along a side.
    """
    points = np.clip(corner_uv.astype(np.float64), -_MAX_REPEAT, _MAX_REPEAT)
    heights = np.ptp(points[:, :, 1], axis=1)
    while heights.sum() * raster_size > _MAX_ROW_COUNT:
        raster_size //= 2
    if raster_size < _LEAST_RASTER_SIZE:
        return 1.0, 1.0
    layers = np.zeros((raster_size, raster_size + 1), np.int64)
    ends = np.cumsum(heights * raster_size + 1.0)
    for some in np.split(points, np.flatnonzero(np.diff(ends // _CHUNK_ROW_COUNT)) + 1):
        _add_rows(layers, some * raster_size)
    cover = np.cumsum(layers[:, :-1], axis=1)
    covered = int(np.count_nonzero(cover))
    return covered / cover.size, int(np.count_nonzero(cover > 1)) / max(covered, 1)


def _add_rows(layers: NDArray[np.int64], points: NDArray[np.float64]) -> None:
    """Add faces to a raster of differences along each row: 1 where a face begins, -1 behind its end.

    Args:
        layers: [size, size + 1].
        points: [n, 3, 2], in cells.
    """
    size = len(layers)
    order = np.lexsort((points[:, :, 0], points[:, :, 1]), axis=1)
    low, middle, high = np.take_along_axis(points, order[:, :, None], axis=1).swapaxes(0, 1)
    first = _cell_from(low[:, 1])
    counts = _cell_from(high[:, 1]) - first
    face = np.repeat(np.arange(len(points)), counts)
    row = np.arange(len(face)) - np.repeat(np.cumsum(counts) - counts, counts) + first[face]
    low, middle, high = low[face], middle[face], high[face]
    y = row + 0.5
    upper = (y >= middle[:, 1])[:, None]
    one = _cell_from(_crossing(low, high, y))
    other = _cell_from(_crossing(np.where(upper, middle, low), np.where(upper, high, middle), y))
    start, length = np.minimum(one, other), np.abs(one - other)
    rounds, left = length // size, start % size
    right = left + length % size
    at = row % size * (size + 1)
    steps = np.concatenate(
        [at + left, at + np.minimum(right, size), at, at + np.maximum(right - size, 0), at]
    )
    once, wrapped = np.ones(len(face)), np.where(right > size, 1.0, 0.0)
    signs = np.concatenate([once, -once, wrapped, -wrapped, rounds])
    layers += np.rint(np.bincount(steps, signs, minlength=layers.size)).astype(np.int64).reshape(layers.shape)


def _crossing(
    start: NDArray[np.float64], end: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where edges cross rows: to the bit the same for both faces of an edge, which start from one end."""
    run = end - start
    return start[:, 0] + (y - start[:, 1]) * (run[:, 0] / np.where(run[:, 1] > 0.0, run[:, 1], 1.0))


def _cell_from(position: NDArray[np.float64]) -> NDArray[np.int64]:
    """The first cell whose centre is not below the position."""
    return np.ceil(position - 0.5).astype(np.int64)


def _texels_per_m(mesh: PartMesh, corner_uv: NDArray[np.float32]) -> float:
    texture = np.array([surface.texture for surface in mesh.surfaces], np.int64)[mesh.face_part]
    textured = texture >= 0
    if not textured.any():
        return 0.0
    texel_counts = np.array([maps.base_color.shape[0] * maps.base_color.shape[1] for maps in mesh.textures])
    u, v = (corner_uv[textured, 1:] - corner_uv[textured, :1]).astype(np.float64).transpose(2, 1, 0)
    texels = 0.5 * np.abs(u[0] * v[1] - u[1] * v[0]) * texel_counts[texture[textured]]
    corners = mesh.vertices[mesh.faces[textured]].astype(np.float64)
    sides = corners[:, 1:] - corners[:, :1]
    areas = 0.5 * np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    densities = np.sqrt(texels / np.maximum(areas, 1e-30))
    order = np.argsort(densities, kind="stable")
    middle = np.searchsorted(np.cumsum(areas[order]), 0.5 * areas.sum())
    return float(densities[order[min(int(middle), len(order) - 1)]])
