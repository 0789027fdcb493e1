"""Motions that an asset can do by itself, made from its skeleton: one file each, and one table.

    clip = make_clip(rig, mesh, MotionPreset.WALK, duration_s=4.0, fps=30.0)

`actor` is what they know of the asset, `timing` when the keys are, `keys` the poses while they are made.
A motion that goes round does so a whole number of times, so that clip and film begin again without a jump.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import numpy as np

from serve.contracts.errors import InvalidRequestError
from serve.contracts.video import MotionPreset
from serve.geometry.mesh import PartMesh
from serve.motion.clip import Clip
from serve.motion.presets.actor import Actor
from serve.motion.presets.bounce import bounce
from serve.motion.presets.drive import drive, has_wheels
from serve.motion.presets.explode import explode
from serve.motion.presets.fly import fly, has_wings
from serve.motion.presets.idle import idle
from serve.motion.presets.keys import Keys
from serve.motion.presets.spin import spin
from serve.motion.presets.timing import Timing
from serve.motion.presets.walk import can_walk, walk
from serve.motion.presets.wave import can_wave, wave
from serve.motion.skeleton import Skeleton, SkeletonKind
from serve.motion.skin import Rig

__all__ = ["kinds_for", "make_clip", "presets_for"]

_ANY_KIND: tuple[SkeletonKind, ...] = get_args(SkeletonKind)
_WHOLE: tuple[SkeletonKind, ...] = ("rigid", *(kind for kind in _ANY_KIND if kind != "rigid"))
_ALIVE: tuple[SkeletonKind, ...] = ("biped", "quadruped", "bird", "chain")


def _can_always(_skeleton: Skeleton) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Row:
    """One motion.

    Args:
        kinds: The body plans that it fits, the best first.
        make: Makes its clip.
        is_able: Whether a skeleton of such a plan has the joints for it.
    """

    kinds: tuple[SkeletonKind, ...]
    make: Callable[[Actor, Timing], Clip]
    is_able: Callable[[Skeleton], bool] = _can_always


_PRESETS: dict[MotionPreset, _Row] = {
    MotionPreset.SPIN: _Row(_WHOLE, spin),
    MotionPreset.BOUNCE: _Row(_WHOLE, bounce),
    MotionPreset.WALK: _Row(_ALIVE, walk, can_walk),
    MotionPreset.WAVE: _Row(("biped", "quadruped", "bird"), wave, can_wave),
    MotionPreset.FLY: _Row(("bird",), fly, has_wings),
    MotionPreset.DRIVE: _Row(("vehicle",), drive, has_wheels),
    MotionPreset.IDLE: _Row((*_ALIVE, "vehicle", "medial", "rigid", "parts"), idle),
    MotionPreset.EXPLODE: _Row(("parts", "vehicle"), explode, lambda skeleton: len(skeleton.joints) > 1),
}


def kinds_for(preset: MotionPreset) -> tuple[SkeletonKind, ...]:
    """The body plans that a motion fits, the best first; `rigid` for no motion."""
    if preset is MotionPreset.BVH:
        return ("biped",)
    return _PRESETS[preset].kinds if preset in _PRESETS else ("rigid",)


def presets_for(skeleton: Skeleton) -> tuple[MotionPreset, ...]:
    """The motions that a skeleton can do, without `none` and `bvh`, in the order of `MotionPreset`."""
    return tuple(
        preset
        for preset in MotionPreset
        if preset in _PRESETS
        and skeleton.kind in _PRESETS[preset].kinds
        and _PRESETS[preset].is_able(skeleton)
    )


def make_clip(
    rig: Rig,
    mesh: PartMesh,
    preset: MotionPreset,
    *,
    duration_s: float = 4.0,
    speed: float = 1.0,
    fps: float = 30.0,
    check: Callable[[], None] = lambda: None,
) -> Clip:
    """How a rigged asset does a motion.

    Args:
        rig: Of the mesh.
        mesh: In the rest pose, its lowest vertex on the ground.
        preset: One of `presets_for`, or `none` for the rest pose.
        duration_s: Of the film, seconds, above 0.
        speed: How fast; 1 is natural.
        fps: Frames of the film a second.
        check: Called in long work; raises to stop.

    Returns:
        A clip with a key on each frame of the film, and one on the frame after its last. It loops unless the
        film is too short for a round.

    Raises:
        InvalidRequestError: The skeleton cannot do it, or the motion is in a file.
    """
    if preset is MotionPreset.NONE:
        return Keys(rig.skeleton, 1).to_clip("none", Timing(np.zeros(1), speed), loops=False)
    able = presets_for(rig.skeleton)
    if preset not in able:
        raise InvalidRequestError(_refusal(preset, rig.skeleton), "motion.preset")
    return _PRESETS[preset].make(Actor(rig, mesh, check), Timing.of_film(duration_s, speed, fps))


def _refusal(preset: MotionPreset, skeleton: Skeleton) -> str:
    able = ", ".join(presets_for(skeleton))
    kinds = ", ".join(kinds_for(preset))
    return (
        f"motion.preset = {preset.value!r} needs a skeleton of the kind {kinds} with the limbs for it, and "
        f"this asset has one of the kind {skeleton.kind}; ask for {able}"
    )
