"""Clips: poses of a skeleton at instants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Clip"]


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """How the joints of a skeleton move, each relative to its parent.

    In the rest pose a joint's translation is its head less its parent's (the root's its head), its rotation
    (0, 0, 0, 1) and its scale 1. Between instants translations and scales go straight, rotations along the
    shorter arc of the sphere (slerp), as glTF's LINEAR does; before the first and after the last the pose
    stands, or the clip begins anew where it loops.

    Args:
        name: What a file calls it: `walk`.
        times_s: float32 [K], seconds, rising from 0; K is at least 1.
        translation: float32 [K, J, 3], metres.
        rotation: float32 [K, J, 4], unit quaternions x, y, z, w; neighbours in time have dot products >= 0.
        scale: float32 [K, J, 3].
        loops: Whether the last pose is the first one again.
        travel_m_s: How fast the asset goes over the ground, metres a second in its own axes. What walks or
            drives does so in its place, so that it loops; it covers the ground once this, times the time, is
            added to the root.
    """

    name: str
    times_s: NDArray[np.float32]
    translation: NDArray[np.float32]
    rotation: NDArray[np.float32]
    scale: NDArray[np.float32]
    loops: bool
    travel_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def duration_s(self) -> float:
        """Seconds from the first pose to the last."""
        return float(self.times_s[-1])
