"""A chain slithers in its place: each link goes where the one before it went, along a winding path.

The heading of the path is a sine of its length: the serpenoid curve. What the head does, the tail does later.

Source: Hirose 1993, "Biologically Inspired Robots: Snake-Like Locomotors and Manipulators".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from serve.geometry.rotations import IDENTITY, compose, inverse, quaternion_from_axis_angle
from serve.motion.clip import Clip
from serve.motion.presets.actor import Actor, chain_of
from serve.motion.presets.keys import Keys, Y
from serve.motion.presets.timing import Timing
from serve.motion.skeleton import Skeleton

__all__ = ["is_lying_chain", "slither"]

Floats = NDArray[np.float64]

_ROUND_S = 1.6
_WAVE_COUNT = 1.2  # waves along the body
_SWING_DEG = 38.0  # of the path, away from straight ahead
_FEWEST_LINKS = 4
_FULL_LINK_COUNT = 8  # stiffer chains, as fish are, wind less
_FLAT = 0.5  # the most that it may rise from end to end, as a share of its length
_STEPS_PER_WAVE = 512


def is_lying_chain(skeleton: Skeleton) -> bool:
    """Whether it is a chain of some links that lies on the ground."""
    links = chain_of(skeleton, "link")
    if skeleton.kind != "chain" or len(links) < _FEWEST_LINKS:
        return False
    way = np.subtract(skeleton.joints[links[-1]].tail, skeleton.joints[links[0]].head)
    return bool(abs(way[1]) <= _FLAT * np.linalg.norm(way))


def slither(actor: Actor, timing: Timing) -> Clip:
    """Towards +Z, or +X where it lies along X, whichever end of it the root is."""
    links = chain_of(actor.skeleton, "link")
    bones = np.array(
        [np.subtract(actor.skeleton.joints[k].tail, actor.skeleton.joints[k].head) for k in links]
    )
    backwards, front = _front(bones.sum(axis=0))
    lengths = np.hypot(bones[:, 0], bones[:, 2])
    # How far behind the head the middle of each link is; the path is as long a round as a wave.
    behind = np.cumsum(lengths) - lengths / 2.0
    behind = behind if backwards else lengths.sum() - behind
    wave_m = float(lengths.sum()) / _WAVE_COUNT
    rounds = timing.rounds(_ROUND_S)
    keys = Keys(actor.skeleton, len(timing.times_s))
    swing_rad = math.radians(_SWING_DEG * min(1.0, len(links) / _FULL_LINK_COUNT))
    headings = swing_rad * np.sin(2.0 * np.pi * (rounds.phase[:, None] - behind / wave_m))
    ways = bones if not backwards else -bones
    rest = np.arctan2(*(ways @ np.array([np.cross(Y, front), front]).T).T)
    turns = quaternion_from_axis_angle(Y, headings - rest)
    above = np.concatenate([np.broadcast_to(IDENTITY, (len(turns), 1, 4)), turns[:, :-1]], axis=1)
    keys.rotation[:, links] = compose(inverse(above), turns)
    root_behind = 0.0 if backwards else float(lengths.sum())
    ahead, aside, pace = _path(rounds.phase - root_behind / wave_m, swing_rad)
    keys.shift_root(wave_m * (ahead[:, None] * front + aside[:, None] * np.cross(Y, front)))
    middles = keys.poses()[:, links, :3, 3].mean(axis=(0, 1))
    keys.shift_root((actor.skeleton.heads[links].mean(axis=0) - middles) * (1.0, 0.0, 1.0))
    x, y, z = (front * wave_m * pace * rounds.count / timing.duration_s).tolist()
    return keys.to_clip("walk", timing, loops=rounds.loops, travel_m_s=(x, y, z))


def _front(way: Floats) -> tuple[bool, Floats]:
    """Whether the chain runs backwards from its root, and where it goes: the axis that it lies along."""
    axis = 2 if abs(way[2]) >= 0.5 * abs(way[0]) else 0
    return bool(way[axis] < 0.0), np.eye(3)[axis]


def _path(phase: Floats, swing_rad: float) -> tuple[Floats, Floats, float]:
    """Where the path is, less its steady way ahead, and how far that goes; in lengths of a wave."""
    middles = (np.arange(_STEPS_PER_WAVE) + 0.5) / _STEPS_PER_WAVE
    heading = swing_rad * np.sin(2.0 * np.pi * middles)
    pace = float(np.cos(heading).mean())
    at = np.linspace(0.0, 1.0, _STEPS_PER_WAVE + 1)
    ahead, aside = (
        np.interp(np.mod(phase, 1.0), at, np.concatenate([[0.0], np.cumsum(steps) / _STEPS_PER_WAVE]))
        for steps in (np.cos(heading) - pace, np.sin(heading))
    )
    return ahead, aside, pace
