"""How a figure stands at ease: arms that were modelled stretched out hang down."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from serve.geometry.rotations import shortest_arc
from serve.motion.presets.actor import Actor, is_role
from serve.motion.presets.keys import Keys, Y

__all__ = ["SIDES", "relax_arms"]

SIDES = (("left", 1.0), ("right", -1.0))
"""Each side's name in roles and its sign along the asset's left."""

_SPLAY_DEG = 8.0  # of a hanging arm, outwards, besides what the trunk asks for
_STRETCHED_DEG = 40.0  # from straight down: an arm farther out is not at ease
_TRUNK = ("hips", "spine", "chest", "body")


def relax_arms(keys: Keys, actor: Actor) -> None:
    """Let the upper arms hang, as far as the trunk lets them; arms that hang already stay as they are."""
    for side, sign in SIDES:
        arm, end = actor.joint(f"upper_arm.{side}"), _hand(actor, side)
        if arm is None or end is None:
            continue
        along = end - actor.skeleton.heads[arm]
        splay_deg = _SPLAY_DEG + _clear_splay_deg(actor, actor.skeleton.heads[arm], along)
        now_deg = math.degrees(math.atan2(math.hypot(along[0], along[2]), -along[1]))
        if now_deg > max(splay_deg, _STRETCHED_DEG):
            splay = math.radians(splay_deg)
            hanging = sign * math.sin(splay) * actor.left - math.cos(splay) * np.array(Y)
            keys.rotate(arm, shortest_arc(along, hanging))


def _hand(actor: Actor, side: str) -> NDArray[np.float64] | None:
    """Where an arm ends, [3], metres."""
    for role in (f"hand.{side}", f"lower_arm.{side}", f"upper_arm.{side}"):
        joint = actor.joint(role)
        if joint is not None:
            told = actor.skeleton.joints[joint]
            return np.array(told.head if role.startswith("hand") else told.tail)
    return None


def _clear_splay_deg(actor: Actor, shoulder: NDArray[np.float64], along: NDArray[np.float64]) -> float:
    """How far out an arm must point so that its hand passes the widest place of the trunk below it."""
    joints = actor.skeleton.joints
    roles = np.array([any(is_role(joint.role, role) for role in _TRUNK) for joint in joints])
    trunk = actor.vertices[roles[actor.rig.skin.joints[:, 0]]]
    reach = float(np.linalg.norm(along))
    beside = trunk[(trunk[:, 1] < shoulder[1]) & (trunk[:, 1] > shoulder[1] - reach)]
    if not len(beside) or reach <= 0.0:
        return 0.0
    width, own = (
        np.abs((beside - actor.middle) @ actor.left).max(),
        abs((shoulder - actor.middle) @ actor.left),
    )
    gap = float(width - own)
    return math.degrees(math.asin(min(1.0, max(0.0, 1.15 * gap / reach))))
