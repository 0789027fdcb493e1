"""Two wings, a head, and legs or feet if there are any: birds, ducks, penguins."""

from __future__ import annotations

import numpy as np

from serve.motion.rigging.bodies import Body, limb_pair, why_no_animal
from serve.motion.rigging.drafts import Bone, Draft
from serve.motion.rigging.jointed_limbs import LimbPlan, chain_bones, limb_bones
from serve.motion.rigging.limits import ball_limit
from serve.motion.rigging.trunks import head_bones, middle_at, tail_bones

__all__ = ["draw_bird", "why_not_bird"]

_WING_COUNT = 2
_BACK, _DOWN = (0.0, 0.0, -1.0), (0.0, -1.0, 0.0)


def why_not_bird(body: Body | None) -> str:
    """Why a body is no bird; empty if it is one."""
    lack = "it has no pair of parts, one on each side, that are called wings"
    return why_no_animal(body, ("wing.left", "wing.right"), lack)


def draw_bird(body: Body) -> Draft:
    """The skeleton of a bird, along its trunk be it level or upright; `why_not_bird` gave no reason."""
    trunk = body.frame.local(body.volume.centres[body.cells("trunk")])
    neck, head = head_bones(body, "chest")
    size = np.ptp(trunk, axis=0)
    axis = 1 if size[1] > size[2] else 2
    end = float(body.frame.local(neck.head)[axis])
    low = float(trunk[:, axis].min() + 0.2 * size[axis])
    hips, chest = (body.frame.world(middle_at(body, axis, low + share * (end - low))) for share in (0.0, 0.6))
    bones = [
        Bone("hips", "", hips, chest, ball_limit("hips")),
        Bone("chest", "hips", chest, neck.head, ball_limit("chest")),
        neck,
        head,
    ]
    for side, wing in limb_pair(body, "wing", is_rooted=False).items():
        bones += chain_bones(wing, f"wing.{side}", "chest", f"wing.{side}", _WING_COUNT)
    if body.has("leg.left", "leg.right"):
        for side, leg in limb_pair(body, "leg").items():
            roles = (f"upper_leg.{side}", f"lower_leg.{side}", f"foot.{side}")
            bones += limb_bones(body, leg, LimbPlan(f"leg.{side}", roles, "hips", _BACK, _DOWN))
    return Draft("bird", (*bones, *tail_bones(body, "hips")), {})
