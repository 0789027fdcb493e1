"""Frees limbs that lie along the trunk: a folded wing hangs on its upper edge, not on its whole side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from serve.motion.rigging.bodies import TRUNK, Body
from serve.motion.rigging.limbs import touching

__all__ = ["released"]

_FREED = ("arm.", "wing.")
_BROAD_SHARE = 0.45  # of a limb's height: where it touches the trunk along more of it, it lies along it
_KEPT_SHARE = 0.15  # of its height, from the top: where it goes on touching


def released(body: Body) -> Body:
    """The body, its arms and wings touching the trunk at their upper ends alone where they lie along it."""
    links = body.volume.links.copy()
    up = body.frame.local(body.volume.centres)[:, 1]
    is_trunk = body.cells(TRUNK)
    for region in body.regions:
        is_limb = body.cells(region)
        first, _ = touching(body.volume, is_limb, is_trunk)
        if not region.startswith(_FREED) or len(first) == 0:
            continue
        height, top = float(np.ptp(up[is_limb])), float(up[first].max())
        if np.ptp(up[first]) > _BROAD_SHARE * height:
            is_low = is_limb & (up < top - _KEPT_SHARE * height)
            crosses = (is_low[:, None] & is_trunk[links]) | (is_trunk[:, None] & is_low[links])
            links[crosses] = -1
    return replace(body, volume=replace(body.volume, links=links))
