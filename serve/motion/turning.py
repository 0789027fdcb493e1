"""A whole asset turned about the vertical, whatever else it does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from serve.contracts.errors import InvalidRequestError
from serve.geometry.rotations import align_signs, compose, quaternion_from_axis_angle, rotate
from serve.motion.clip import Clip

__all__ = ["turned"]

_UP = np.array([0.0, 1.0, 0.0])
_LEAST_KEYS_A_TURN = 6  # between two keys rotations go the short way round


def turned(clip: Clip, centre: ArrayLike, turns: float) -> Clip:
    """The clip on a turntable: an even turn from its first pose to its last; whole turns keep a loop.

    Args:
        clip: Whose first joint is the root of all.
        centre: A point of the axis, [3], metres.
        turns: How many; positive is counter-clockwise from above.

    Raises:
        InvalidRequestError: The clip has too few poses to tell so many turns.
    """
    if abs(turns) * _LEAST_KEYS_A_TURN > len(clip.times_s):
        raise InvalidRequestError(
            f"motion.turns = {turns:g} are too many for {len(clip.times_s)} poses: a turn needs "
            f"{_LEAST_KEYS_A_TURN}; ask for fewer turns, more frames a second or a longer film",
            "motion.turns",
        )
    middle, translation, rotation = np.asarray(centre, float), clip.translation.copy(), clip.rotation.copy()
    angles = 2.0 * np.pi * turns * clip.times_s.astype(np.float64) / clip.times_s[-1]
    turning = quaternion_from_axis_angle(_UP, angles)
    translation[:, 0] = middle + rotate(turning, translation[:, 0] - middle)
    rotation[:, 0] = align_signs(compose(turning, rotation[:, 0]))
    loops = clip.loops and float(turns).is_integer()
    return replace(clip, translation=translation, rotation=rotation, loops=loops)
