"""How feet go round in a gait: a while on the ground, which passes below evenly, and then through the air.

Sources: Alexander 1984, "The Gaits of Bipedal and Quadrupedal Animals", duty factors and relative speeds;
Winter 1991, "The Biomechanics and Motor Control of Human Gait", heel strike and toe-off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BIPED_WALK", "QUADRUPED_TROT", "QUADRUPED_WALK", "Gait", "foot_path", "foot_pitch_deg"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gait:
    """One way to go.

    Args:
        duty: Share of a round that a foot is on the ground.
        stride: How far the asset gets in a round, in lengths of its legs.
        lift: How high a foot rises, in lengths of its legs.
        delays: By how much of a round each foot strikes later than the first: left and right, or front left,
            front right, hind left and hind right.
        heel_deg: How far the toes point up as the heel strikes.
        toe_deg: How far the heel is up as the toes leave the ground.
    """

    duty: float
    stride: float
    lift: float
    delays: tuple[float, ...]
    heel_deg: float
    toe_deg: float


BIPED_WALK = Gait(0.62, 1.0, 0.10, (0.0, 0.5), 14.0, 36.0)
QUADRUPED_WALK = Gait(0.64, 0.95, 0.16, (0.25, 0.75, 0.0, 0.5), 0.0, 18.0)
QUADRUPED_TROT = Gait(0.48, 1.25, 0.2, (0.0, 0.5, 0.5, 0.0), 0.0, 18.0)

_FLAT_FROM, _FLAT_TO = 0.16, 0.55  # of the time on the ground: when the whole sole is on it


def foot_path(gait: Gait, phase: Floats) -> tuple[Floats, Floats]:
    """Where a foot is before its place under the body, and how high above the ground.

    On the ground it goes back evenly; in the air it comes forth along the cubic that leaves and meets the
    ground at the ground's own speed.

    Args:
        gait: The gait.
        phase: [K], in [0, 1), 0 where the foot strikes.

    Returns:
        [K] both, in strides and as a share of the lift.
    """
    half, air = gait.duty / 2.0, 1.0 - gait.duty
    s = np.clip((phase - gait.duty) / air, 0.0, 1.0)
    fly = half * (6.0 * s**2 - 4.0 * s**3 - 1.0) - air * (s - 3.0 * s**2 + 2.0 * s**3)
    ahead = np.where(phase < gait.duty, half - phase, fly)
    return ahead, np.sin(np.pi * s**0.85) ** 2


def foot_pitch_deg(gait: Gait, phase: Floats) -> Floats:
    """How far the heel is above the toes, [K], degrees: below 0 as it strikes, above 0 as it leaves."""
    t = phase / gait.duty
    s = np.clip((phase - gait.duty) / (1.0 - gait.duty), 0.0, 1.0)
    strike = -gait.heel_deg * (1.0 - _smooth(t / _FLAT_FROM))
    leave = gait.toe_deg * _smooth((t - _FLAT_TO) / (1.0 - _FLAT_TO)) ** 1.5
    fly = gait.toe_deg + (-gait.heel_deg - gait.toe_deg) * _smooth(s)
    return np.where(t < 1.0, strike + leave, fly)


def _smooth(x: Floats) -> Floats:
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(x * x * (3.0 - 2.0 * x))
