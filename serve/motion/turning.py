"""A whole asset turned about the vertical, whatever else it does."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from serve.contracts.errors import InvalidRequestError
from serve.geometry.rotations import align_signs, compose, quaternion_from_axis_angle, rotate
from serve.motion.clip import Clip

__all__ = ["turned"]

_UP = np.array([0.0, 1.0, 0.0])
_LEAST_KEYS_A_TURN = 6  # between two keys rotations go the short way round
_HELD_KEYS_PER_S = 30.0


def turned(clip: Clip, centre: ArrayLike, turns: float, duration_s: float | None = None) -> Clip:
    """The clip on a turntable that turns evenly; whole turns from its first pose to its last keep a loop.

    Args:
        clip: Whose first joint is the root of all.
        centre: A point of the axis, [3], metres.
        turns: How many; positive is counter-clockwise from above.
        duration_s: How long they take, seconds; by default as long as the clip. One that ends sooner, and
            does not loop, keeps its last pose until then.

    Raises:
        InvalidRequestError: The clip has too few poses to tell so many turns.
    """
    lasting_s = clip.duration_s if duration_s is None else duration_s
    clip = _held(clip, lasting_s)
    pose_count = np.count_nonzero(clip.times_s <= lasting_s * (1.0 + 1e-6))
    if lasting_s <= 0.0 or abs(turns) * _LEAST_KEYS_A_TURN > pose_count:
        raise InvalidRequestError(
            f"motion.turns = {turns:g} are too many for {pose_count} poses: a turn needs "
            f"{_LEAST_KEYS_A_TURN}; ask for fewer turns, more frames a second or a longer film",
            "motion.turns",
        )
    middle, translation, rotation = np.asarray(centre, float), clip.translation.copy(), clip.rotation.copy()
    angles = 2.0 * np.pi * turns * clip.times_s.astype(np.float64) / lasting_s
    turning = quaternion_from_axis_angle(_UP, angles)
    translation[:, 0] = middle + rotate(turning, translation[:, 0] - middle)
    rotation[:, 0] = align_signs(compose(turning, rotation[:, 0]))
    loops = clip.loops and float(turns).is_integer()
    return replace(clip, translation=translation, rotation=rotation, loops=loops)


def _held(clip: Clip, until_s: float) -> Clip:
    """The clip, its last pose kept until a time where it ends before."""
    gap_s = until_s - clip.duration_s
    count = math.ceil(gap_s * _HELD_KEYS_PER_S - 1e-3)
    if clip.loops or count <= 0:
        return clip
    more_s = clip.duration_s + gap_s * np.arange(1, count + 1) / count
    translation, rotation, scale = (
        np.concatenate([track, np.repeat(track[-1:], count, axis=0)])
        for track in (clip.translation, clip.rotation, clip.scale)
    )
    times_s = np.concatenate([clip.times_s, more_s.astype(np.float32)])
    return replace(clip, times_s=times_s, translation=translation, rotation=rotation, scale=scale)
