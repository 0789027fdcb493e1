"""Two legs below, a head above, and arms if there are any: people, robots, bears."""

from __future__ import annotations

import numpy as np

from serve.motion.rigging.bodies import Body, limb_pair, why_no_animal
from serve.motion.rigging.drafts import Bone, Draft
from serve.motion.rigging.jointed_limbs import LimbPlan, limb_bones
from serve.motion.rigging.limits import ball_limit
from serve.motion.rigging.trunks import head_bones, middle_at, tail_bones

__all__ = ["draw_biped", "why_not_biped"]

_SPINE, _CHEST = 0.3, 0.62  # of the way from the hips to the neck
_BACK, _FRONT = (0.0, 0.0, -1.0), (0.0, 0.0, 1.0)
_DOWN, _UP = (0.0, -1.0, 0.0), (0.0, 1.0, 0.0)


def why_not_biped(body: Body | None) -> str:
    """Why a body is no biped; empty if it is one."""
    lack = "it shows no pair of legs, one on each side, by the names of parts or by its shape"
    return why_no_animal(body, ("leg.left", "leg.right"), lack)


def draw_biped(body: Body) -> Draft:
    """The skeleton of a biped; `why_not_biped` gave no reason against it."""
    legs = limb_pair(body, "leg")
    low = float(np.mean([body.frame.local(leg.line[0])[1] for leg in legs.values()]))
    neck, head = head_bones(body, "chest")
    high = float(body.frame.local(neck.head)[1])
    hips, spine, chest = (
        body.frame.world(middle_at(body, 1, low + share * (high - low))) for share in (0.0, _SPINE, _CHEST)
    )
    bones = [
        Bone("hips", "", hips, spine, ball_limit("hips")),
        Bone("spine", "hips", spine, chest, ball_limit("spine")),
        Bone("chest", "spine", chest, neck.head, ball_limit("chest")),
        neck,
        head,
        *_arms(body, chest),
    ]
    for side, leg in legs.items():
        roles = (f"upper_leg.{side}", f"lower_leg.{side}", f"foot.{side}")
        bones += limb_bones(body, leg, LimbPlan(f"leg.{side}", roles, "hips", _BACK, _DOWN))
    return Draft("biped", (*bones, *tail_bones(body, "hips")), {})


def _arms(body: Body, chest: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[Bone]:
    bones: list[Bone] = []
    if not body.has("arm.left", "arm.right"):
        return bones
    for side, limb in limb_pair(body, "arm").items():
        shoulder = f"shoulder.{side}"
        inner = chest + 0.35 * (limb.line[0] - chest)
        bones.append(Bone(shoulder, "chest", inner, limb.line[0], ball_limit(shoulder)))
        roles = (f"upper_arm.{side}", f"lower_arm.{side}", f"hand.{side}")
        bones += limb_bones(body, limb, LimbPlan(f"arm.{side}", roles, shoulder, _FRONT, _UP))
    return bones
