"""The camera of every frame of a film.

    cameras = camera_path(path, *mesh.bounds, mesh.vertices, frame_count=120, fps=30.0, aspect=1.0)

`camera_framing` knows where to stand, `camera_moves` goes around the asset, `camera_keys` through keyframes,
`camera_easing` out of rest and into it, and `camera_json` writes the path and reads it back.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from serve.contracts.camera import CameraMove, CameraPath
from serve.contracts.errors import InvalidRequestError
from serve.render.camera import Camera
from serve.render.camera_framing import box_corners
from serve.render.camera_keys import keyed_cameras
from serve.render.camera_moves import framed_cameras

__all__ = ["camera_path"]

Floats = NDArray[np.float64]


def _ignore(_sentence: str) -> None:
    """What is done with warnings unless somebody wants them."""


def camera_path(
    path: CameraPath,
    lower: ArrayLike,
    upper: ArrayLike,
    points: ArrayLike,
    *,
    frame_count: int,
    fps: float,
    aspect: float,
    warn: Callable[[str], None] = _ignore,
) -> tuple[Camera, ...]:
    """The camera of every frame.

    The last frame of an orbit of whole turns is one step before the first, so that the film loops; every
    other move ends where it shall in its last frame. Keyframes go by the clock: frame i is at i / fps.

    Where a camera would stand inside the asset, a move about the asset stays before it, and keyframes go
    where they are told, for a house may be entered; both warn.

    Args:
        path: What was asked for.
        lower: Lowest corner of the box that the asset stays in during the film, [3], metres.
        upper: Highest corner of it, [3], metres.
        points: [N, 3], metres: the places that the asset takes, such as its vertices; read by what turns.
        frame_count: Frames, at least 1.
        fps: Frames a second.
        aspect: Width divided by height.
        warn: Is told, a sentence each, what is not as it was asked for.

    Returns:
        A camera for each frame.

    Raises:
        InvalidRequestError: There is no frame, a number is not finite or not positive, the asset has no size,
            or between two keys the eye meets its target.
    """
    if frame_count < 1:
        raise InvalidRequestError(f"frame_count = {frame_count} must be at least 1", "frame_count")
    for name, value in (("fps", fps), ("aspect", aspect)):
        if not 0.0 < value < np.inf:
            raise InvalidRequestError(f"{name} = {value} must be positive and finite", name)
    corners = box_corners(lower, upper)
    if path.move is CameraMove.KEYFRAMES:
        times_s = np.arange(frame_count) / fps
        cameras = keyed_cameras(path, times_s, warn=warn)
        _warn_of_keys(path, cameras, (corners[0], corners[7]), fps, warn=warn)
        return cameras
    shares = _shares(path, frame_count)
    return framed_cameras(path, (lower, upper), _places(points), shares, aspect=aspect, warn=warn)


def _shares(path: CameraPath, frame_count: int) -> Floats:
    """The share of the move's time at each frame, [F]."""
    is_loop = path.move is CameraMove.ORBIT and float(path.turns).is_integer()
    step_count = frame_count if is_loop else max(frame_count - 1, 1)
    return np.arange(frame_count) / step_count


def _places(points: ArrayLike) -> Floats:
    places = np.asarray(points, np.float64)
    if places.ndim != 2 or places.shape[1] != 3 or len(places) == 0 or not np.isfinite(places).all():
        raise InvalidRequestError(
            f"points of shape {places.shape} are not finite [N, 3]; give the asset's vertices", "points"
        )
    return places


def _warn_of_keys(
    path: CameraPath,
    cameras: tuple[Camera, ...],
    box: tuple[Floats, Floats],
    fps: float,
    *,
    warn: Callable[[str], None],
) -> None:
    """Tell of keys after the film's end, and of an eye in the asset's box."""
    late_count = sum(key.time_s > len(cameras) / fps for key in path.keys)
    if late_count:
        warn(f"camera.keys: the film ends before {late_count} of the keys, which are not reached")
    eyes = np.array([camera.eye for camera in cameras])
    inside = np.flatnonzero(((eyes > box[0]) & (eyes < box[1])).all(axis=1))
    if len(inside):
        warn(
            f"camera.keys: the camera is inside the asset's box in {len(inside):,} of {len(eyes):,} frames, "
            f"first at {inside[0] / fps:.3g} s; what it looks at may be hidden: move the keys out if so"
        )
