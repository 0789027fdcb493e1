"""Packs charts into the unit square, with a gutter between them that keeps their colours apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xatlas
from numpy.typing import NDArray

__all__ = ["pack_charts"]

# A texture's gutter is 8 texels in 1024 and grows with it: half of it belongs to each chart, so the texels of
# two charts meet in none of mip level 2, whose texels are 4 by 4.
_GUTTER_SHARE = 1 / 128
# Many small charts get less, or there would be little left of them.
_GUTTER_OF_CHART = 1 / 6
# Trying every place takes time with the square of the charts.
_TRY_ALL_COUNT = 1_500
_ROUND_COUNT = 5
_FIRST_COVERAGE = 0.6
_OVERSIZE = 1.05


def pack_charts(
    uv: NDArray[np.float64],
    faces: NDArray[np.int64],
    chart_count: int,
    texture_size: int,
    check: Callable[[], None],
) -> NDArray[np.float64]:
    """Place charts so that as much of the texture is theirs as three tries can find.

    How many texels a unit gets decides how large the packing becomes, and a gutter does not scale: so the
    packing is repeated at the scale that would have made the last one fit.

    Args:
        uv: float64 [U, 2], coordinates of the charts in any one unit, charts anywhere.
        faces: int64 [F, 3], indices into `uv`; what is joined is a chart.
        chart_count: How many charts there are.
        texture_size: Texels on a side.
        check: Called between tries; it raises to stop.

    Returns:
        float64 [F, 3, 2] in [0, 1]: the corners' coordinates.
    """
    padding = _padding(texture_size, chart_count)
    scale = texture_size * np.sqrt(_FIRST_COVERAGE / max(_area(uv[faces]), 1e-30))
    best, best_score = None, -1.0
    for _ in range(_ROUND_COUNT):
        check()
        corners, side = _packed(uv * scale, faces, padding, everywhere=chart_count <= _TRY_ALL_COUNT)
        side += 2 * padding
        # A packing that is much too large would be shrunk, and its gutters with it.
        score = _area(corners) / side**2 - (side > _OVERSIZE * texture_size)
        if score > best_score or best is None:
            best, best_score = (corners + padding) / side, score
        scale *= texture_size / side
    return np.asarray(best)


def _padding(texture_size: int, chart_count: int) -> int:
    """Texels that each chart keeps free around itself: half of the gutter."""
    chart_size = texture_size / np.sqrt(max(chart_count, 1))
    return max(1, int(min(_GUTTER_SHARE * texture_size, _GUTTER_OF_CHART * chart_size) / 2 + 0.5))


def _packed(
    uv: NDArray[np.float64], faces: NDArray[np.int64], padding: int, *, everywhere: bool
) -> tuple[NDArray[np.float64], float]:
    """The corners float64 [F, 3, 2] as packed, in texels, and the side of the square around them."""
    atlas = xatlas.Atlas()
    atlas.add_uv_mesh(uv.astype(np.float32), faces.astype(np.uint32))
    atlas.generate(xatlas.ChartOptions(), _pack_options(padding, everywhere=everywhere))
    _, indices, places = atlas.get_mesh(0)
    size = np.array([atlas.width, atlas.height], np.float64)
    return places.astype(np.float64)[indices] * size, float(size.max())


def _pack_options(padding: int, *, everywhere: bool) -> Any:
    options = xatlas.PackOptions()
    options.padding, options.texels_per_unit = padding, 1.0
    options.bruteForce, options.blockAlign = everywhere, True
    options.rotate_charts = False
    return options


def _area(corners: NDArray[np.float64]) -> float:
    """The area of all triangles [F, 3, 2], whichever way they wind."""
    (u1, v1), (u2, v2) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    return float(np.abs(u1 * v2 - u2 * v1).sum()) / 2
