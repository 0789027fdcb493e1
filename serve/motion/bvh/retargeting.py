"""Carries a captured motion over to another body: bones point where the actor's did, and feet stand.

The rest poses of the two bodies differ, arms stretched out in one and down in the other: each of our bones is
first brought to the direction that the actor's has in his rest pose, and turns with it from there. The way of
the hips is scaled by the length of the legs. Then each foot that stood is put on the ground.

Sources: Gleicher 1998, "Retargetting Motion to New Characters"; Kovar, Schreiner and Gleicher 2002,
"Footskate Cleanup for Motion Capture Editing".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.geometry.mesh import PartMesh
from serve.geometry.rotations import (
    IDENTITY,
    compose,
    inverse,
    quaternion_from_matrix,
    rotate,
    shortest_arc,
)
from serve.motion.bvh.document import Bvh
from serve.motion.bvh.names import roles_of
from serve.motion.clip import Clip
from serve.motion.presets.actor import Actor
from serve.motion.presets.keys import Keys
from serve.motion.presets.legs import FootWay, Leg, has_legs, legs_of, plant, sole_heights
from serve.motion.presets.timing import Timing
from serve.motion.skeleton import Skeleton
from serve.motion.skin import Rig

__all__ = ["retarget"]

Floats = NDArray[np.float64]

_NEEDED = ("hips", "upper_leg.left", "lower_leg.left", "upper_leg.right", "lower_leg.right")
# Bones whose direction is carried over, and the role of their other end; what is not here turns as it is.
_BONES = {f"{bone}.{side}": f"{end}.{side}" for bone, end in (
    ("upper_arm", "lower_arm"), ("lower_arm", "hand"), ("upper_leg", "lower_leg"), ("lower_leg", "foot"),
) for side in ("left", "right")}  # fmt: skip
# What has no direction to go by is brought along with the bone before it.
_FOLLOWERS = {f"{bone}.{side}": f"{before}.{side}" for bone, before in (
    ("lower_arm", "upper_arm"), ("hand", "lower_arm"), ("lower_leg", "upper_leg"),
) for side in ("left", "right")}  # fmt: skip
_MOST_FPS = 60.0
_SAME_FPS = 0.02  # times of frames are rounded in files: 0.00833 s are 120 a second
_SHORTEST_LEG = 1e-3  # in a file's unit
_STANDS = 0.06  # of the leg's length: how high a foot that stands may be above where it is lowest
_FULLY = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class _Capture:
    """A motion in the asset's axes, in the file's unit.

    Args:
        roles: Role -> the index of the joint.
        rest: Where joints are when nothing is turned, [J, 3].
        turns: How joints are turned, [F, J, 4].
        places: Where they are, [F, J, 3].
        leg: How long a leg is.
    """

    roles: dict[str, int]
    rest: Floats
    turns: Floats
    places: Floats
    leg: float


def retarget(
    bvh: Bvh,
    rig: Rig,
    mesh: PartMesh,
    check: Callable[[], None] = lambda: None,
    *,
    most_s: float | None = None,
) -> Clip:
    """A captured motion on a rig with legs.

    Args:
        bvh: A body whose joints have names that `serve.motion.bvh.names` knows.
        rig: Of the mesh; a biped.
        mesh: In the rest pose, its lowest vertex on the ground.
        check: Called in long work; raises to stop.
        most_s: What comes later in the recording, seconds, is left out; by default nothing.

    Returns:
        A clip that does not loop, of about 60 keys a second at most. It begins where the asset stands, and
        goes from there as the actor went.

    Raises:
        InvalidRequestError: A joint that is needed has no name that is known, or the skeleton has no such
            joint; or the file's legs have no length.
    """
    _check_able(rig.skeleton)
    actor = Actor(rig, mesh, check)
    taken = _taken(bvh, most_s)
    capture = _in_axes_of(actor, taken)
    keys = Keys(rig.skeleton, len(capture.turns))
    _turn(keys, capture)
    scale = float(np.mean([leg.chain.reach_m for leg in legs_of(actor)])) / capture.leg
    _go(keys, actor, capture, scale)
    for leg in legs_of(actor):
        _set_down(keys, actor, capture, leg, scale)
    times_s = np.arange(len(capture.turns), dtype=np.float64) * taken.frame_time_s
    return keys.to_clip("bvh", Timing(times_s, 1.0), loops=False)


def _taken(bvh: Bvh, most_s: float | None) -> Bvh:
    """The frames of a recording that a clip needs: up to the first at `most_s` or after it."""
    step = max(1, math.ceil(1.0 / (_MOST_FPS * bvh.frame_time_s) - _SAME_FPS))
    frame_time_s, motion = bvh.frame_time_s * step, bvh.motion[::step]
    count = len(motion) if most_s is None else math.ceil(most_s / frame_time_s - 1e-6) + 1
    return Bvh(bvh.joints, frame_time_s, motion[:count])


def _check_able(skeleton: Skeleton) -> None:
    missing = [role for role in _NEEDED[1:] if skeleton.find(role) is None]
    if missing or not has_legs(skeleton):
        without = f" without {', '.join(missing)}" if missing else ""
        raise InvalidRequestError(
            f"motion.preset = 'bvh' needs a biped with legs to stand on, and this asset has a skeleton of "
            f"the kind {skeleton.kind}{without}; ask for another motion",
            "motion.preset",
        )


def _in_axes_of(actor: Actor, bvh: Bvh) -> _Capture:
    """The capture, turned so that its actor stands upright and looks where ours does."""
    names = [joint.name for joint in bvh.joints]
    roles = roles_of(names)
    missing = [role for role in _NEEDED if role not in roles]
    if missing:
        raise InvalidRequestError(
            f"the BVH file has no joint that is known as {', '.join(missing)}; its joints are "
            f"{', '.join(names[:20])}: rename them as Mixamo or CMU do",
            "motion.bvh",
        )
    rest = bvh.rest_places()
    thigh, shin = (rest[roles["lower_leg.left"]] - rest[roles["upper_leg.left"]], _shin(bvh, rest, roles))
    leg = float(np.linalg.norm(thigh) + np.linalg.norm(shin))
    if leg < _SHORTEST_LEG:
        raise InvalidRequestError(
            f"the BVH file has legs of {leg:.3g} of its unit, which is no length: mend its offsets",
            "motion.bvh",
        )
    axes = _axes(rest, roles)
    frame = quaternion_from_matrix(np.stack([actor.left, (0.0, 1.0, 0.0), actor.front], axis=1) @ axes)
    turns = compose(compose(frame, bvh.turns()), inverse(frame))
    return _Capture(roles, rotate(frame, rest), turns, rotate(frame, bvh.places()), leg)


def _shin(bvh: Bvh, rest: Floats, roles: dict[str, int]) -> Floats:
    """From the left knee to the ankle, or to the end of the leg where there is none, [3]."""
    knee = roles["lower_leg.left"]
    ankle = roles.get("foot.left")
    if ankle is not None:
        return np.asarray(rest[ankle] - rest[knee])
    return np.array(bvh.joints[knee].end or (0.0, 0.0, 0.0))


def _axes(rest: Floats, roles: dict[str, int]) -> Floats:
    """Left, up and front of the captured body at rest, unit rows [3, 3]; up is an axis of the file."""
    knees = rest[roles["lower_leg.left"]] + rest[roles["lower_leg.right"]]
    hips = rest[roles["upper_leg.left"]] + rest[roles["upper_leg.right"]]
    rise = hips - knees
    axis = int(np.argmax(np.abs(rise)))
    up = np.sign(rise[axis] or 1.0) * np.eye(3)[axis]
    left = rest[roles["upper_leg.left"]] - rest[roles["upper_leg.right"]]
    left = left - (left @ up) * up
    length = float(np.linalg.norm(left))
    if length <= 0.0:
        raise InvalidRequestError("the BVH file has both legs on one spot: mend its offsets", "motion.bvh")
    left = left / length
    return np.stack([left, up, np.cross(left, up)])


def _turn(keys: Keys, capture: _Capture) -> None:
    """Turn each joint that has a role of the capture's; the others stay as they are on their parents."""
    aligned: dict[str, Floats] = {}
    turns = np.tile(np.array(IDENTITY), (len(capture.turns), len(keys.skeleton.joints), 1))
    for index, joint in enumerate(keys.skeleton.joints):
        above = turns[:, joint.parent] if joint.parent >= 0 else np.array(IDENTITY)
        turns[:, index] = above
        source = capture.roles.get("hips" if index == 0 else joint.role)
        if source is not None:
            aligned[joint.role] = _alignment(keys.skeleton, capture, index, aligned)
            turns[:, index] = compose(capture.turns[:, source], aligned[joint.role])
        keys.rotation[:, index] = compose(inverse(above), turns[:, index])


