"""A skeleton while it is drawn: bones by name, and the region of the body that each moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from serve.motion.rigging.bodies import TRUNK
from serve.motion.skeleton import Joint, Limit, Skeleton, SkeletonKind

__all__ = ["Bone", "Draft", "numbered"]

_SHORTEST = 1e-6  # of a bone, metres: a tail must differ from its head


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """A bone.

    Args:
        role: As in `Joint`; also its name where none is given.
        parent: The name of its parent; empty for the root.
        head: float64 [3], metres.
        tail: float64 [3], metres.
        limit: How far it turns.
        region: What it moves.
        name: Unique in the draft.
    """

    role: str
    parent: str
    head: NDArray[np.float64]
    tail: NDArray[np.float64]
    limit: Limit = field(default_factory=Limit)
    region: str = TRUNK
    name: str = ""

    @property
    def called(self) -> str:
        """Its name."""
        return self.name or self.role


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A skeleton and what its bones move.

    Args:
        kind: The body plan.
        bones: Parents first.
        hangs_on: The region that each region hangs on, where that is not the trunk.
    """

    kind: SkeletonKind
    bones: tuple[Bone, ...]
    hangs_on: Mapping[str, str]

    def skeleton(self) -> Skeleton:
        """The skeleton."""
        indices = {bone.called: index for index, bone in enumerate(self.bones)}
        joints = tuple(
            Joint(
                bone.called,
                bone.role,
                indices.get(bone.parent, -1),
                _point(bone.head),
                _end(bone),
                bone.limit,
            )
            for bone in self.bones
        )
        return Skeleton(self.kind, joints)

    def may_follow(self, regions: tuple[str, ...]) -> NDArray[np.bool_]:
        """Whether what is of a region may follow a bone, bool [R, J].

        It may follow its own bones, those of the region that it hangs on, and the first bone of each region
        that hangs on it.
        """
        firsts = {bone.region: index for index, bone in reversed(list(enumerate(self.bones)))}
        allowed = np.zeros((len(regions), len(self.bones)), bool)
        for row, region in enumerate(regions):
            for column, bone in enumerate(self.bones):
                is_own = bone.region == region
                is_below = bone.region == self._root_of(region)
                is_above = self._root_of(bone.region) == region and firsts[bone.region] == column
                allowed[row, column] = is_own or is_below or is_above
        return allowed

    def _root_of(self, region: str) -> str:
        return "" if region == TRUNK else self.hangs_on.get(region, TRUNK)


def numbered(role: str, number: int) -> str:
    """The role of one of a chain: `tail` for the first, `tail.2` for the second."""
    return role if number == 1 else f"{role}.{number}"


def _point(place: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = place.tolist()
    return (x, y, z)


def _end(bone: Bone) -> tuple[float, float, float]:
    is_point = float(np.linalg.norm(bone.tail - bone.head)) < _SHORTEST
    return _point(bone.head + np.array([0.0, _SHORTEST, 0.0]) if is_point else bone.tail)
