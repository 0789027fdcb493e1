"""It bounces like a rubber ball: stretched where it is fast, squashed where it lands, its volume kept.

The middle flies along a parabola. So does the lowest point then, for the stretch is one plus a multiple of
the square of the speed. On the ground the height follows half a sine, as a spring's does.

Source: Thomas and Johnston 1981, "The Illusion of Life", squash and stretch; Lasseter 1987, "Principles of
Traditional Animation Applied to 3D Computer Animation".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from serve.motion.clip import Clip
from serve.motion.presets.actor import Actor
from serve.motion.presets.keys import Keys, Y
from serve.motion.presets.timing import Timing, eased

__all__ = ["bounce"]

GRAVITY_M_S2 = 9.81
_JUMP = 0.6  # how far the middle rises, in heights of the asset
_LEAST_FLIGHT_S = 0.45  # small things would bounce too fast to be seen
_STRETCH = 0.08  # how much higher it is when it leaves the ground
_MOST_SQUASH = 0.34
_MOST_TURN_DEG = 120.0  # in one flight


def bounce(actor: Actor, timing: Timing) -> Clip:
    """From the top of one flight to that of the last; in the air it turns, once in all."""
    rise_m = _JUMP * actor.height_m
    flight_s = max(_LEAST_FLIGHT_S, math.sqrt(8.0 * rise_m / GRAVITY_M_S2))
    contact_s, squash = _landing(actor.height_m / 2.0, rise_m, flight_s)
    rounds = timing.rounds(flight_s + contact_s)
    flight, contact = _phases(rounds.phase, flight_s / (flight_s + contact_s))
    height = 1.0 + _STRETCH * (2.0 * flight - 1.0) ** 2 - (_STRETCH + squash) * np.sin(np.pi * contact)
    keys = Keys(actor.skeleton, len(timing.times_s))
    keys.squash_all(actor.base, height)
    lift = (4.0 * rise_m + 2.0 * _STRETCH * actor.height_m) * flight * (1.0 - flight)
    keys.shift_root(lift[:, None] * np.array(Y))
    if 360.0 / rounds.count <= _MOST_TURN_DEG:
        landed = timing.share * rounds.count - rounds.phase + (flight < 0.5)
        keys.turn_all(actor.base, Y, 360.0 * (landed + eased(flight) - 0.5) / rounds.count)
    return keys.to_clip("bounce", timing, loops=rounds.loops)


def _landing(middle_m: float, rise_m: float, flight_s: float) -> tuple[float, float]:
    """How long it stays on the ground, seconds, and by how much it is squashed at most.

    The middle arrives at 4 rise / flight, and must go on at that speed: half a sine of depth d in time t has
    the slope pi d / t where it begins.
    """
    arrival_m_s = 4.0 * rise_m / flight_s
    contact_s = min(0.3 * flight_s, math.pi * middle_m * (_MOST_SQUASH + _STRETCH) / arrival_m_s)
    return contact_s, arrival_m_s * contact_s / (math.pi * middle_m) - _STRETCH


def _phases(
    phase: NDArray[np.float64], flight_share: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far flight and contact are, 0 to 1, in rounds from top to top.

    In contact the flight stands at its end, in flight the contact at its start.
    """
    after_top = phase < flight_share / 2.0
    rising = phase > 1.0 - flight_share / 2.0
    flight = np.where(after_top, 0.5 + phase / flight_share, 1.0)
    flight = np.where(rising, (phase - 1.0) / flight_share + 0.5, flight)
    contact = (phase - flight_share / 2.0) / (1.0 - flight_share)
    return flight, np.where(after_top | rising, 0.0, contact)
