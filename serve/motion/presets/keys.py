"""The keys of a clip while it is made: each joint is at rest until somebody moves it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from serve.geometry.rotations import (
    IDENTITY,
    align_signs,
    compose,
    inverse,
    quaternion_from_axis_angle,
    quaternion_from_matrix,
    rotate,
    unit_quaternion,
)
from serve.motion.clip import Clip
from serve.motion.poses import chain_poses, rest_translations
from serve.motion.presets.timing import Timing
from serve.motion.skeleton import Skeleton

__all__ = ["Keys", "X", "Y", "Z"]

Floats = NDArray[np.float64]

X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


class Keys:
    """Poses at K instants.

    Args:
        skeleton: Of J joints.
        key_count: K.

    Attributes:
        translation: float64 [K, J, 3], metres, as in `Clip`.
        rotation: float64 [K, J, 4], unit quaternions.
        scale: float64 [K, J, 3].
    """

    def __init__(self, skeleton: Skeleton, key_count: int) -> None:
        shape = (key_count, len(skeleton.joints))
        self.skeleton = skeleton
        self.translation: Floats = np.tile(rest_translations(skeleton).astype(np.float64), (key_count, 1, 1))
        self.rotation: Floats = np.tile(np.array(IDENTITY), (*shape, 1))
        self.scale: Floats = np.ones((*shape, 3))

    def turn(self, joint: int | None, axis: ArrayLike, angle_deg: ArrayLike) -> None:
        """Turn a joint further, about an axis of its parent; nothing where there is no such joint.

        Args:
            joint: Its index.
            axis: [3] or [K, 3].
            angle_deg: [K] or one for all keys.
        """
        if joint is not None:
            turns = quaternion_from_axis_angle(axis, np.radians(np.asarray(angle_deg, np.float64)))
            self.rotate(joint, turns)

    def rotate(self, joint: int, turns: ArrayLike) -> None:
        """Turn a joint further by quaternions [K, 4] or [4], in the axes of its parent."""
        self.rotation[:, joint] = compose(turns, self.rotation[:, joint])

    def fold(self, joint: int | None, angle_deg: ArrayLike) -> None:
        """Bend a hinge to the side where it has more room, as a knee; nothing where there is no hinge."""
        limit = None if joint is None else self.skeleton.joints[joint].limit
        if limit is not None and limit.hinge is not None:
            low, high = limit.hinge_deg
            self.turn(joint, limit.hinge, np.clip(np.where(high >= -low, 1.0, -1.0) * angle_deg, low, high))

    def shift_root(self, offsets: Floats) -> None:
        """Move all by offsets [K, 3], metres."""
        self.translation[:, 0] += offsets

    def turn_all(self, about: Floats, axis: ArrayLike, angle_deg: ArrayLike) -> None:
        """Turn all about a point [3] or [K, 3], as `turn` does the root."""
        turns = quaternion_from_axis_angle(axis, np.radians(np.asarray(angle_deg, np.float64)))
        self.translation[:, 0] = about + rotate(turns, self.translation[:, 0] - about)
        self.rotate(0, turns)

    def squash_all(self, about: Floats, height: Floats) -> None:
        """Make all higher by factors [K], and thinner so that the volume stays; before any turn of the root.

        Args:
            about: The point that stays, [3].
            height: [K], above 0.
        """
        factors = np.stack([height**-0.5, height, height**-0.5], axis=1)
        self.scale[:, 0] *= factors
        self.translation[:, 0] = about + factors * (self.translation[:, 0] - about)

    def poses(self) -> Floats:
        """From joint space to the asset's, float64 [K, J, 4, 4]."""
        return chain_poses(self.skeleton.parents, self.translation, self.rotation, self.scale)

    def pose(self, joint: int) -> Floats:
        """The same of one joint, float64 [K, 4, 4]: only what it hangs on is looked at."""
        row = [joint]
        while (parent := self.skeleton.joints[row[0]].parent) >= 0:
            row.insert(0, parent)
        before = np.arange(len(row), dtype=np.int32) - 1
        tracks = (track[:, row] for track in (self.translation, self.rotation, self.scale))
        return np.asarray(chain_poses(before, *tracks)[:, -1])

    def turns(self) -> Floats:
        """How far each joint has turned in the asset's axes, float64 [K, J, 4]; only without scales."""
        turns = self.rotation.copy()
        for joint, parent in enumerate(self.skeleton.parents):
            if parent >= 0:
                turns[:, joint] = compose(turns[:, parent], turns[:, joint])
        return turns

    def orient(self, joint: int, turns: ArrayLike) -> None:
        """Turn a joint so that in the asset's axes it is at quaternions [K, 4]; only without scales."""
        parent = self.skeleton.joints[joint].parent
        before = self.turns()[:, parent] if parent >= 0 else np.array(IDENTITY)
        self.rotation[:, joint] = compose(inverse(before), turns)

    def pin(self, joint: int, rest_head: ArrayLike, turns: ArrayLike = IDENTITY) -> None:
        """Keep a joint that is no root at a place [3] and at quaternions, whatever its parent does.

        Only without scales.
        """
        above = self.pose(self.skeleton.joints[joint].parent)
        back = inverse(quaternion_from_matrix(above[:, :3, :3]))
        self.translation[:, joint] = rotate(back, np.asarray(rest_head) - above[:, :3, 3])
        self.rotation[:, joint] = compose(back, turns)

    def to_clip(
        self,
        name: str,
        timing: Timing,
        *,
        loops: bool,
        travel_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> Clip:
        """The keys as a clip; one that loops ends on exactly its first pose."""
        tracks = [self.translation, align_signs(unit_quaternion(self.rotation)), self.scale]
        if loops:
            for track in (tracks[0], tracks[2]):
                track[-1] = track[0]
            signs = np.sign((tracks[1][-1] * tracks[1][0]).sum(axis=-1, keepdims=True))
            tracks[1][-1] = np.where(signs < 0.0, -1.0, 1.0) * tracks[1][0]
        translation, rotation, scale = (track.astype(np.float32) for track in tracks)
        times_s = timing.times_s.astype(np.float32)
        return Clip(name, times_s, translation, rotation, scale, loops, travel_m_s)
