"""A camera that goes through keys: eye and target along curves, the lens by even factors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from serve.contracts.camera import CameraPath
from serve.contracts.errors import InvalidRequestError
from serve.geometry.rotations import quaternion_from_axis_angle, rotate
from serve.geometry.splines import even_path, monotone_spline, timed_path
from serve.render.camera import Camera
from serve.render.camera_easing import ease

__all__ = ["keyed_cameras"]

Floats = NDArray[np.float64]

# What an eye and its target must be apart, metres: the same as between those of a key.
LEAST_SIGHT_M = 1e-6
# Sine of the angle between the sight and what is upwards below which that tells no direction.
LEAST_TILT = 1e-6


def keyed_cameras(path: CameraPath, times_s: Floats, *, warn: Callable[[str], None]) -> tuple[Camera, ...]:
    """The cameras of keyframes.

    Eye and target pass the keys on centripetal Catmull-Rom curves, each with a velocity that does not jump.
    Roll, up and the logarithm of the focal length go monotonely from key to key. Before the first key and
    after the last the camera stands. With `even_speed`, or an easing other than linear, the keys between
    these two are passed at other times than their own. Where the camera looks along what is upwards, its
    right side stays that of the last frame that knew; one that passes close by turns over as fast.

    Args:
        path: The keys.
        times_s: [F], of the frames, from the film's beginning.
        warn: Is told what is not as it was asked for.

    Returns:
        A camera for each frame.

    Raises:
        InvalidRequestError: Between two keys the eye meets its target.
    """
    keys = path.keys
    key_times, key_eyes = np.array([key.time_s for key in keys]), np.array([key.eye for key in keys])
    first, span = key_times[0], key_times[-1] - key_times[0]
    shares = ease(path.pace, np.clip((times_s - first) / span, 0.0, 1.0))
    at_s = first + span * shares
    if path.even_speed:
        eyes, passes = even_path(key_eyes, shares)
        key_times = first + span * passes
    else:
        eyes = timed_path(key_times, key_eyes, at_s)
    targets = timed_path(key_times, [key.target for key in keys], at_s)
    sights = _sights(eyes, targets, times_s)
    ups = monotone_spline(key_times, _unit(np.array([key.up for key in keys]))).at(at_s)
    rolls = np.radians(monotone_spline(key_times, [key.roll_deg for key in keys]).at(at_s)[:, 0])
    rights, is_known = _rights(sights, ups)
    if not is_known.all():
        warn(
            f"camera.keys: at {times_s[~is_known][0]:.3g} s the camera looks along its up, which then says "
            "nothing; the picture keeps its right side: give these keys another up"
        )
    leaned = rotate(quaternion_from_axis_angle(sights, rolls), np.cross(rights, sights))
    rows = zip(eyes, targets, leaned, _fovs(path, key_times, at_s).tolist(), strict=True)
    return tuple(Camera.of_arrays(*row) for row in rows)


def _sights(eyes: Floats, targets: Floats, times_s: Floats) -> Floats:
    """Unit directions from eyes to targets, [F, 3]."""
    meeting = np.flatnonzero(np.linalg.norm(targets - eyes, axis=1) < LEAST_SIGHT_M)
    if len(meeting):
        raise InvalidRequestError(
            f"camera.keys: at {times_s[meeting[0]]:.3g} s the eye meets its target at "
            f"{np.round(eyes[meeting[0]], 3).tolist()}; put a key between that leads one past the other",
            "camera.keys",
        )
    return _unit(targets - eyes)


def _rights(sights: Floats, ups: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The right sides of the pictures, unit [F, 3], and where `ups` told them, [F]."""
    rights = np.cross(sights, ups)
    is_known = np.linalg.norm(rights, axis=1) > LEAST_TILT
    if not is_known.all():
        frames = np.arange(len(sights))
        source = np.maximum.accumulate(np.where(is_known, frames, -1))
        source = np.where(source < 0, np.argmax(is_known), source)
        lent = rights[source] if is_known.any() else np.zeros_like(rights)
        rights = np.where(is_known[:, None], rights, _across(lent, sights))
    return _unit(rights), is_known


def _across(vectors: Floats, sights: Floats) -> Floats:
    """What of vectors [F, 3] is at right angles to the sights; where nothing is, of +X or else of +Z."""
    found = vectors
    for axis in ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)):
        across = found - np.sum(found * sights, axis=1, keepdims=True) * sights
        has_any = np.linalg.norm(across, axis=1, keepdims=True) > LEAST_TILT
        found = np.where(has_any, across, axis)
    return np.asarray(found - np.sum(found * sights, axis=1, keepdims=True) * sights)


def _fovs(path: CameraPath, key_times: Floats, at_s: Floats) -> Floats:
    fovs = [path.fov_begin_deg if key.fov_deg is None else key.fov_deg for key in path.keys]
    slopes = monotone_spline(key_times, np.log(np.tan(np.radians(fovs) / 2.0))).at(at_s)[:, 0]
    return np.asarray(2.0 * np.degrees(np.arctan(np.exp(slopes))))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
