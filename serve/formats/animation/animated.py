"""What makes a mesh move, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Animation", "Influences", "JointTree"]


@dataclass(frozen=True, slots=True, eq=False)
class JointTree:
    """Joints in their rest pose, all of whose axes are the asset's.

    Args:
        names: Unique; J of them.
        parents: int32 [J]; -1 for the first, the only root; parents come before their children.
        heads: float64 [J, 3], metres: the point that a joint turns about.
    """

    names: tuple[str, ...]
    parents: NDArray[np.int32]
    heads: NDArray[np.float64]

    @property
    def offsets(self) -> NDArray[np.float64]:
        """Each head as seen from its parent's, float64 [J, 3]: the translations of the rest pose, metres."""
        seen_from = np.where(self.parents[:, None] < 0, 0.0, self.heads[self.parents])
        return np.asarray(self.heads - seen_from)


@dataclass(frozen=True, slots=True, eq=False)
class Influences:
    """Which joints the vertices of a mesh follow.

    Args:
        joints: int32 [V, 4], indices of joints; any where the weight is 0.
        weights: float32 [V, 4], at least 0; rows need not sum to 1, but not to 0 either.
    """

    joints: NDArray[np.int32]
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Animation:
    """Poses at instants, each joint's relative to its parent; between them glTF's LINEAR.

    Args:
        name: What viewers call it.
        times_s: float32 [K], seconds, at least 0 and rising; K is at least 1.
        translation: float32 [K, J, 3], metres.
        rotation: float32 [K, J, 4], unit quaternions x, y, z, w.
        scale: float32 [K, J, 3].
        loops: Whether the last pose is the first one again.
        travel_m_s: How fast the asset would go over the ground, metres a second in its own axes; it is moved
            by whoever plays it.
    """

    name: str
    times_s: NDArray[np.float32]
    translation: NDArray[np.float32]
    rotation: NDArray[np.float32]
    scale: NDArray[np.float32]
    loops: bool
    travel_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
