"""A mesh while it moves: where its vertices are at an instant, and how much room it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from serve.contracts.stage import Spread, one_by_one
from serve.geometry.mesh import PartMesh
from serve.motion.clip import Clip
from serve.motion.poses import poses_at, skinning_matrices
from serve.motion.skin import Rig
from serve.motion.skinning import deform

__all__ = ["Playback", "Room", "room_of"]

_DIRECTION_COUNT = 500
_BLOCK_COUNT = 65_536  # vertices that are asked about at once


def _directions() -> NDArray[np.float64]:
    """Unit vectors all around: those of the axes, and a Fibonacci lattice between them, [N, 3]."""
    index = np.arange(_DIRECTION_COUNT) + 0.5
    height = 1.0 - 2.0 * index / _DIRECTION_COUNT
    turn = np.pi * (1.0 + np.sqrt(5.0)) * index
    ring = np.sqrt(1.0 - height**2)
    lattice = np.stack([ring * np.cos(turn), height, ring * np.sin(turn)], axis=1)
    return np.concatenate([np.eye(3), -np.eye(3), lattice])


_DIRECTIONS = _directions()


@dataclass(frozen=True, slots=True)
class Playback:
    """A mesh that follows a clip.

    Joints that turn keep the girth of what follows them, by dual quaternions; players of glTF files blend
    matrices instead and show the same pose a little thinner there.

    Args:
        mesh: At rest.
        rig: Of the mesh.
        clip: Of the rig's skeleton.
    """

    mesh: PartMesh
    rig: Rig
    clip: Clip

    def vertices_at(self, times_s: ArrayLike, spread: Spread = one_by_one) -> Iterator[NDArray[np.float32]]:
        """The vertices at one instant after the other: float32 [V, 3] each, metres.

        Raises:
            CancelledJobError, DeadlineExceededError: `spread` says so.
        """
        poses = poses_at(self.rig.skeleton, self.clip, times_s)
        for matrices in skinning_matrices(self.rig.skeleton, poses):
            yield deform(self.mesh.vertices, self.rig.skin, matrices, spread=spread)


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """What an asset needs while it moves.

    Args:
        lower: Lowest corner of the box that it stays in, float64 [3], metres.
        upper: Highest corner of it.
        places: float64 [N, 3]: all vertices of one that stands still; of one that moves those that reach
            farthest, in many directions.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    places: NDArray[np.float64]


def room_of(poses: Iterable[NDArray[np.float32]]) -> Room:
    """The room of poses.

    Args:
        poses: Vertices of each, float32 [V, 3]; at least one pose.
    """
    first, *rest = (pose if index == 0 else _reaching(pose) for index, pose in enumerate(poses))
    places = np.concatenate([_reaching(first) if rest else first, *rest]).astype(np.float64)
    return Room(places.min(axis=0), places.max(axis=0), places)


def _reaching(pose: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vertices that reach farthest in some direction."""
    directions = _DIRECTIONS.T.astype(np.float32)
    starts = range(0, len(pose), _BLOCK_COUNT)
    chosen = [
        start + np.unique(np.argmax(pose[start : start + _BLOCK_COUNT] @ directions, axis=0))
        for start in starts
    ]
    farthest = pose[np.concatenate(chosen)]
    return np.asarray(farthest[np.unique(np.argmax(farthest @ directions, axis=0))])
