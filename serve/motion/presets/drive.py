"""It drives in its place: its wheels roll as far as the ground passes, and its body rocks on them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from serve.geometry.rotations import quaternion_from_axis_angle
from serve.motion.clip import Clip
from serve.motion.presets.actor import Actor, chain_of
from serve.motion.presets.keys import Keys, Y
from serve.motion.presets.timing import Timing, swung
from serve.motion.skeleton import Skeleton

__all__ = ["drive", "has_wheels"]

Floats = NDArray[np.float64]

_TURN_S = 0.9  # of the largest wheel
_ROCK_S, _SHAKE_S = 1.3, 0.22
_SAME_RADIUS = 0.05  # wheels whose radii differ by less were meant to be alike
_LEAST_RADIUS = 1e-3  # in heights of the asset
_MOST_SLIP = 0.03  # that nobody sees, of a wheel that is made to end where it began


def has_wheels(skeleton: Skeleton) -> bool:
    """Whether it has wheels that hang on something."""
    return any(
        joint.parent >= 0 for joint in (skeleton.joints[index] for index in chain_of(skeleton, "wheel"))
    )


def drive(actor: Actor, timing: Timing) -> Clip:
    """Straight ahead at an even speed."""
    wheels = [
        joint for joint in chain_of(actor.skeleton, "wheel") if actor.skeleton.joints[joint].parent >= 0
    ]
    axles = [_axle(actor, joint) for joint in wheels]
    own_m = np.array([_radius(actor, *pair) for pair in zip(wheels, axles, strict=True)])
    radii_m = _evened(own_m)
    rounds = timing.rounds(_TURN_S)
    distance_m, turns = _whole_turns(radii_m, rounds.count) if rounds.loops else _turns(radii_m, rounds.count)
    loops = rounds.loops and bool(np.allclose(turns, np.rint(turns)))
    keys = Keys(actor.skeleton, len(timing.times_s))
    front = np.cross(axles[0], Y)
    front /= np.linalg.norm(front)
    _rock(keys, actor, timing, front)
    # No wheel is quite round: it comes up by half of what its farthest point would be in the ground.
    lift_m = 0.5 * max(0.0, float((own_m - actor.skeleton.heads[wheels, 1]).max()) + actor.ground_y)
    for wheel, axle, count in zip(wheels, axles, turns, strict=True):
        roll = quaternion_from_axis_angle(axle, 2.0 * np.pi * count * timing.share)
        keys.pin(wheel, actor.skeleton.heads[wheel] + lift_m * np.array(Y), roll)
    x, y, z = (front * distance_m / timing.duration_s).tolist()
    return keys.to_clip("drive", timing, loops=loops, travel_m_s=(x, y, z))


def _axle(actor: Actor, wheel: int) -> Floats:
    """About what a wheel turns to go forward, a level unit vector: its hinge, or along its bone.

    Forward is to +Z or, where the axle lies along Z, to +X.
    """
    joint = actor.skeleton.joints[wheel]
    axle = (
        np.array(joint.limit.hinge) if joint.limit.hinge is not None else np.subtract(joint.tail, joint.head)
    )
    axle = axle * (1.0, 0.0, 1.0)
    length = float(np.linalg.norm(axle))
    axle = axle / length if length > 1e-9 else np.array([1.0, 0.0, 0.0])
    return np.asarray(-axle if axle @ np.array([1.0, 0.0, -0.9]) < 0.0 else axle)


def _radius(actor: Actor, wheel: int, axle: Floats) -> float:
    """Of what follows a wheel, metres; how high its joint is where nothing does, or only its axle."""
    arms = actor.vertices[actor.follows(wheel)] - actor.skeleton.heads[wheel]
    reach_m = float(np.linalg.norm(arms - np.outer(arms @ axle, axle), axis=1).max(initial=0.0))
    if reach_m > _LEAST_RADIUS * actor.height_m:
        return reach_m
    return max(float(actor.skeleton.heads[wheel][1]) - actor.ground_y, 0.05 * actor.height_m)


def _evened(radii_m: Floats) -> Floats:
    """Radii, those that are almost alike made alike."""
    evened = radii_m.copy()
    for radius_m in radii_m:
        alike = np.abs(radii_m / radius_m - 1.0) < _SAME_RADIUS
        evened[alike] = radii_m[alike].mean()
    return evened


def _turns(radii_m: Floats, largest_count: float) -> tuple[float, Floats]:
    """The way and each wheel's turns, where the largest one turns so often; none slips."""
    distance_m = 2.0 * math.pi * float(radii_m.max()) * largest_count
    return distance_m, distance_m / (2.0 * math.pi * radii_m)


def _whole_turns(radii_m: Floats, largest_count: float) -> tuple[float, Floats]:
    """The same near that count, whole ones for each wheel where they slip by little, each by its share."""
    found = []
    for count in range(max(1, round(0.7 * largest_count)), round(1.3 * largest_count) + 1):
        turns = np.rint(_turns(radii_m, count)[1])
        rolled_m = 2.0 * math.pi * radii_m * turns
        distance_m = 0.5 * float(rolled_m.min() + rolled_m.max())
        slip = float(np.abs(rolled_m / distance_m - 1.0).max())
        found.append((slip > 0.25 * _MOST_SLIP, abs(count - largest_count), slip, distance_m, turns))
    _, _, slip, distance_m, turns = min(found, key=lambda entry: entry[:3])
    return (distance_m, turns) if slip <= _MOST_SLIP else _turns(radii_m, largest_count)


def _rock(keys: Keys, actor: Actor, timing: Timing, front: Floats) -> None:
    """The body on its springs: it sways, nods and trembles."""
    rock, shake = (
        np.mod(timing.share * max(1, round(timing.duration_s / s)), 1.0) for s in (_ROCK_S, _SHAKE_S)
    )
    keys.turn_all(actor.base, np.cross(Y, front), 0.5 * swung(rock) + 0.12 * swung(shake))
    keys.turn_all(actor.base, front, 0.4 * swung(rock, 0.3))
    lift = 0.006 * swung(2.0 * rock, 0.1) + 0.002 * swung(shake, 0.4)
    keys.shift_root((actor.height_m * lift)[:, None] * np.array(Y))
