"""It walks in its place: the ground passes below, and the feet on it go with it and do not slide.

The body moves first: it bobs, sways over the foot that bears it, turns its hips with the legs and its chest
against them. Then each leg is bent so that its foot is where the gait has it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from serve.geometry.rotations import quaternion_from_axis_angle
from serve.motion.clip import Clip
from serve.motion.presets.actor import Actor, chain_of
from serve.motion.presets.gait import (
    BIPED_WALK,
    QUADRUPED_TROT,
    QUADRUPED_WALK,
    Gait,
    foot_path,
    foot_pitch_deg,
)
from serve.motion.presets.keys import Keys, Y
from serve.motion.presets.legs import FootWay, Leg, drop_to_reach, has_legs, legs_of, plant, turned_sole
from serve.motion.presets.slither import is_lying_chain, slither
from serve.motion.presets.stance import SIDES, relax_arms
from serve.motion.presets.timing import Rounds, Timing, swung
from serve.motion.skeleton import Skeleton

__all__ = ["can_walk", "walk"]

Floats = NDArray[np.float64]

_GRAVITY_M_S2 = 9.81
_ROUND = 3.5  # of two steps, in square roots of leg length by gravity: a Froude number of 0.1
_TROT_SPEED = 1.6
_MOST_PITCH_DEG, _ROLL_COUNT = 60.0, 120
_SIDE_SHARE = {"left": 0.0, "right": 0.5}


def can_walk(skeleton: Skeleton) -> bool:
    """Whether it has legs to walk on, or is a chain that can slither."""
    return has_legs(skeleton) or is_lying_chain(skeleton)


def walk(actor: Actor, timing: Timing) -> Clip:
    """On two legs or four; four that are fast trot. A chain slithers."""
    if actor.skeleton.kind == "chain":
        return slither(actor, timing)
    legs = legs_of(actor)
    gait = BIPED_WALK if len(legs) == 2 else QUADRUPED_WALK if timing.speed < _TROT_SPEED else QUADRUPED_TROT
    leg_m = float(np.mean([actor.skeleton.heads[leg.hip][1] - actor.ground_y for leg in legs]))
    rounds = timing.rounds(_ROUND * math.sqrt(leg_m / _GRAVITY_M_S2))
    keys = Keys(actor.skeleton, len(timing.times_s))
    (_walk_upright if len(legs) == 2 else _walk_on_fours)(keys, actor, rounds, leg_m)
    _step(keys, actor, legs, gait, (rounds, leg_m))
    speed_m_s = gait.stride * leg_m * rounds.count / timing.duration_s
    x, y, z = (speed_m_s * actor.front).tolist()
    return keys.to_clip("walk", timing, loops=rounds.loops, travel_m_s=(x, y, z))


def _step(keys: Keys, actor: Actor, legs: list[Leg], gait: Gait, pace: tuple[Rounds, float]) -> None:
    """Bring the body down until all feet reach their places, and put them there."""
    rounds, leg_m = pace
    phases = [np.mod(rounds.phase - late, 1.0) for late in gait.delays]
    ways = [_foot_way(actor, leg, gait, phase, leg_m) for leg, phase in zip(legs, phases, strict=True)]
    drop_m = max(float(drop_to_reach(keys, legs, ways).max()), 0.0)
    keys.shift_root(np.array([[0.0, -drop_m, 0.0]]))
    for leg, way in zip(legs, ways, strict=True):
        plant(keys, actor, leg, way)


def _foot_way(actor: Actor, leg: Leg, gait: Gait, phase: Floats, leg_m: float) -> FootWay:
    """Where a gait has a foot that strikes where `phase` [K] is 0.

    As the heel strikes and as the toes leave, the foot rolls over its sole.
    """
    ahead, lift = foot_path(gait, phase)
    pitch_deg = foot_pitch_deg(gait, phase) * (leg.foot is not None)
    turns = quaternion_from_axis_angle(actor.left, np.radians(pitch_deg))
    forward = gait.stride * leg_m * ahead + _rolled(actor, leg, pitch_deg)
    ankles = leg.ankle + forward[:, None] * actor.front
    sole_y = actor.ground_y + gait.lift * leg_m * lift
    ankles[:, 1] = sole_y - turned_sole(actor, leg, turns)[:, :, 1].min(axis=1)
    return FootWay(ankles, sole_y, turns)


def _rolled(actor: Actor, leg: Leg, pitch_deg: Floats) -> Floats:
    """How far the ankle is ahead of where it was when the foot was flat, [K], metres.

    What rolls without sliding turns about the point that touches the ground: the ankle goes ahead by its
    height above that point, for each radian.
    """
    table_deg = np.linspace(-_MOST_PITCH_DEG, _MOST_PITCH_DEG, 2 * _ROLL_COUNT + 1)
    turns = quaternion_from_axis_angle(actor.left, np.radians(table_deg))
    heights = -turned_sole(actor, leg, turns)[:, :, 1].min(axis=1)
    steps = 0.5 * (heights[1:] + heights[:-1]) * np.radians(table_deg[1] - table_deg[0])
    way = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(np.interp(pitch_deg, table_deg, way - way[_ROLL_COUNT]))


def _walk_upright(keys: Keys, actor: Actor, rounds: Rounds, leg_m: float) -> None:
    """The trunk, the arms and the head of one who walks on two legs; the left foot strikes at 0."""
    strike = np.mod(rounds.phase + 0.25, 1.0)  # swung(strike) is a cosine: 1 as the left foot strikes
    bear = np.mod(strike - BIPED_WALK.duty / 2.0, 1.0)  # 1 as the left leg is upright and bears all
    left, front, root = actor.left, actor.front, keys.skeleton.joints[0].head
    keys.turn_all(np.array(root), Y, -6.0 * swung(strike))
    keys.turn_all(np.array(root), front, 2.5 * swung(bear))
    keys.turn_all(np.array(root), left, 2.0)
    sway, bob = 0.035 * leg_m * swung(bear), 0.018 * leg_m * swung(2.0 * bear - 0.25)
    keys.shift_root(sway[:, None] * left + bob[:, None] * np.array(Y))
    for role, yaw_deg, roll_deg in (
        ("spine", 6.0, -2.0),
        ("chest", 6.0, -1.0),
        ("neck", -3.0, 0.3),
        ("head", -3.0, 0.2),
    ):
        keys.turn(actor.joint(role), Y, yaw_deg * swung(strike, 0.03))
        keys.turn(actor.joint(role), front, roll_deg * swung(bear, 0.03))
    keys.turn(actor.joint("head"), left, -2.0 + 1.2 * swung(2.0 * bear, 0.1))
    relax_arms(keys, actor)
    for side, _ in SIDES:
        swing = np.mod(strike + _SIDE_SHARE[side], 1.0)
        keys.turn(actor.joint(f"upper_arm.{side}"), left, 24.0 * swung(swing, 0.02) - 3.0)
        keys.fold(actor.joint(f"lower_arm.{side}"), 20.0 - 12.0 * swung(swing, 0.07))
        keys.turn(actor.joint(f"hand.{side}"), left, 6.0 * swung(swing, 0.16))
    _wag(keys, actor, np.mod(strike, 1.0), 8.0)


def _walk_on_fours(keys: Keys, actor: Actor, rounds: Rounds, leg_m: float) -> None:
    """The trunk, the head and the tail of one who walks on four legs; the left hind foot strikes at 0."""
    strike, twice = np.mod(rounds.phase + 0.25, 1.0), np.mod(2.0 * rounds.phase, 1.0)
    left, front, root = actor.left, actor.front, np.array(keys.skeleton.joints[0].head)
    keys.turn_all(root, Y, -3.0 * swung(strike))
    keys.turn_all(root, front, 1.5 * swung(strike, 0.3))
    keys.shift_root((0.012 * leg_m * swung(twice, 0.1))[:, None] * np.array(Y))
    keys.turn(actor.joint("spine"), Y, 3.0 * swung(strike, 0.05))
    keys.turn(actor.joint("chest"), Y, 2.0 * swung(strike, 0.2))
    keys.turn(actor.joint("spine"), left, 0.8 * swung(twice, 0.15))
    keys.turn(actor.joint("neck"), left, 3.0 * swung(twice, 0.3))
    keys.turn(actor.joint("head"), left, -1.0 + 2.0 * swung(twice, 0.42))
    keys.turn(actor.joint("head"), Y, -2.0 * swung(strike, 0.1))
    _wag(keys, actor, strike, 12.0)


def _wag(keys: Keys, actor: Actor, phase: Floats, degrees: float) -> None:
    """The tail swings, each joint of it later than the one before."""
    for place, joint in enumerate(chain_of(actor.skeleton, "tail")):
        keys.turn(joint, Y, degrees * swung(phase, 0.1 + 0.1 * place))
