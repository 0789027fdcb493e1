"""What a BVH file holds: joints with offsets, and for each frame the values of their channels.

Source: Meredith and Maddock 2001, "Motion Capture File Formats Explained"; the format is Biovision's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.rotations import IDENTITY, compose, quaternion_from_euler, rotate

__all__ = ["POSITIONS", "ROTATIONS", "Bvh", "BvhJoint"]

Floats = NDArray[np.float64]

POSITIONS = ("Xposition", "Yposition", "Zposition")
ROTATIONS = ("Xrotation", "Yrotation", "Zrotation")


@dataclass(frozen=True, slots=True)
class BvhJoint:
    """One joint.

    Args:
        name: As in the file.
        parent: Its index; -1 for the root. Parents come before their children.
        offset: From its parent, in the file's unit; of the root, where it is at rest.
        channels: Of `POSITIONS` and `ROTATIONS`, in the order of the file; rotations are applied as the
            product of their matrices in that order.
        end: Where its bone ends, from itself, if it has no child: the End Site.
    """

    name: str
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[str, ...]
    end: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Bvh:
    """A file.

    Args:
        joints: Parents first; the first is the only root.
        frame_time_s: From frame to frame, seconds.
        motion: float64 [F, C], the channels of all joints one after the other; degrees, and the file's unit.
    """

    joints: tuple[BvhJoint, ...]
    frame_time_s: float
    motion: Floats

    def local_turns(self) -> Floats:
        """How each joint is turned relative to its parent, unit quaternions [F, J, 4]."""
        turns = np.tile(np.array(IDENTITY), (len(self.motion), len(self.joints), 1))
        for index, (joint, columns) in enumerate(zip(self.joints, self.columns(), strict=True)):
            places = [place for place, channel in enumerate(joint.channels) if channel in ROTATIONS]
            if places:
                order = "".join(joint.channels[place][0] for place in places)
                turns[:, index] = quaternion_from_euler(np.radians(self.motion[:, columns][:, places]), order)
        return turns

    def turns(self) -> Floats:
        """How each joint is turned in the axes of the file, unit quaternions [F, J, 4]."""
        turns = self.local_turns()
        for index, joint in enumerate(self.joints):
            if joint.parent >= 0:
                turns[:, index] = compose(turns[:, joint.parent], turns[:, index])
        return turns

    def places(self) -> Floats:
        """Where each joint is, [F, J, 3], in the file's unit. A position replaces the offset."""
        turns, places = self.turns(), np.zeros((len(self.motion), len(self.joints), 3))
        for index, (joint, columns) in enumerate(zip(self.joints, self.columns(), strict=True)):
            way = np.tile(np.array(joint.offset), (len(places), 1))
            for place, channel in enumerate(joint.channels):
                if channel in POSITIONS:
                    way[:, POSITIONS.index(channel)] = self.motion[:, columns][:, place]
            if joint.parent >= 0:
                way = places[:, joint.parent] + rotate(turns[:, joint.parent], way)
            places[:, index] = way
        return places

    def rest_places(self) -> Floats:
        """Where each joint is when nothing is turned, [J, 3]: the sums of the offsets."""
        places = np.array([joint.offset for joint in self.joints])
        for index, joint in enumerate(self.joints):
            if joint.parent >= 0:
                places[index] += places[joint.parent]
        return places

    def columns(self) -> list[slice]:
        """Where the channels of each joint are in `motion`."""
        ends = np.cumsum([len(joint.channels) for joint in self.joints]).tolist()
        return [slice(end - len(joint.channels), end) for end, joint in zip(ends, self.joints, strict=True)]
