"""A pinhole camera, and where to put it so that an asset fills the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from serve.contracts.errors import InvalidRequestError

__all__ = ["Camera", "frame_bounds"]

Vector = tuple[float, float, float]

# Free border on each side, as a share of half the picture.
MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the picture is taken from; right-handed, Y up, metres.

    Args:
        eye: Position of the pinhole.
        target: Point at the centre of the picture.
        up: Direction that is upwards in the picture; need be neither unit nor perpendicular.
        fov_deg: Vertical angle of view in degrees, in (0, 180).

    Raises:
        InvalidRequestError: The angle is out of range, or `up` or the line of sight gives no direction.
    """

    eye: Vector
    target: Vector
    up: Vector
    fov_deg: float

    def __post_init__(self) -> None:
        _check_fov(self.fov_deg)
        if not np.isfinite([*self.eye, *self.target, *self.up]).all():
            raise InvalidRequestError(f"camera has a coordinate that is not finite: {self}", "camera")
        sight = np.subtract(self.target, self.eye)
        if np.linalg.norm(np.cross(sight, self.up)) <= 1e-9 * np.linalg.norm(sight) * np.linalg.norm(self.up):
            raise InvalidRequestError(f"camera.up = {self.up} is parallel to the line of sight", "camera.up")

    def axes(self) -> NDArray[np.float64]:
        """Unit rows float64 [3, 3]: right, up and forward."""
        forward = np.subtract(self.target, self.eye)
        right = np.cross(forward, self.up)
        return np.stack([_unit(right), _unit(np.cross(right, forward)), _unit(forward)])

    def project(self, points: ArrayLike, width: int, height: int) -> NDArray[np.float64]:
        """Where points in front of the camera appear.

        Args:
            points: [N, 3], metres.
            width: Of the picture, pixels.
            height: Of the picture, pixels.

        Returns:
            float64 [N, 2]: x from the left edge and y from the top edge, pixels.
        """
        right, up, depth = self.axes() @ (np.asarray(points, dtype=np.float64) - self.eye).T
        focal_px = 0.5 * height / math.tan(math.radians(self.fov_deg) / 2)
        return np.stack(
            [0.5 * width + focal_px * right / depth, 0.5 * height - focal_px * up / depth], axis=1
        )


def frame_bounds(
    lower: ArrayLike,
    upper: ArrayLike,
    azimuth_deg: float = 30.0,
    elevation_deg: float = 20.0,
    fov_deg: float = 30.0,
    *,
    aspect: float = 1.0,
) -> Camera:
    """The nearest camera on a direction that sees the whole box.

    Each corner (x, y, z) in camera axes must satisfy |x - cx| <= t (z - cz); the extremes of x - t z and
    -x - t z over the corners give the largest cz, and the cx that centres the box, without a search.

    Args:
        lower: Lowest corner of the box, [3], metres.
        upper: Highest corner of the box, [3], metres.
        azimuth_deg: 0 looks at the front (+Z); 90 looks from +X.
        elevation_deg: Above the horizon, in [-90, 90].
        fov_deg: Vertical angle of view.
        aspect: Width divided by height.

    Raises:
        InvalidRequestError: An angle or the aspect is out of range, or the box has no size.
    """
    _check_fov(fov_deg)
    corners = _box_corners(lower, upper)
    if not aspect > 0.0:
        raise InvalidRequestError(f"aspect = {aspect} must be positive", "aspect")
    if not -90.0 <= elevation_deg <= 90.0:
        raise InvalidRequestError(f"elevation_deg = {elevation_deg} must lie in [-90, 90]", "elevation_deg")
    axes = _orbit_axes(math.radians(azimuth_deg), math.radians(elevation_deg))
    eye = axes.T @ _tightest_eye(corners @ axes.T, math.tan(math.radians(fov_deg) / 2), aspect)
    depth = float((corners.mean(axis=0) - eye) @ axes[2])
    return Camera(_vector(eye), _vector(eye + depth * axes[2]), _vector(axes[1]), fov_deg)


def _check_fov(fov_deg: float) -> None:
    if not 0.0 < fov_deg < 180.0:
        raise InvalidRequestError(f"fov_deg = {fov_deg} must lie between 0 and 180", "fov_deg")


def _box_corners(lower: ArrayLike, upper: ArrayLike) -> NDArray[np.float64]:
    ends = np.stack([np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)])
    if not np.isfinite(ends).all() or (ends[1] < ends[0]).any() or (ends[1] == ends[0]).all():
        raise InvalidRequestError(f"bounds {ends.tolist()} have no size to frame", "bounds")
    picks = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)])
    return np.take_along_axis(ends, picks, axis=0)


def _orbit_axes(azimuth: float, elevation: float) -> NDArray[np.float64]:
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


def _tightest_eye(corners: NDArray[np.float64], tangent: float, aspect: float) -> NDArray[np.float64]:
    """The eye in camera axes, [3], for corners [8, 3] in the same axes."""
    centre, depth = [0.0, 0.0], math.inf
    for axis, slope in enumerate((tangent * aspect * (1 - MARGIN), tangent * (1 - MARGIN))):
        high = float(np.max(corners[:, axis] - slope * corners[:, 2]))
        low = float(np.max(-corners[:, axis] - slope * corners[:, 2]))
        centre[axis] = (high - low) / 2
        depth = min(depth, -(high + low) / (2 * slope))
    return np.array([*centre, depth])


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / np.linalg.norm(vector)


def _vector(values: NDArray[np.float64]) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])
