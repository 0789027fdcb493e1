"""How far the joints of animals turn: rough means of what people and dogs can do."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from serve.motion.skeleton import Limit

__all__ = ["ball_limit", "hinge_limit"]

_FULL_DEG = 150.0  # that an elbow or a knee folds
_BALLS_DEG = MappingProxyType(
    {
        "hips": (180.0, 180.0),
        "spine": (35.0, 35.0),
        "chest": (30.0, 30.0),
        "neck": (45.0, 50.0),
        "head": (45.0, 60.0),
        "shoulder": (30.0, 10.0),
        "upper_arm": (130.0, 90.0),
        "hand": (75.0, 20.0),
        "upper_leg": (110.0, 45.0),
        "foot": (50.0, 20.0),
        "tail": (50.0, 20.0),
        "wing": (110.0, 45.0),
        "link": (50.0, 20.0),
    }
)


def ball_limit(role: str) -> Limit:
    """The swing and the twist of a ball joint of a role such as `front_foot.left` or `tail.2`."""
    stem = role.split(".", maxsplit=1)[0].removeprefix("front_").removeprefix("hind_")
    swing_deg, twist_deg = _BALLS_DEG[stem]
    return Limit(swing_deg, twist_deg)


def hinge_limit(bone: NDArray[np.float64], goal: NDArray[np.float64], other: NDArray[np.float64]) -> Limit:
    """A hinge that folds a bone, a direction [3], towards a goal [3]: what a knee or an elbow is.

    Args:
        bone: From its head to its tail.
        goal: Unit vector, where its tail goes when it folds.
        other: Unit vector, at right angles to the goal, in its place for a bone that points there or away
            from it already; and in the bone's place for one without a length.
    """
    length = float(np.linalg.norm(bone))
    along = bone / length if length > 1e-12 else other
    axis = np.cross(along, goal)
    if float(np.linalg.norm(axis)) < 0.3:
        axis = np.cross(along, other)
    x, y, z = (axis / np.linalg.norm(axis)).tolist()
    return Limit(hinge=(x, y, z), hinge_deg=(0.0, _FULL_DEG))
