"""What it takes to see all of a thing: its outline, the axes to look along, and how far away to stand.

A camera's axes are right, up and forward, in this order.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from serve.contracts.errors import InvalidRequestError

__all__ = ["box_corners", "centred_distance", "orbit_axes", "swept_rims", "tightest_eye"]

# Free border on each side, as a share of half the picture.
MARGIN = 0.1
# Enough that a circle framed by its points is framed.
RIM_POINT_COUNT = 72


def box_corners(lower: ArrayLike, upper: ArrayLike) -> NDArray[np.float64]:
    """The corners [8, 3] of a box.

    Raises:
        InvalidRequestError: It is not finite, inside out, or without any size.
    """
    ends = np.stack([np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)])
    if not np.isfinite(ends).all() or (ends[1] < ends[0]).any() or (ends[1] == ends[0]).all():
        raise InvalidRequestError(f"bounds {ends.tolist()} have no size to frame", "bounds")
    picks = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)])
    return np.take_along_axis(ends, picks, axis=0)


def swept_rims(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of the upright cylinder that turning points sweep: its middle [3], and its rims about that [2R, 3]."""
    corners = box_corners(points.min(axis=0), points.max(axis=0))
    centre = corners.mean(axis=0)
    away = np.linalg.norm((points - centre)[:, [0, 2]], axis=1).max()
    # The polygon is as much larger as makes it hold the circle.
    radius = away / math.cos(math.pi / RIM_POINT_COUNT)
    turn = 2.0 * np.pi * np.arange(RIM_POINT_COUNT) / RIM_POINT_COUNT
    rim = radius * np.stack([np.sin(turn), np.zeros_like(turn), np.cos(turn)], axis=1)
    rise = np.array([0.0, corners[7, 1] - centre[1], 0.0])
    return centre, np.concatenate([rim - rise, rim + rise])


def orbit_axes(azimuth: float, elevation: float) -> NDArray[np.float64]:
    """Right, up and forward as rows; well defined even straight above, where a world up would not be."""
    sin_a, cos_a, sin_e, cos_e = (
        math.sin(azimuth),
        math.cos(azimuth),
        math.sin(elevation),
        math.cos(elevation),
    )
    return np.array(
        [
            [cos_a, 0.0, -sin_a],
            [-sin_e * sin_a, cos_e, -sin_e * cos_a],
            [-cos_e * sin_a, -sin_e, -cos_e * cos_a],
        ]
    )


def tightest_eye(corners: NDArray[np.float64], tangent: float, aspect: float) -> NDArray[np.float64]:
    """The nearest eye that sees all of an outline, the margin apart; both in camera axes.

    Args:
        corners: [N, 3], metres.
        tangent: Of half the vertical angle of view.
        aspect: Width divided by height.

    Returns:
        [3].
    """
    centre, depth = [0.0, 0.0], math.inf
    for axis, slope in enumerate((tangent * aspect * (1 - MARGIN), tangent * (1 - MARGIN))):
        high = float(np.max(corners[:, axis] - slope * corners[:, 2]))
        low = float(np.max(-corners[:, axis] - slope * corners[:, 2]))
        centre[axis] = (high - low) / 2
        depth = min(depth, -(high + low) / (2 * slope))
    return np.array([*centre, depth])


def centred_distance(corners: NDArray[np.float64], tangent: float, aspect: float) -> float:
    """How far before the origin the eye stands that sees all of an outline and has the origin in its middle.

    Args:
        corners: [N, 3], metres, in camera axes.
        tangent: Of half the vertical angle of view.
        aspect: Width divided by height.
    """
    slopes = tangent * (1 - MARGIN) * np.array([aspect, 1.0])
    return float(np.max(np.abs(corners[:, :2]) / slopes - corners[:, 2:]))
