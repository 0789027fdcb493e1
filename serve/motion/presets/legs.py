"""The legs of an asset, and how they are put where feet shall be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.rotations import IDENTITY, matrix_from_quaternion, quaternion_from_matrix
from serve.motion.ik import Chain, chain_through, solve_chain
from serve.motion.limits import clamp_turns
from serve.motion.poses import skinning_matrices
from serve.motion.presets.actor import Actor
from serve.motion.presets.keys import Keys
from serve.motion.skeleton import Skeleton

__all__ = [
    "FootWay",
    "Leg",
    "drop_to_reach",
    "has_legs",
    "legs_of",
    "plant",
    "sole_heights",
    "stand",
    "turned_sole",
]

Floats = NDArray[np.float64]

_PREFIXES = ("", "front_", "hind_")
# The steepest that a limb may lie and still be a leg to walk on: the cosine of 45 degrees.
_LEAST_DROP = 0.7
_SHORTEST_M = 1e-6  # what is no longer has no direction
_STRETCH = 0.993  # of its length: a leg is never quite straight
_SOLE = 0.25  # of the leg's length: how far above the ground its sole may reach
_SOLE_DIRECTION_COUNT, _SOLE_COUNT = 160, 150
_ROUND_COUNT = 5  # of solving and setting down: the sole turns with the leg


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """One leg.

    Args:
        chain: From the hip to the ankle, or to the tip where there is no foot.
        foot: The joint of the foot; None where there is none.
        side: `left` or `right`.
        is_front: Whether it is a front leg of four.
        ankle: Where the chain ends in the rest pose, [3], metres.
        sole: Indices of vertices that may touch the ground.
    """

    chain: Chain
    foot: int | None
    side: str
    is_front: bool
    ankle: Floats
    sole: NDArray[np.intp]

    @property
    def hip(self) -> int:
        """Its first joint."""
        return self.chain.joints[0]


@dataclass(frozen=True, slots=True, eq=False)
class FootWay:
    """Where a foot shall be at each key.

    Args:
        ankles: [K, 3], metres; the heights are where the search for the right ones begins.
        sole_y: [K], metres, how high the lowest point of its sole is.
        turns: [K, 4], of the foot in the asset's axes.
    """

    ankles: Floats
    sole_y: Floats
    turns: Floats


def has_legs(skeleton: Skeleton) -> bool:
    """Whether it has legs with knees, on both sides, that reach down."""
    found = _leg_joints(skeleton)
    return len({side for _, side, _ in found}) == 2 and all(
        _hangs(skeleton, joints) for _, _, joints in found
    )


def legs_of(actor: Actor) -> list[Leg]:
    """The legs of an asset, front ones and left ones first."""
    return [_leg(actor, prefix, side, joints) for prefix, side, joints in _leg_joints(actor.skeleton)]


def drop_to_reach(keys: Keys, legs: list[Leg], ways: list[FootWay]) -> Floats:
    """How far the body must come down so that each leg reaches its ankle's place.

    Args:
        keys: With the body in motion.
        legs: L of them.
        ways: Of the foot of each leg.

    Returns:
        [K], metres; below 0 where there is room.
    """
    poses = keys.poses()
    drops = []
    for leg, way in zip(legs, ways, strict=True):
        gap = poses[:, leg.hip, :3, 3] - way.ankles
        level = np.hypot(gap[:, 0], gap[:, 2])
        room = np.maximum((_STRETCH * leg.chain.reach_m) ** 2 - level**2, 0.0)
        drops.append(gap[:, 1] - np.sqrt(room))
    return np.asarray(np.max(drops, axis=0))


def plant(keys: Keys, actor: Actor, leg: Leg, way: FootWay, *, goes_on: bool = False) -> None:
    """Set the joints of a leg so that its foot goes its way, however the body moves.

    The sole decides how high the ankle is: a leg without a foot rolls over its tip. A leg that `goes_on` from
    its pose keeps the plane of its knee.
    """
    parent = keys.skeleton.joints[leg.hip].parent
    poses = keys.poses()
    frames = quaternion_from_matrix(poses[:, parent, :3, :3]) if parent >= 0 else np.array(IDENTITY)
    goals, before, moved = way.ankles.copy(), np.zeros(len(way.ankles)), np.zeros(len(way.ankles))
    for _ in range(_ROUND_COUNT):
        actor.check()
        start = keys.rotation[:, list(leg.chain.joints)] if goes_on else None
        reach = solve_chain(leg.chain, poses[:, leg.hip, :3, 3], goals, frames=frames, start=start)
        keys.rotation[:, list(leg.chain.joints)] = reach.turns
        if leg.foot is not None:
            keys.orient(leg.foot, way.turns)
            joint = keys.skeleton.joints[leg.foot]
            bone = np.subtract(joint.tail, joint.head)
            keys.rotation[:, leg.foot] = clamp_turns(joint.limit, bone, keys.rotation[:, leg.foot])
        lowest = sole_heights(keys, actor, leg)
        # A heel that follows the shin too answers by more than it is asked for: the secant finds by how much.
        answer = np.where(np.abs(moved) > 1e-9, (lowest - before) / np.where(moved == 0.0, 1.0, moved), 1.0)
        before, moved = lowest, (way.sole_y - lowest) / np.clip(answer, 0.7, 3.0)
        goals[:, 1] += moved


def stand(keys: Keys, actor: Actor) -> None:
    """Keep all feet where they are in the rest pose, however the body moves; it comes down as they need.

    What has no legs to stand on stays as it is.
    """
    if not has_legs(actor.skeleton):
        return
    legs = legs_of(actor)
    count = len(keys.rotation)
    ways = [
        FootWay(
            np.tile(leg.ankle, (count, 1)),
            np.full(count, actor.vertices[leg.sole, 1].min()),
            np.tile(np.array(IDENTITY), (count, 1)),
        )
        for leg in legs
    ]
    drop_m = max(float(drop_to_reach(keys, legs, ways).max()), 0.0)
    keys.shift_root(np.array([[0.0, -drop_m, 0.0]]))
    for leg, way in zip(legs, ways, strict=True):
        plant(keys, actor, leg, way)


def sole_heights(keys: Keys, actor: Actor, leg: Leg) -> Floats:
    """How high the lowest point of a sole is, [K], metres: by linear blending, as players of glTF do."""
    skin, points = actor.rig.skin, actor.vertices[leg.sole]
    used, place = np.unique(skin.joints[leg.sole], return_inverse=True)
    matrices = skinning_matrices(keys.skeleton, keys.poses())[:, used]
    rows = np.einsum("kja,pa->kpj", matrices[:, :, 1, :3], points) + matrices[:, None, :, 1, 3]
    own = np.broadcast_to(place.reshape(len(points), -1), (len(rows), *skin.joints[leg.sole].shape))
    heights = (np.take_along_axis(rows, own, axis=2) * skin.weights[leg.sole]).sum(axis=2)
    return np.asarray(heights.min(axis=1))


def _leg_joints(skeleton: Skeleton) -> list[tuple[str, str, list[int]]]:
    """Prefix, side and joints (upper, lower and perhaps foot) of each leg that has a knee."""
    found = []
    for prefix in _PREFIXES:
        for side in ("left", "right"):
            names = [f"{prefix}{part}.{side}" for part in ("upper_leg", "lower_leg", "foot")]
            joints = [joint for joint in map(skeleton.find, names) if joint is not None]
            if len(joints) >= 2 and skeleton.find(names[1]) == joints[1]:
                found.append((prefix, side, joints))
    return found


def _hangs(skeleton: Skeleton, joints: list[int]) -> bool:
    last = skeleton.joints[joints[-1]]
    way = np.subtract(last.head if len(joints) == 3 else last.tail, skeleton.joints[joints[0]].head)
    return bool(-way[1] >= max(_LEAST_DROP * float(np.linalg.norm(way)), _SHORTEST_M))


def _leg(actor: Actor, prefix: str, side: str, joints: list[int]) -> Leg:
    skeleton = actor.skeleton
    foot = joints[2] if len(joints) == 3 else None
    chain = chain_through(skeleton, joints[:2], None if foot is None else skeleton.joints[foot].head)
    ankle = skeleton.heads[joints[0]] + chain.bones.sum(axis=0)
    return Leg(chain, foot, side, prefix == "front_", ankle, _sole(actor, joints, chain.reach_m))


def _sole(actor: Actor, joints: list[int], leg_m: float) -> NDArray[np.intp]:
    """What follows the end of a leg and may touch the ground, one at least: corners of its hull, and others.

    A sole of which a part follows the shin too is bent, and then one of the others may be its lowest point.
    """
    skin = actor.rig.skin
    share = (skin.weights * np.isin(skin.joints, joints[1:])).sum(axis=1)
    (own,) = np.nonzero((share > 0.5) & (actor.vertices[:, 1] < actor.ground_y + _SOLE * leg_m))
    if not len(own):
        own = np.argsort(np.linalg.norm(actor.vertices - actor.skeleton.joints[joints[-1]].tail, axis=1))[:1]
    corners = own[np.argmin(actor.vertices[own] @ _downwards().T, axis=0)]
    return np.unique(np.concatenate([corners, own[:: max(1, len(own) // _SOLE_COUNT)]]))


def _downwards() -> Floats:
    """Unit vectors [N, 3], even over the upper half sphere: the point that is least along one may be lowest.

    Source: Gonzalez 2010, "Measurement of Areas on a Sphere Using Fibonacci and Latitude-Longitude Lattices".
    """
    index = np.arange(_SOLE_DIRECTION_COUNT)
    up = (index + 0.5) / _SOLE_DIRECTION_COUNT
    around = index * np.pi * (3.0 - np.sqrt(5.0))
    level = np.sqrt(1.0 - up**2)
    return np.stack([level * np.cos(around), up, level * np.sin(around)], axis=1)


def turned_sole(actor: Actor, leg: Leg, turns: Floats) -> Floats:
    """Where the points of a foot's sole are from its ankle, were the foot turned alone, [K, P, 3], metres."""
    return np.asarray(
        np.einsum("kab,pb->kpa", matrix_from_quaternion(turns), actor.vertices[leg.sole] - leg.ankle)
    )
