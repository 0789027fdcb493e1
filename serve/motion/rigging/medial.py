"""A skeleton for whatever has limbs: a bone chain along the middle of each thing that sticks out."""

from __future__ import annotations

import numpy as np

from serve.motion.rigging.bodies import TRUNK, Body, rooted
from serve.motion.rigging.drafts import Bone, Draft
from serve.motion.rigging.jointed_limbs import chain_bones

__all__ = ["draw_medial", "why_not_medial"]

_MOST_LINKS = 4
_MOST_LIMBS = 32


def why_not_medial(body: Body) -> str:
    """Why a body has no medial skeleton; empty if it has."""
    count = len(body.regions) - 1
    if count > _MOST_LIMBS:
        return f"{count} things stick out of it, and at most {_MOST_LIMBS} are jointed"
    return "" if count else "nothing sticks out of it, so that nothing can bend"


def draw_medial(body: Body) -> Draft:
    """A root in the middle of the trunk, and links along each limb, about two thicknesses long."""
    volume, is_trunk = body.volume, body.cells(TRUNK)
    trunk = volume.centres[is_trunk]
    root = trunk[int(np.argmin(np.linalg.norm(trunk - trunk.mean(axis=0), axis=1)))]
    up = np.array([0.0, max(float(volume.depth[is_trunk].max()), volume.step), 0.0])
    bones = [Bone("body", "", root, root + up)]
    for number, region in enumerate(body.regions[1:], start=1):
        limb = rooted(body, body.limb(region))
        count = int(np.clip(limb.length_m / (4.0 * limb.radius_m), 1, _MOST_LINKS))
        for place, bone in enumerate(chain_bones(limb, "link", "body", region, count), start=1):
            parent = "body" if place == 1 else f"limb_{number}.{place - 1}"
            name = f"limb_{number}.{place}"
            bones.append(Bone(bone.role, parent, bone.head, bone.tail, bone.limit, region, name))
    return Draft("medial", tuple(bones), {})
