"""Smooth curves through given values: piecewise cubics of Hermite, whose slopes at the knots are to choose.

Two choices: those of Catmull and Rom, round, for points in space; and monotone ones, which never overshoot,
for what has ends of its own, such as time or an angle.

Sources: Catmull and Rom 1974, "A Class of Local Interpolating Splines"; Yuksel, Schaefer and Keyser 2011,
"Parameterization and Applications of Catmull-Rom Curves" (of the parametrizations, the centripetal one alone
makes neither cusps nor loops between two points); Fritsch and Butland 1984, "A Method for Constructing Local
Monotone Piecewise Cubic Interpolants".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Spline", "centripetal_knots", "centripetal_spline", "even_path", "monotone_spline", "timed_path"]

Floats = NDArray[np.float64]

# Chords between two knots when a curve is measured: so many that speeds are even to some 1e-4.
_CHORD_COUNT = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Spline:
    """A piecewise cubic of continuous first derivative; before its first knot and after its last it rests.

    Args:
        knots: float64 [K], rising.
        values: float64 [K, D], which it passes exactly.
        slopes: float64 [K, D], its derivatives there.
    """

    knots: Floats
    values: Floats
    slopes: Floats

    def at(self, where: ArrayLike) -> Floats:
        """The curve at parameters [N]: float64 [N, D]."""
        if len(self.knots) == 1:
            return np.repeat(self.values, len(np.atleast_1d(where)), axis=0)
        places = np.clip(np.asarray(where, np.float64), self.knots[0], self.knots[-1])
        before = np.clip(np.searchsorted(self.knots, places, side="right") - 1, 0, len(self.knots) - 2)
        after = before + 1
        width = (self.knots[after] - self.knots[before])[:, None]
        share = (places - self.knots[before])[:, None] / width
        start, end = self.values[before], self.values[after]
        bends = (1.0 - share) * self.slopes[before] - share * self.slopes[after]
        # As a step from the start, so that between equal values it rests to the last digit.
        return np.asarray(
            start + (end - start) * share**2 * (3.0 - 2.0 * share) + share * (1.0 - share) * width * bends
        )


def centripetal_knots(points: ArrayLike) -> Floats:
    """The square roots of the distances between points [K, D], summed up: float64 [K], from 0."""
    steps = np.sqrt(np.linalg.norm(np.diff(np.asarray(points, np.float64), axis=0), axis=1))
    return np.concatenate([[0.0], np.cumsum(steps)])


def centripetal_spline(points: ArrayLike) -> Spline:
    """The curve of Catmull and Rom through points [K, D] at `centripetal_knots`; repeated points count once.

    In each point it goes as the parabola through that and its neighbours; an end as the one beside it asks.
    """
    given = np.asarray(points, np.float64)
    knots, first = np.unique(centripetal_knots(given), return_index=True)
    values = given[first]
    return Spline(knots, values, _parabola_slopes(knots, values))


def monotone_spline(knots: ArrayLike, values: ArrayLike) -> Spline:
    """The curve that rises where its values rise and rests where they rest, without overshoot.

    Args:
        knots: [K], rising.
        values: [K] or [K, D], each column for itself.
    """
    at = np.asarray(knots, np.float64)
    given = np.asarray(values, np.float64).reshape(len(at), -1)
    return Spline(at, given, _monotone_slopes(at, given))


def timed_path(times_s: ArrayLike, points: ArrayLike, at_s: ArrayLike) -> Floats:
    """A point that is at given places at given times, and goes between them without a jump in its velocity.

    The way is that of `centripetal_spline`; how far along it the point is, a `monotone_spline` of time tells,
    so that it never turns back, and slows down into a place and out of it where it stays there.

    Args:
        times_s: [K], seconds, rising.
        points: [K, D].
        at_s: [N], seconds.

    Returns:
        float64 [N, D].
    """
    clock = monotone_spline(times_s, centripetal_knots(points))
    return centripetal_spline(points).at(clock.at(at_s)[:, 0])


def even_path(points: ArrayLike, shares: ArrayLike) -> tuple[Floats, Floats]:
    """A point that goes the way of `centripetal_spline` at one speed.

    Args:
        points: [K, D], each another place than the one before.
        shares: [N], of the way's length, in [0, 1].

    Returns:
        Where it is, float64 [N, D], and at which shares of the length it passes the points, float64 [K].
    """
    curve = centripetal_spline(points)
    steps = np.arange((len(curve.knots) - 1) * _CHORD_COUNT + 1) / _CHORD_COUNT
    places = np.interp(steps, np.arange(len(curve.knots)), curve.knots)
    chords = np.linalg.norm(np.diff(curve.at(places), axis=0), axis=1)
    lengths = np.concatenate([[0.0], np.cumsum(chords)]) / np.sum(chords)
    told, first = np.unique(lengths, return_index=True)  # chords too short to count leave no gap
    where = monotone_spline(told, places[first]).at(shares)[:, 0]
    return curve.at(where), lengths[::_CHORD_COUNT]


def _parabola_slopes(knots: Floats, values: Floats) -> Floats:
    if len(knots) < 3:
        chords = np.diff(values, axis=0) / np.diff(knots)[:, None]
        return np.repeat(chords, len(knots), axis=0) if len(chords) else np.zeros_like(values)
    widths = np.diff(knots)[:, None]
    chords = np.diff(values, axis=0) / widths
    inner = (widths[1:] * chords[:-1] + widths[:-1] * chords[1:]) / (widths[1:] + widths[:-1])
    return np.concatenate([2.0 * chords[:1] - inner[:1], inner, 2.0 * chords[-1:] - inner[-1:]])


def _monotone_slopes(knots: Floats, values: Floats) -> Floats:
    if len(knots) < 3:
        return _parabola_slopes(knots, values)
    widths = np.diff(knots)[:, None]
    chords = np.diff(values, axis=0) / widths
    left, right = chords[:-1], chords[1:]
    turning = left * right <= 0.0
    heavy, light = widths[:-1] + 2.0 * widths[1:], 2.0 * widths[:-1] + widths[1:]
    # A harmonic mean: the flatter side decides, and where the values turn or rest the slope is 0.
    mean = (heavy + light) / (heavy / np.where(turning, 1.0, left) + light / np.where(turning, 1.0, right))
    inner = np.where(turning, 0.0, mean)
    first = _monotone_end(widths[:2], chords[:2])
    last = _monotone_end(widths[:-3:-1], chords[:-3:-1])
    return np.concatenate([first, inner, last])


def _monotone_end(widths: Floats, chords: Floats) -> Floats:
    """The slope of the parabola at an end, [1, D], but neither against the chord nor too steep."""
    slope = chords[:1] + (chords[:1] - chords[1:]) * widths[:1] / (widths[:1] + widths[1:])
    slope = np.where(slope * chords[:1] <= 0.0, 0.0, slope)
    steep = (chords[:1] * chords[1:] < 0.0) & (np.abs(slope) > 3.0 * np.abs(chords[:1]))
    return np.where(steep, 3.0 * chords[:1], slope)
