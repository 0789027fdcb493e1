"""What a motion needs to know of the asset that moves: its rig and its size."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.motion.skeleton import Skeleton
from serve.motion.skin import Rig

__all__ = ["Actor", "chain_of", "is_role"]

Floats = NDArray[np.float64]


def is_role(role: str, asked: str) -> bool:
    """Whether a role is the asked one or a later one of its chain: `wing.left.2` for `wing.left`."""
    rest = role.removeprefix(asked)
    return rest == "" or (rest != role and rest[0] == "." and rest[1:].isdigit())


def chain_of(skeleton: Skeleton, role: str) -> list[int]:
    """The joints of a role, from the root outwards: `tail`, `tail.2`, and so on; none where there is none."""
    return [index for index, joint in enumerate(skeleton.joints) if is_role(joint.role, role)]


class Actor:
    """A rigged asset.

    Args:
        rig: Of the mesh.
        mesh: In the rest pose, on the ground, which is as low as its lowest vertex.
        check: Called in long work; raises to stop.
    """

    def __init__(self, rig: Rig, mesh: PartMesh, check: Callable[[], None] = lambda: None) -> None:
        self.rig = rig
        self.skeleton = rig.skeleton
        self.check = check
        self._mesh = mesh

    @cached_property
    def vertices(self) -> Floats:
        """Of the mesh, float64 [V, 3], metres."""
        return self._mesh.vertices.astype(np.float64)

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """The lowest and the highest corner of what is drawn, [3] each, metres."""
        drawn = self.vertices[np.unique(self._mesh.faces)]
        return drawn.min(axis=0), drawn.max(axis=0)

    @property
    def size(self) -> Floats:
        """Along X, Y and Z, [3], metres."""
        return np.asarray(self.bounds[1] - self.bounds[0])

    @property
    def height_m(self) -> float:
        """From the ground to the top; a tenth of the longest side at least, so that flat things move too."""
        return float(max(self.size[1], 0.1 * self.size.max()))

    @property
    def middle(self) -> Floats:
        """Of the box around it, [3], metres."""
        return np.asarray(0.5 * (self.bounds[0] + self.bounds[1]))

    @property
    def base(self) -> Floats:
        """The point of the ground below the middle, [3], metres."""
        return np.array([self.middle[0], self.bounds[0][1], self.middle[2]])

    @property
    def ground_y(self) -> float:
        """How high the ground is, metres."""
        return float(self.bounds[0][1])

    @cached_property
    def left(self) -> Floats:
        """Unit vector along the ground to its left, [3]: from its right limbs to its left ones; else +X."""
        heads = {joint.role: np.array(joint.head) for joint in self.skeleton.joints}
        sides = [
            (heads[role], heads.get(role.replace(".left", ".right"))) for role in heads if ".left" in role
        ]
        way = sum((left - right for left, right in sides if right is not None), np.zeros(3)) * (1.0, 0.0, 1.0)
        length = float(np.linalg.norm(way))
        return np.asarray(way / length) if length > 1e-9 else np.array([1.0, 0.0, 0.0])

    @property
    def front(self) -> Floats:
        """Unit vector along the ground to where it looks, [3]."""
        return np.cross(self.left, (0.0, 1.0, 0.0))

    def follows(self, joint: int) -> NDArray[np.bool_]:
        """Which vertices follow a joint more than any other, [V]."""
        return np.asarray(self.rig.skin.joints[:, 0] == joint)

    def joint(self, role: str) -> int | None:
        """The first joint of a role; None where there is none."""
        return self.skeleton.find(role)