def _alignment(skeleton: Skeleton, capture: _Capture, index: int, aligned: dict[str, Floats]) -> Floats:
    """The turn [4] that brings a bone of ours to the direction of the actor's at rest."""
    joint = skeleton.joints[index]
    end = _BONES.get(joint.role, "")
    if end not in capture.roles:
        return aligned.get(_FOLLOWERS.get(joint.role, ""), np.array(IDENTITY))
    ours = skeleton.find(end)
    tip = joint.tail if ours is None else skeleton.joints[ours].head
    way = capture.rest[capture.roles[end]] - capture.rest[capture.roles[joint.role]]
    return shortest_arc(np.subtract(tip, joint.head), way)


def _go(keys: Keys, actor: Actor, capture: _Capture, scale: float) -> None:
    """Move the root as the hips went: over the ground from where it stands, at the height that legs allow."""
    hips = capture.places[:, capture.roles["hips"]]
    thighs = [capture.places[:, capture.roles[f"upper_leg.{side}"], 1] for side in ("left", "right")]
    way = scale * (hips - hips[0])
    way[:, 1] = scale * (np.mean(thighs, axis=0) - _ground(capture))
    legs = legs_of(actor)
    tops = np.mean([keys.poses()[:, leg.hip, 1, 3] for leg in legs], axis=0)
    # The height of our ankles above the ground at rest comes on top: the actor's is not ours.
    foot_m = float(np.mean([leg.ankle[1] for leg in legs])) - actor.ground_y
    way[:, 1] += actor.ground_y + foot_m - tops
    keys.shift_root(way)


