"""It flies in its place: wings beat, tips after roots, and the body goes up as they go down."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from serve.geometry.rotations import shortest_arc
from serve.motion.clip import Clip
from serve.motion.presets.actor import Actor, chain_of
from serve.motion.presets.keys import Keys, Y
from serve.motion.presets.stance import SIDES
from serve.motion.presets.timing import Timing, swung
from serve.motion.skeleton import Skeleton

__all__ = ["fly", "has_wings"]

Floats = NDArray[np.float64]

_BEAT_S = 0.45  # of wings that span a metre; as the square root of the span
_SHORTEST_BEAT_S = 0.25
_HEIGHT = 0.35  # above the ground, in heights of the asset
_GLIDE_S = 3.0


def has_wings(skeleton: Skeleton) -> bool:
    """Whether it has a wing on each side."""
    return all(skeleton.find(f"wing.{side}") is not None for side, _ in SIDES)


def fly(actor: Actor, timing: Timing) -> Clip:
    """Off the ground all the while, its wings spread, its legs drawn back."""
    wings = {side: chain_of(actor.skeleton, f"wing.{side}") for side, _ in SIDES}
    span_m = 2.0 * max(_length(actor, wing) for wing in wings.values())
    rounds = timing.rounds(max(_SHORTEST_BEAT_S, _BEAT_S * math.sqrt(span_m)))
    glide = timing.phase_beside(rounds, _GLIDE_S)
    keys = Keys(actor.skeleton, len(timing.times_s))
    beat = np.mod(rounds.phase + 0.25, 1.0)  # a cosine: the wings are up at 0
    # What goes down fastest a quarter of a beat later lifts most then, and the body is lowest.
    rise_m = (
        _HEIGHT * actor.height_m + 0.09 * span_m * -swung(rounds.phase) + 0.03 * actor.height_m * swung(glide)
    )
    keys.turn_all(actor.middle, actor.left, 3.0 * swung(rounds.phase, 0.1) - 3.0)
    keys.turn_all(actor.middle, actor.front, 3.0 * swung(glide, 0.2))
    keys.shift_root(rise_m[:, None] * np.array(Y))
    for side, sign in SIDES:
        _beat(keys, actor, wings[side], sign, beat)
    _trail(keys, actor, rounds.phase)
    return keys.to_clip("fly", timing, loops=rounds.loops)


def _length(actor: Actor, wing: list[int]) -> float:
    """Of a wing, from its root to its farthest vertex, metres."""
    points = actor.vertices[np.isin(actor.rig.skin.joints[:, 0], wing)]
    tails = np.array([actor.skeleton.joints[joint].tail for joint in wing])
    return float(
        np.linalg.norm(np.concatenate([points, tails]) - actor.skeleton.heads[wing[0]], axis=1).max()
    )


def _beat(keys: Keys, actor: Actor, wing: list[int], sign: float, beat: Floats) -> None:
    """Spread a wing and beat it; each joint follows the one before and bends further.

    On its way down the front edge goes first, for that drives the bird ahead.
    """
    first = actor.skeleton.joints[wing[0]]
    along = np.subtract(actor.skeleton.joints[wing[-1]].tail, first.head)
    aside = sign * actor.left
    if along @ aside < 0.8 * np.linalg.norm(along):
        keys.rotate(wing[0], shortest_arc(along, aside + 0.1 * np.array(Y)))
    keys.turn(wing[0], actor.left, 10.0 * swung(beat, 0.25))
    for place, joint in enumerate(wing):
        degrees = 38.0 if place == 0 else 24.0 / place
        keys.turn(
            joint, actor.front, sign * (degrees * swung(beat, 0.11 * place) + (6.0 if place == 0 else 0.0))
        )


def _trail(keys: Keys, actor: Actor, phase: Floats) -> None:
    """Legs and tail hang behind and swing after the body; the head stays level."""
    for side, _ in SIDES:
        keys.turn(actor.joint(f"upper_leg.{side}"), actor.left, 38.0 + 5.0 * swung(phase, 0.2))
        keys.fold(actor.joint(f"lower_leg.{side}"), 25.0 + 6.0 * swung(phase, 0.3))
    for place, joint in enumerate(chain_of(actor.skeleton, "tail")):
        keys.turn(joint, actor.left, 6.0 * swung(phase, 0.3 + 0.1 * place))
    for role in ("neck", "head"):
        keys.turn(actor.joint(role), actor.left, 1.5 - 1.5 * swung(phase, 0.1))
