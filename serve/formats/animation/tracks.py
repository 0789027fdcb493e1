"""Animations as glTF has them: channels that name a node and a property, samplers that hold its keys.

Poses are written to within tolerances that no eye finds: at the end of ten joints in a row, each a tenth of
the asset long, they add up to less than 1/10,000 of its length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.formats.animation.animated import Animation, JointTree
from serve.formats.animation.keys import LINE, SPHERE, Space, needed_keys
from serve.formats.gltf_binary import Binary
from serve.geometry.rotations import IDENTITY, align_signs, unit_quaternion

__all__ = ["TrackWriter"]

ROTATION_TOLERANCE_RAD = 1e-5
SCALE_TOLERANCE = 1e-6
TRANSLATION_TOLERANCE = 1e-6
"""As a share of the asset's longest side."""


@dataclass(frozen=True, slots=True, eq=False)
class _Track:
    """One property of one joint over time: `path`, the value at rest [N] and those of the poses [K, N]."""

    joint: int
    path: str
    rest: NDArray[np.float64]
    values: NDArray[np.float64]
    tolerance: float
    space: Space

    @property
    def rests(self) -> bool:
        return bool(self.space.apart(self.values, self.rest[None]).max() <= self.tolerance)


@dataclass(frozen=True, slots=True)
class TrackWriter:
    """Writes the animations of one asset.

    Args:
        tree: The joints.
        first_node: The node of the first; the others' follow.
        extent_m: The asset's longest side.
        binary: Takes the keys.
        check: Called before the keys of each track are chosen; raises to stop.
        instants: Bytes of instants that were written -> their accessor; tracks of equal instants share one.
    """

    tree: JointTree
    first_node: int
    extent_m: float
    binary: Binary
    check: Callable[[], None]
    instants: dict[bytes, int] = field(default_factory=dict)

    def animation(self, animation: Animation) -> dict[str, Any] | None:
        """The entry of `animations`; None for one pose that is the rest pose.

        Properties that keep their rest value have no channel. One that another value keeps has it at both
        ends, so that a clip in which nothing moves is as long as it should be.
        """
        tracks = list(_tracks(animation, self.tree, self.extent_m))
        moving = [track for track in tracks if not track.rests]
        if not moving and len(animation.times_s) > 1:
            moving = tracks[:1]
        if not moving:
            return None
        samplers = [self._sampler(animation.times_s, track) for track in moving]
        channels = [self._channel(index, track) for index, track in enumerate(moving)]
        extras = {"loops": animation.loops, "travel_m_s": list(animation.travel_m_s)}
        return {"name": animation.name, "channels": channels, "samplers": samplers, "extras": extras}

    def _channel(self, sampler: int, track: _Track) -> dict[str, Any]:
        return {"sampler": sampler, "target": {"node": self.first_node + track.joint, "path": track.path}}

    def _sampler(self, times_s: NDArray[np.float32], track: _Track) -> dict[str, Any]:
        self.check()
        keys = needed_keys(times_s.astype(np.float64), track.values, track.tolerance, track.space)
        values = track.values[keys]
        if track.path == "rotation":
            values = align_signs(values)
        output = self.binary.add_numbers(values.astype(np.float32))
        return {"input": self._instants(times_s[keys]), "output": output, "interpolation": "LINEAR"}

    def _instants(self, times_s: NDArray[np.float32]) -> int:
        raw = times_s.tobytes()
        if raw not in self.instants:
            self.instants[raw] = self.binary.add_numbers(times_s[:, None], bounds=True)
        return self.instants[raw]


def _tracks(animation: Animation, tree: JointTree, extent_m: float) -> Iterator[_Track]:
    """Three tracks a joint."""
    moved, unturned = TRANSLATION_TOLERANCE * extent_m, np.array(IDENTITY)
    for joint, offset in enumerate(tree.offsets):
        places = animation.translation[:, joint].astype(np.float64)
        turns = unit_quaternion(animation.rotation[:, joint])
        sizes = animation.scale[:, joint].astype(np.float64)
        yield _Track(joint, "translation", offset, places, moved, LINE)
        yield _Track(joint, "rotation", unturned, turns, ROTATION_TOLERANCE_RAD, SPHERE)
        yield _Track(joint, "scale", np.ones(3), sizes, SCALE_TOLERANCE, LINE)