def _ground(capture: _Capture) -> float:
    """How high the lowest ankle of all frames is, in the file's unit."""
    return min(float(_ankle(capture, side).min()) for side in ("left", "right"))


def _ankle(capture: _Capture, side: str) -> Floats:
    """How high an ankle is, [F]; the knee less the shin where there is no ankle."""
    foot = capture.roles.get(f"foot.{side}")
    if foot is not None:
        return np.asarray(capture.places[:, foot, 1])
    return np.asarray(capture.places[:, capture.roles[f"lower_leg.{side}"], 1] - 0.5 * capture.leg)


def _set_down(keys: Keys, actor: Actor, capture: _Capture, leg: Leg, scale: float) -> None:
    """Bring the foot of a leg to the ground where the actor's stood, and up where it is below."""
    heights = scale * (_ankle(capture, leg.side) - _ankle(capture, leg.side).min()) / leg.chain.reach_m
    stands = np.clip((_STANDS - heights) / (_STANDS - _FULLY), 0.0, 1.0)
    lowest = sole_heights(keys, actor, leg)
    wanted = np.maximum(lowest + stands * (actor.ground_y - lowest), actor.ground_y)
    poses, joint = keys.poses(), leg.foot if leg.foot is not None else leg.chain.joints[-1]
    tip = np.append(leg.ankle - actor.skeleton.heads[joint], 1.0)
    ankles = (poses[:, joint] @ tip)[:, :3]
    ankles[:, 1] += wanted - lowest
    turns = quaternion_from_matrix(poses[:, joint, :3, :3])
    plant(keys, actor, leg, FootWay(ankles, wanted, turns), goes_on=True)
