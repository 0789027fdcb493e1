"""It waves: a hand, a wing or a front paw goes up, swings a few times and comes down again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.rotations import IDENTITY, inverse, rotate, shortest_arc, slerp
from serve.motion.clip import Clip
from serve.motion.limits import clamp_turns
from serve.motion.presets.actor import Actor
from serve.motion.presets.keys import Keys, Y
from serve.motion.presets.stance import relax_arms
from serve.motion.presets.timing import Timing, eased, swung
from serve.motion.skeleton import Skeleton

__all__ = ["can_wave", "wave"]

Floats = NDArray[np.float64]

_ROUND_S = 4.0
_UP, _DOWN = (0.04, 0.24), (0.76, 0.96)  # of a round: when the arm is on its way
_SWING_COUNT = 5
# Which limb waves: upper and lower joint, and where the upper one points, as shares of left, up and front.
_LIMBS = (
    ("upper_arm.right", "lower_arm.right", (-0.9, 0.45, 0.25), (-0.25, 1.0, 0.15)),
    ("front_upper_leg.right", "front_lower_leg.right", (-0.1, -0.1, 1.0), (-0.1, 0.6, 0.8)),
    ("wing.right", "wing.right.2", (-0.8, 0.6, 0.1), (-0.5, 1.0, 0.1)),
)


def can_wave(skeleton: Skeleton) -> bool:
    """Whether it has a limb to wave with, on its right."""
    return any(skeleton.find(upper) is not None for upper, *_ in _LIMBS)


def wave(actor: Actor, timing: Timing) -> Clip:
    """The upper arm first, the forearm and the hand after it; head and chest lean along."""
    rounds = timing.rounds(_ROUND_S)
    keys = Keys(actor.skeleton, len(timing.times_s))
    relax_arms(keys, actor)
    swing = swung(np.mod(rounds.phase * _SWING_COUNT, 1.0))
    late_swing = swung(np.mod(rounds.phase * _SWING_COUNT, 1.0), 0.14)
    upper, lower, up, out = next(limb for limb in _LIMBS if actor.joint(limb[0]) is not None)
    raised, late = _raised(rounds.phase, 0.0), _raised(rounds.phase, 0.03)
    keys.turn(actor.joint("spine"), actor.front, 2.0 * raised)
    keys.turn(actor.joint("chest"), actor.front, 2.5 * late)
    keys.turn(actor.joint("head"), actor.front, -7.0 * late + 1.5 * late * late_swing)
    keys.turn(actor.joint("head"), Y, -6.0 * late)
    _point(keys, actor, actor.joint(upper), up, raised)
    _swing(keys, actor, actor.joint(upper), 4.0 * raised * swing)
    _point(keys, actor, actor.joint(lower), out, late)
    _swing(keys, actor, actor.joint(lower), 24.0 * late * late_swing)
    _swing(
        keys,
        actor,
        actor.joint("hand.right"),
        16.0 * late * swung(np.mod(rounds.phase * _SWING_COUNT, 1.0), 0.27),
    )
    return keys.to_clip("wave", timing, loops=rounds.loops)


def _raised(phase: Floats, lag: float) -> Floats:
    """How far the arm is up, [K]."""
    rise = eased((phase - lag - _UP[0]) / (_UP[1] - _UP[0]))
    return rise - eased((phase - lag - _DOWN[0]) / (_DOWN[1] - _DOWN[0]))


def _point(
    keys: Keys, actor: Actor, joint: int | None, way: tuple[float, float, float], share: Floats
) -> None:
    """Turn a bone, by shares [K], from where it is to a direction: shares of left, up and front."""
    if joint is None:
        return
    told = keys.skeleton.joints[joint]
    goal = way[0] * actor.left + way[1] * np.array(Y) + way[2] * actor.front
    above = keys.turns()[:, told.parent] if told.parent >= 0 else np.array(IDENTITY)
    bone = np.subtract(told.tail, told.head)
    arc = shortest_arc(rotate(keys.rotation[:, joint], bone), rotate(inverse(above), goal))
    keys.rotate(joint, slerp(IDENTITY, arc, share))
    keys.rotation[:, joint] = slerp(
        keys.rotation[:, joint], clamp_turns(told.limit, bone, keys.rotation[:, joint]), share
    )


def _swing(keys: Keys, actor: Actor, joint: int | None, angle_deg: Floats) -> None:
    """Turn a joint about what is the asset's front in its parent's axes."""
    if joint is not None:
        above = keys.turns()[:, keys.skeleton.joints[joint].parent]
        keys.turn(joint, rotate(inverse(above), actor.front), angle_deg)
