"""Skeletons: joints in their rest pose, each with a role that motions know it by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Joint", "Limit", "Skeleton", "SkeletonKind"]

SkeletonKind = Literal["biped", "quadruped", "bird", "chain", "vehicle", "parts", "medial", "rigid"]
"""Which body plan the roles of a skeleton follow; `parts` has a joint for each part, `rigid` one for all."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a joint may turn from its rest pose.

    Args:
        swing_deg: Largest angle of its bone away from the rest direction, in [0, 180].
        twist_deg: Largest turn about the bone itself, in [0, 180].
        hinge: Axis that it turns about and no other, a unit vector in rest coordinates; None for a ball.
        hinge_deg: Lowest and highest turn about the hinge, right-handed.
    """

    swing_deg: float = 180.0
    twist_deg: float = 180.0
    hinge: tuple[float, float, float] | None = None
    hinge_deg: tuple[float, float] = (-180.0, 180.0)


@dataclass(frozen=True, slots=True)
class Joint:
    """One joint.

    Args:
        name: Unique in its skeleton; what a file calls it.
        role: What motions know it by: `hips`, `spine`, `chest`, `neck`, `head`, `shoulder.left`,
            `upper_arm.left`, `lower_arm.left`, `hand.left`, `upper_leg.left`, `lower_leg.left`, `foot.left`,
            the same with `.right` (left is +X); the legs of quadrupeds are `front_upper_leg.left` and
            `hind_upper_leg.left` and so on; `tail`, `wing.left`, `wheel`, `door`, `link`, `body`. A chain of
            several is numbered from the root: `spine`, `spine.2`, `tail`, `tail.2`.
        parent: Its index; -1 for a root. Parents come before their children.
        head: Where it is in the rest pose, metres; its children and what it carries turn about this point.
        tail: Where its bone ends in the rest pose, metres; differs from `head`.
        limit: How far it may turn.
    """

    name: str
    role: str
    parent: int
    head: tuple[float, float, float]
    tail: tuple[float, float, float]
    limit: Limit = Limit()


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Joints in their rest pose, the axes of all of which are the asset's own: Y up, +Z to the front.

    Args:
        kind: The body plan.
        joints: At least one, parents first; the first is the only root.
    """

    kind: SkeletonKind
    joints: tuple[Joint, ...]

    @property
    def parents(self) -> NDArray[np.int32]:
        """The index of each joint's parent, int32 [J]; -1 for the root."""
        return np.array([joint.parent for joint in self.joints], np.int32)

    @property
    def heads(self) -> NDArray[np.float64]:
        """Where each joint is in the rest pose, float64 [J, 3], metres."""
        return np.array([joint.head for joint in self.joints], np.float64).reshape(-1, 3)

    def find(self, role: str) -> int | None:
        """The index of the first joint of a role; None where there is none."""
        return next((index for index, joint in enumerate(self.joints) if joint.role == role), None)
