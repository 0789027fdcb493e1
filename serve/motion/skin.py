"""Which joints each vertex follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.motion.skeleton import Skeleton

__all__ = ["INFLUENCE_COUNT", "Rig", "Skin"]

INFLUENCE_COUNT = 4
"""Joints that a vertex follows at most: what glTF's JOINTS_0 and every engine take."""


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """The joints that vertices follow.

    Args:
        joints: int32 [V, 4], indices into the skeleton, the heaviest first; 0 where the weight is 0.
        weights: float32 [V, 4], at least 0, rows sum to 1.
    """

    joints: NDArray[np.int32]
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """A skeleton in a mesh.

    Args:
        skeleton: The joints.
        skin: For each vertex of the mesh.
    """

    skeleton: Skeleton
    skin: Skin
