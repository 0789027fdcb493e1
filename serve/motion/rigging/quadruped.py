"""Four legs under a level trunk, a head in front, and often a tail: dogs, cats, horses."""

from __future__ import annotations

import numpy as np

from serve.motion.rigging.bodies import Body, limb_pair, why_no_animal
from serve.motion.rigging.drafts import Bone, Draft
from serve.motion.rigging.jointed_limbs import LimbPlan, limb_bones
from serve.motion.rigging.limits import ball_limit
from serve.motion.rigging.trunks import head_bones, middle_at, tail_bones

__all__ = ["draw_quadruped", "why_not_quadruped"]

_LEGS = ("front_leg", "hind_leg")
_BACK, _FRONT, _DOWN = (0.0, 0.0, -1.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)


def why_not_quadruped(body: Body | None) -> str:
    """Why a body is no quadruped; empty if it is one."""
    lack = "it shows no two pairs of legs, one behind the other, by the names of parts or by its shape"
    return why_no_animal(body, [f"{leg}.{side}" for leg in _LEGS for side in ("left", "right")], lack)


def draw_quadruped(body: Body) -> Draft:
    """The skeleton of a quadruped; `why_not_quadruped` gave no reason against it."""
    legs = {region: limb_pair(body, region) for region in _LEGS}
    ends = [
        float(np.mean([body.frame.local(leg.line[0])[2] for leg in pair.values()])) for pair in legs.values()
    ]
    front, hind = ends
    neck, head = head_bones(body, "chest")
    hips, spine, chest = (
        body.frame.world(middle_at(body, 2, hind + share * (front - hind))) for share in (0.0, 0.4, 0.85)
    )
    bones = [
        Bone("hips", "", hips, spine, ball_limit("hips")),
        Bone("spine", "hips", spine, chest, ball_limit("spine")),
        Bone("chest", "spine", chest, neck.head, ball_limit("chest")),
        neck,
        head,
    ]
    for region, goal, parent in (("front_leg", _FRONT, "chest"), ("hind_leg", _BACK, "hips")):
        prefix = region.split("_", maxsplit=1)[0]
        for side, leg in legs[region].items():
            roles = (
                f"{prefix}_upper_leg.{side}",
                f"{prefix}_lower_leg.{side}",
                f"{prefix}_foot.{side}",
            )
            bones += limb_bones(body, leg, LimbPlan(f"{region}.{side}", roles, parent, goal, _DOWN))
    return Draft("quadruped", (*bones, *tail_bones(body, "hips")), {})
