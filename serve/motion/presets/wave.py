"""It waves: a hand, a wing or a front paw goes up, swings a few times and comes down again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.rotations import (
    IDENTITY,
    compose,
    inverse,
    quaternion_from_axis_angle,
    rotate,
    shortest_arc,
    slerp,
)
from serve.motion.clip import Clip
from serve.motion.limits import clamp_turns
from serve.motion.presets.actor import Actor
from serve.motion.presets.keys import Keys, Y
from serve.motion.presets.legs import stand
from serve.motion.presets.stance import relax_arms
from serve.motion.presets.timing import Timing, eased, swung
from serve.motion.skeleton import Skeleton

__all__ = ["can_wave", "wave"]

Floats = NDArray[np.float64]

_ROUND_S = 4.0
_UP, _DOWN = (0.04, 0.24), (0.76, 0.96)  # of a round: when the arm is on its way
_SWING_COUNT = 5
# Which limb waves: upper and lower joint, and where each points, as shares of left, up and front.
_LIMBS = (
    ("upper_arm.right", "lower_arm.right", (-0.9, 0.35, 0.25), (-0.2, 1.0, 0.15)),
    ("front_upper_leg.right", "front_lower_leg.right", (-0.1, -0.1, 1.0), (-0.1, 0.6, 0.8)),
    ("wing.right", "wing.right.2", (-0.8, 0.6, 0.1), (-0.5, 1.0, 0.1)),
)


def can_wave(skeleton: Skeleton) -> bool:
    """Whether it has a limb to wave with, on its right."""
    return any(skeleton.find(upper) is not None for upper, *_ in _LIMBS)


def wave(actor: Actor, timing: Timing) -> Clip:
    """The upper arm first, the forearm and the hand after it; head and chest lean along."""
    rounds = timing.rounds(_ROUND_S)
    keys, raised = (Keys(actor.skeleton, count) for count in (len(timing.times_s), 1))
    relax_arms(keys, actor)
    relax_arms(raised, actor)
    names, ways = next((limb[:2], limb[2:]) for limb in _LIMBS if actor.joint(limb[0]) is not None)
    limb = [joint for joint in map(actor.joint, names) if joint is not None]
    _raise(raised, actor, limb, ways)
    swing, up = np.mod(rounds.phase * _SWING_COUNT, 1.0), _raised(rounds.phase, 0.03)
    for place, bone in enumerate(limb):
        share = _raised(rounds.phase, 0.03 * place)
        keys.rotation[:, bone] = slerp(keys.rotation[:, bone], raised.rotation[:, bone], share)
    swings = ((limb[0], 4.0, 0.0), (limb[-1], 22.0, 0.14), (actor.joint("hand.right"), 16.0, 0.27))
    for joint, degrees, lag in swings:
        _swing(keys, actor, joint, degrees * up * swung(swing, lag))
    for role, degrees in (("spine", 2.0), ("chest", 2.5), ("head", -7.0)):
        keys.turn(actor.joint(role), actor.front, degrees * up)
    keys.turn(actor.joint("head"), actor.front, 1.5 * up * swung(swing, 0.14))
    keys.turn(actor.joint("head"), Y, -6.0 * up)
    waved = keys.rotation[:, limb]
    stand(keys, actor)
    # A paw that waves stands too until it is lifted.
    keys.rotation[:, limb] = slerp(keys.rotation[:, limb], waved, _raised(rounds.phase, 0.0)[:, None])
    return keys.to_clip("wave", timing, loops=rounds.loops)


def _raised(phase: Floats, lag: float) -> Floats:
    """How far the arm is up, [K]."""
    rise = eased((phase - lag - _UP[0]) / (_UP[1] - _UP[0]))
    return rise - eased((phase - lag - _DOWN[0]) / (_DOWN[1] - _DOWN[0]))


def _raise(keys: Keys, actor: Actor, limb: list[int], ways: tuple[tuple[float, float, float], ...]) -> None:
    """The pose of a limb that is up: the upper bone twists until the elbow folds where the lower one goes."""
    goals = [left * actor.left + up * np.array(Y) + front * actor.front for left, up, front in ways]
    _point(keys, limb[0], goals[0])
    if len(limb) == 2:
        _twist(keys, limb[0], limb[1], goals[1])
        _point(keys, limb[1], goals[1])


def _point(keys: Keys, joint: int, goal: Floats) -> None:
    """Turn a bone to a direction [3] of the asset, as far as its limits go."""
    bone, limit = _bone(keys, joint), keys.skeleton.joints[joint].limit
    arc = shortest_arc(rotate(keys.rotation[:, joint], bone), rotate(inverse(_above(keys, joint)), goal))
    keys.rotation[:, joint] = clamp_turns(limit, bone, compose(arc, keys.rotation[:, joint]))


def _twist(keys: Keys, upper: int, lower: int, goal: Floats) -> None:
    """Turn the upper bone about itself so that the hinge at its end folds towards a direction [3]."""
    hinge, bone = keys.skeleton.joints[lower].limit, _bone(keys, upper)
    if hinge.hinge is None:
        return
    side = 1.0 if hinge.hinge_deg[1] >= -hinge.hinge_deg[0] else -1.0
    along = bone / np.linalg.norm(bone)
    folds = side * np.cross(hinge.hinge, _bone(keys, lower))
    wanted = rotate(inverse(keys.turns()[:, upper]), goal)
    flat, goal_flat = (way - np.outer(way @ along, along) for way in (folds[None], wanted))
    angle = np.arctan2(np.cross(flat, goal_flat) @ along, (flat * goal_flat).sum(axis=-1))
    turned = compose(keys.rotation[:, upper], quaternion_from_axis_angle(along, angle))
    keys.rotation[:, upper] = clamp_turns(keys.skeleton.joints[upper].limit, bone, turned)


def _swing(keys: Keys, actor: Actor, joint: int | None, angle_deg: Floats) -> None:
    """Turn a joint about what is the asset's front in its parent's axes; a hinge about itself."""
    if joint is None:
        return
    limit = keys.skeleton.joints[joint].limit
    axis = rotate(inverse(_above(keys, joint)), actor.front)
    keys.turn(joint, axis if limit.hinge is None else limit.hinge, angle_deg)
    keys.rotation[:, joint] = clamp_turns(limit, _bone(keys, joint), keys.rotation[:, joint])


def _bone(keys: Keys, joint: int) -> Floats:
    told = keys.skeleton.joints[joint]
    return np.subtract(told.tail, told.head)


def _above(keys: Keys, joint: int) -> Floats:
    """How the parent of a joint is turned, [K, 4]."""
    parent = keys.skeleton.joints[joint].parent
    return keys.turns()[:, parent] if parent >= 0 else np.tile(np.array(IDENTITY), (len(keys.rotation), 1))
