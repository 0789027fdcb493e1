"""Bones along the middle lines of limbs: two long ones and a foot or a hand, or a chain of equal ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.motion.rigging.bodies import Body
from serve.motion.rigging.drafts import Bone, numbered
from serve.motion.rigging.limbs import Limb
from serve.motion.rigging.limits import ball_limit, hinge_limit

__all__ = ["LimbPlan", "chain_bones", "limb_bones"]

_END_SHARE = 0.84  # of a straight limb's length: where its foot or hand begins


@dataclass(frozen=True, slots=True, eq=False)
class LimbPlan:
    """What the bones of a limb are called and how they fold.

    Args:
        region: Such as `leg.left`.
        roles: Of the upper bone, the lower one and the end, such as `upper_leg.left`.
        parent: The bone that it hangs on.
        goal: Where the lower bone folds to, by the body's axes.
        other: The same for a bone that points there already.
    """

    region: str
    roles: tuple[str, str, str]
    parent: str
    goal: tuple[float, float, float]
    other: tuple[float, float, float]


def limb_bones(body: Body, limb: Limb, plan: LimbPlan) -> list[Bone]:
    """The three bones of an arm or a leg, with joints where it bends."""
    begin, tip = limb.line[0], limb.line[-1]
    end_share = limb.bend(0.5, 1.0) or _END_SHARE
    wrist = limb.at(end_share)
    elbow = limb.at(limb.bend(0.0, end_share) or 0.5 * end_share)
    axes = body.frame.axes
    fold = hinge_limit(wrist - elbow, np.array(plan.goal) @ axes, np.array(plan.other) @ axes)
    upper, lower, end = plan.roles
    return [
        Bone(upper, plan.parent, begin, elbow, ball_limit(upper), plan.region),
        Bone(lower, upper, elbow, wrist, fold, plan.region),
        Bone(end, lower, wrist, tip, ball_limit(end), plan.region),
    ]


def chain_bones(limb: Limb, role: str, parent: str, region: str, count: int) -> list[Bone]:
    """So many equal bones along a limb, each a child of the one before."""
    bones: list[Bone] = []
    ends: list[NDArray[np.float64]] = [limb.at(share) for share in np.linspace(0.0, 1.0, count + 1).tolist()]
    for number in range(1, count + 1):
        name = numbered(role, number)
        bones.append(Bone(name, parent, ends[number - 1], ends[number], ball_limit(role), region))
        parent = name
    return bones
