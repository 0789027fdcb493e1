"""A pinhole camera, and where to put it so that an asset fills the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from serve.contracts.errors import InvalidRequestError
from serve.render.camera_framing import box_corners, orbit_axes, swept_rims, tightest_eye

__all__ = ["Camera", "frame_bounds", "frame_turntable"]

Vector = tuple[float, float, float]


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

    @classmethod
    def of_arrays(cls, eye: ArrayLike, target: ArrayLike, up: ArrayLike, fov_deg: float) -> Camera:
        """The camera of three arrays [3] and an angle."""
        return cls(_vector(eye), _vector(target), _vector(up), fov_deg)

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
    _check_frame(elevation_deg, fov_deg, aspect)
    corners = box_corners(lower, upper)
    axes = orbit_axes(math.radians(azimuth_deg), math.radians(elevation_deg))
    eye = axes.T @ tightest_eye(corners @ axes.T, math.tan(math.radians(fov_deg) / 2), aspect)
    depth = float((corners.mean(axis=0) - eye) @ axes[2])
    return Camera.of_arrays(eye, eye + depth * axes[2], axes[1], fov_deg)


def frame_turntable(
    points: ArrayLike,
    view_count: int,
    azimuth_deg: float = 30.0,
    elevation_deg: float = 20.0,
    fov_deg: float = 30.0,
    *,
    aspect: float = 1.0,
) -> tuple[Camera, ...]:
    """Cameras evenly around the vertical through the middle of the points, all at one distance and height.

    Each sees the whole cylinder that the points sweep when they turn, so that an asset neither jumps nor
    changes its size from view to view.

    Args:
        points: [N, 3], metres; such as a mesh's vertices.
        view_count: Cameras in a full turn, at least 1.
        azimuth_deg: Of the first camera, as in `frame_bounds`; the others follow towards +X.
        elevation_deg: Above the horizon, in [-90, 90].
        fov_deg: Vertical angle of view.
        aspect: Width divided by height.

    Raises:
        InvalidRequestError: As in `frame_bounds`, or there is no view.
    """
    if view_count < 1:
        raise InvalidRequestError(f"view_count = {view_count} must be at least 1", "view_count")
    _check_frame(elevation_deg, fov_deg, aspect)
    centre, rims = swept_rims(np.asarray(points, dtype=np.float64))
    elevation = math.radians(elevation_deg)
    # The rims look the same from all sides, so that one eye in camera axes serves all views.
    eye = tightest_eye(rims @ orbit_axes(0.0, elevation).T, math.tan(math.radians(fov_deg) / 2), aspect)
    turns = math.radians(azimuth_deg) + 2.0 * math.pi * np.arange(view_count) / view_count
    return tuple(_aimed(orbit_axes(float(turn), elevation), eye, centre, fov_deg) for turn in turns)


def _check_frame(elevation_deg: float, fov_deg: float, aspect: float) -> None:
    _check_fov(fov_deg)
    if not aspect > 0.0:
        raise InvalidRequestError(f"aspect = {aspect} must be positive", "aspect")
    if not -90.0 <= elevation_deg <= 90.0:
        raise InvalidRequestError(f"elevation_deg = {elevation_deg} must lie in [-90, 90]", "elevation_deg")


def _aimed(
    axes: NDArray[np.float64], eye: NDArray[np.float64], middle: NDArray[np.float64], fov_deg: float
) -> Camera:
    """A camera that stands at `eye` from the point `middle`, in its own axes."""
    place = middle + axes.T @ eye
    return Camera.of_arrays(place, place - eye[2] * axes[2], axes[1], fov_deg)


def _check_fov(fov_deg: float) -> None:
    if not 0.0 < fov_deg < 180.0:
        raise InvalidRequestError(f"fov_deg = {fov_deg} must lie between 0 and 180", "fov_deg")


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / np.linalg.norm(vector)


def _vector(values: ArrayLike) -> Vector:
    x, y, z = np.asarray(values, np.float64).tolist()
    return x, y, z
