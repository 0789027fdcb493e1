"""When the keys of a clip are, and how often what repeats fits in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rounds", "Timing", "eased", "swung"]

Floats = NDArray[np.float64]

_FEWEST_KEYS_PER_S = 24.0
# A film that has time for less than this of a round shows a piece of it; else rounds are made to fit.
_LEAST_ROUND = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """How often a motion goes round in a clip.

    Args:
        count: Rounds in the clip, whole where it loops.
        phase: [K], where each key is in its round, in [0, 1).
        loops: Whether the last pose is the first one again.
    """

    count: float
    phase: Floats
    loops: bool


@dataclass(frozen=True, slots=True, eq=False)
class Timing:
    """The instants of a clip's keys.

    Args:
        times_s: [K], seconds, evenly spaced from 0 to the end of the clip; K is at least 2.
        speed: How fast things go; 1 is natural.
    """

    times_s: Floats
    speed: float

    @property
    def duration_s(self) -> float:
        """Seconds from the first key to the last."""
        return float(self.times_s[-1])

    @property
    def share(self) -> Floats:
        """[K], how much of the clip has gone at each key, from 0 to 1 exactly."""
        return np.arange(len(self.times_s)) / (len(self.times_s) - 1)

    @staticmethod
    def of_film(duration_s: float, speed: float, fps: float) -> Timing:
        """Keys on each frame of a film and on the one after its last; more between few frames."""
        frame_count = max(1, round(duration_s * fps))
        keys_per_frame = max(1, math.ceil(_FEWEST_KEYS_PER_S / fps))
        key_count = frame_count * keys_per_frame
        return Timing(np.arange(key_count + 1) / (fps * keys_per_frame), speed)

    def rounds(self, period_s: float) -> Rounds:
        """As many rounds of about `period_s` at speed 1 as fit; whole ones where there is time for one."""
        natural = self.duration_s * self.speed / period_s
        if natural < _LEAST_ROUND:
            return Rounds(natural, self.share * natural, loops=False)
        return self.whole(natural)

    def whole(self, natural: float) -> Rounds:
        """The whole number of rounds, at least 1, next to the natural one."""
        count = max(1, round(natural))
        return Rounds(count, np.mod(self.share * count, 1.0), loops=True)

    def phase_beside(self, main: Rounds, period_s: float) -> Floats:
        """Where each key is in rounds of another period, [K]; these fit the clip too if the main ones do."""
        natural = self.duration_s * self.speed / period_s
        return self.whole(natural).phase if main.loops else np.mod(self.share * natural, 1.0)


def eased(share: Floats) -> Floats:
    """From 0 to 1 as `share` does, at rest on both ends: the quintic whose acceleration is 0 there too."""
    x = np.clip(share, 0.0, 1.0)
    return np.asarray(x**3 * (10.0 - 15.0 * x + 6.0 * x**2))


def swung(phase: Floats, lag: float = 0.0) -> Floats:
    """A sine of period 1, late by `lag` rounds."""
    return np.asarray(np.sin(2.0 * np.pi * (np.mod(phase - lag, 1.0))))
