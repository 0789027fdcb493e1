"""The middle of a trunk, and the neck and the head at its end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.motion.rigging.bodies import TRUNK, Body
from serve.motion.rigging.drafts import Bone
from serve.motion.rigging.jointed_limbs import chain_bones
from serve.motion.rigging.limbs import Limb, contact
from serve.motion.rigging.limits import ball_limit

__all__ = ["head_bones", "middle_at", "tail_bones"]

_SLICE_STEPS = 1.5  # to either side of a place along the trunk
_TAIL_COUNT = 3


def middle_at(body: Body, axis: int, place: float) -> NDArray[np.float64]:
    """The middle of the trunk's cells at a place along one of the body's axes, on the plane of symmetry.

    Args:
        body: The body.
        axis: 1 for up, 2 for forward.
        place: Metres by the body's axes; drawn into the trunk's extent.

    Returns:
        float64 [3], metres, by the body's axes.
    """
    cells = body.frame.local(body.volume.centres[body.cells(TRUNK)])
    depth = np.maximum(body.volume.depth[body.cells(TRUNK)], 0.1 * body.volume.step)
    reach = _SLICE_STEPS * body.volume.step
    kept = float(np.clip(place, cells[:, axis].min() + reach, cells[:, axis].max() - reach))
    chosen = np.abs(cells[:, axis] - kept) <= reach
    if not chosen.any():
        chosen = np.abs(cells[:, axis] - kept) <= np.abs(cells[:, axis] - kept).min() + reach
    middle = np.average(cells[chosen], axis=0, weights=depth[chosen])
    middle[0], middle[axis] = 0.0, kept
    return np.asarray(middle)


def head_bones(body: Body, parent: str) -> list[Bone]:
    """The neck and the head; the neck is short, and inside, where nothing is called so."""
    is_head = body.cells("head") & ~body.is_neck
    centres = body.volume.centres
    middle = _on_plane(body, centres[is_head].mean(axis=0))
    base = _on_plane(body, contact(body.volume, body.cells("head"), body.cells(TRUNK)))
    if body.is_neck.any():
        nape = _on_plane(body, contact(body.volume, is_head, body.is_neck))
    else:
        base, nape = base - 0.1 * (middle - base), base + 0.15 * (middle - base)
    top = middle + (middle - nape)
    region = "head"
    return [
        Bone("neck", parent, base, nape, ball_limit("neck"), region),
        Bone("head", "neck", nape, top, ball_limit("head"), region),
    ]


def tail_bones(body: Body, parent: str) -> list[Bone]:
    """The tail, if there is one."""
    if not body.has("tail"):
        return []
    limb = body.limb("tail")
    limb = Limb(np.stack([_on_plane(body, point) for point in limb.line]), limb.radius_m)
    count = _TAIL_COUNT if limb.length_m > 4.0 * limb.radius_m else 1
    return chain_bones(limb, "tail", parent, "tail", count)


def _on_plane(body: Body, point: NDArray[np.float64]) -> NDArray[np.float64]:
    """The point moved sideways onto the plane of symmetry, when it lies near it."""
    local = body.frame.local(point)
    if abs(local[0]) < 3.0 * body.volume.step:
        local[0] = 0.0
    return body.frame.world(local)
