"""Moves about an asset: the camera turns, rises and nears around its middle, which stays where it is.

The distance is told in distances of framing: at 1 all of the asset is in view during the whole move, the
margin apart. It never falls below that at which all of the asset is still before the eye.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from serve.contracts.camera import CameraPath
from serve.render.camera import Camera
from serve.render.camera_easing import ease
from serve.render.camera_framing import box_corners, centred_distance, orbit_axes, swept_rims, tightest_eye

__all__ = ["framed_cameras"]

Floats = NDArray[np.float64]

# At which elevations a rising camera is framed: between two of them the margin has room enough.
ELEVATION_COUNT = 33
# How far before the asset the eye stays, as a share of the asset's half size.
CLEARANCE = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class _Framing:
    """Where a camera stands that shows all of an asset.

    Args:
        middle: [3], metres; the move goes around this point.
        offset: How far right of it and above it, in camera axes, the middle of the picture is; metres.
        distance_m: From there along the sight, where the asset fills the picture.
        nearest_m: The least distance that leaves all of the asset before the eye.
    """

    middle: Floats
    offset: tuple[float, float]
    distance_m: float
    nearest_m: float


def framed_cameras(
    path: CameraPath,
    bounds: tuple[ArrayLike, ArrayLike],
    points: Floats,
    shares: Floats,
    *,
    aspect: float,
    warn: Callable[[str], None],
) -> tuple[Camera, ...]:
    """The cameras of any move but keyframes.

    Args:
        path: The move.
        bounds: Lowest and highest corner of the asset's box, metres.
        points: [N, 3], metres, of the asset: what a camera that turns sees of it.
        shares: [F], of the move's time, in [0, 1].
        aspect: Width divided by height.
        warn: Is told what is not as it was asked for.

    Returns:
        A camera for each share.

    Raises:
        InvalidRequestError: The asset has no size to frame.
    """
    framing = _frame(path, bounds, points, aspect)
    begin_m = end_m = _distance(framing, "distance_factor", path.distance_factor, warn)
    if path.distance_factor_last != path.distance_factor:
        end_m = _distance(framing, "distance_factor_end", path.distance_factor_last, warn)
    way = ease(path.pace, shares)
    azimuths = math.radians(path.azimuth_deg) + 2.0 * math.pi * path.turns_made * way
    rise = path.elevation_last_deg - path.elevation_deg
    elevations = np.radians(path.elevation_deg + rise * way)
    distances = begin_m * (end_m / begin_m) ** way  # even steps look even: each is the same share of the rest
    fovs = np.full(len(way), path.fov_begin_deg)
    if path.reads("hold_size") and path.hold_size:
        fovs = 2.0 * np.degrees(
            np.arctan(math.tan(math.radians(path.fov_begin_deg) / 2) * begin_m / distances)
        )
    columns = (column.tolist() for column in (azimuths, elevations, distances, fovs))
    return tuple(
        _stand(framing, orbit_axes(a, e), away, fov) for a, e, away, fov in zip(*columns, strict=True)
    )


def _frame(path: CameraPath, bounds: tuple[ArrayLike, ArrayLike], points: Floats, aspect: float) -> _Framing:
    corners = box_corners(*bounds)
    middle, azimuth = corners.mean(axis=0), math.radians(path.azimuth_deg)
    outline = corners - middle
    if path.reads("turns"):
        # From all sides alike, so that any azimuth serves.
        middle, outline = swept_rims(points)
    tangent = math.tan(math.radians(path.fov_begin_deg) / 2)
    elevations = np.radians(np.linspace(path.elevation_deg, path.elevation_last_deg, ELEVATION_COUNT))
    views = [outline @ orbit_axes(azimuth, float(elevation)).T for elevation in elevations]
    nearest_m = max(float(-view[:, 2].min()) for view in views)
    nearest_m += CLEARANCE * float(np.linalg.norm(outline, axis=1).max())
    if path.elevation_last_deg == path.elevation_deg:
        right, up, depth = tightest_eye(views[0], tangent, aspect).tolist()
        return _Framing(middle, (right, up), max(-depth, nearest_m), nearest_m)
    distance_m = max(centred_distance(view, tangent, aspect) for view in views)
    return _Framing(middle, (0.0, 0.0), max(distance_m, nearest_m), nearest_m)


def _distance(framing: _Framing, name: str, factor: float, warn: Callable[[str], None]) -> float:
    """What a factor means, metres; one too near is brought to the nearest that is allowed, and told."""
    asked_m = factor * framing.distance_m
    if asked_m < framing.nearest_m:
        taken = framing.nearest_m / framing.distance_m
        warn(f"camera.{name} = {factor:g} is inside the asset; the camera stays before it, at {taken:.3g}")
    return max(asked_m, framing.nearest_m)


def _stand(framing: _Framing, axes: Floats, distance_m: float, fov_deg: float) -> Camera:
    right, up, forward = axes
    target = framing.middle + framing.offset[0] * right + framing.offset[1] * up
    eye = target - distance_m * forward
    return Camera.of_arrays(eye, target, up, fov_deg)
