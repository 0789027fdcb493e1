"""It stands there and lives: it breathes, sways and looks around; a machine shakes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from serve.motion.clip import Clip
from serve.motion.presets.actor import Actor, chain_of
from serve.motion.presets.keys import Keys, X, Y, Z
from serve.motion.presets.legs import stand
from serve.motion.presets.slither import is_lying_chain
from serve.motion.presets.stance import SIDES, relax_arms
from serve.motion.presets.timing import Timing, swung

__all__ = ["idle"]

Floats = NDArray[np.float64]

_BREATH_S, _SWAY_S, _LOOK_S, _SHAKE_S = 3.4, 5.0, 7.0, 0.16
_LEAN_DEG, _DIP = 0.7, 0.004  # to the side; how deep an edge may dip, as a share of the height
_BREATH = 0.012  # how much higher a body without joints gets


def idle(actor: Actor, timing: Timing) -> Clip:
    """Breath after breath; what else moves has rounds of its own."""
    rounds = timing.rounds(_BREATH_S)
    keys = Keys(actor.skeleton, len(timing.times_s))
    sway = timing.phase_beside(rounds, _SWAY_S)
    if actor.skeleton.kind == "vehicle":
        _shake(keys, actor, timing.phase_beside(rounds, _SHAKE_S), sway)
    elif actor.skeleton.kind == "chain":
        _weave(keys, actor, rounds.phase, sway)
    elif actor.joint("chest") is not None or actor.joint("spine") is not None:
        _breathe(keys, actor, rounds.phase, timing.phase_beside(rounds, _LOOK_S))
        weight_m = 0.006 * actor.height_m * swung(sway)
        keys.shift_root(weight_m[:, None] * actor.left)
        stand(keys, actor)
    else:
        _swell(keys, actor, rounds.phase, sway)
    return keys.to_clip("idle", timing, loops=rounds.loops)


def _swell(keys: Keys, actor: Actor, breath: Floats, sway: Floats) -> None:
    """The whole body grows and shrinks, and leans a little from side to side on its foot."""
    keys.squash_all(actor.base, 1.0 + _BREATH * swung(breath))
    # What is wide leans less, or its edge would be in the ground.
    width_m = float(actor.size @ np.abs(actor.left))
    lean_deg = min(_LEAN_DEG, math.degrees(_DIP * actor.height_m / (0.5 * width_m + 1e-9)))
    keys.turn_all(actor.base, actor.front, lean_deg * swung(sway))


def _shake(keys: Keys, actor: Actor, shake: Floats, sway: Floats) -> None:
    """An engine runs: the body trembles on its springs, and the wheels stand."""
    lift = 0.0015 * actor.height_m * swung(shake)
    keys.turn_all(actor.base, Z, 0.1 * swung(shake, 0.3) + 0.2 * swung(sway))
    keys.shift_root(lift[:, None] * np.array(Y))
    for wheel in chain_of(actor.skeleton, "wheel"):
        keys.pin(wheel, actor.skeleton.heads[wheel])


def _weave(keys: Keys, actor: Actor, breath: Floats, sway: Floats) -> None:
    """A wave of little turns runs along the chain, the more the farther out."""
    links, lies = range(1, len(actor.skeleton.joints)), is_lying_chain(actor.skeleton)
    for place, joint in enumerate(links, 1):
        share = place / len(links)
        keys.turn(joint, Y, 5.0 * share * swung(sway, 0.5 * share))
        if not lies:
            keys.turn(joint, X, 0.6 * share * swung(breath, 0.3 * share))


def _breathe(keys: Keys, actor: Actor, breath: Floats, look: Floats) -> None:
    """The chest rises, the shoulders follow, then the arms; the head stays level and looks around."""
    relax_arms(keys, actor)
    for role, degrees, lag in (
        ("spine", -0.8, 0.0),
        ("chest", -1.2, 0.06),
        ("neck", 0.8, 0.1),
        ("head", 1.2, 0.14),
    ):
        keys.turn(actor.joint(role), actor.left, degrees * swung(breath, lag))
    for role, share in (("neck", 0.4), ("head", 0.6)):
        glance = swung(look, 0.05) + 0.3 * swung(2.0 * look, 0.2)
        keys.turn(actor.joint(role), Y, 9.0 * share * glance)
        keys.turn(actor.joint(role), actor.front, 2.0 * share * swung(look, 0.3))
    for side, sign in SIDES:
        keys.turn(actor.joint(f"shoulder.{side}"), actor.front, 1.5 * sign * swung(breath, 0.08))
        keys.turn(actor.joint(f"upper_arm.{side}"), actor.front, 1.6 * sign * (1.0 + swung(breath, 0.12)))
        keys.fold(actor.joint(f"lower_arm.{side}"), 4.0 + 1.5 * swung(breath, 0.22))
        keys.turn(actor.joint(f"wing.{side}"), actor.front, 2.0 * sign * (1.0 + swung(breath, 0.1)))
    for place, joint in enumerate(chain_of(actor.skeleton, "tail")):
        keys.turn(joint, Y, 10.0 * swung(2.0 * look, 0.1 * place))
