"""Which poses of a track a file needs, where readers interpolate between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.rotations import compose, inverse, rotation_angle, slerp

__all__ = ["LINE", "SPHERE", "Space", "needed_keys"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Space:
    """How readers interpolate the values of a property, and how far apart two of them are.

    Args:
        between: Takes values [K, N] before and after, and the share [K] of the way from one to the other.
        apart: Takes two times values [K, N] and gives distances [K].
    """

    between: Callable[[Floats, Floats, Floats], Floats]
    apart: Callable[[Floats, Floats], Floats]


def _straight(before: Floats, after: Floats, share: Floats) -> Floats:
    return before + (after - before) * share[:, None]


def _distance(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.linalg.norm(one - other, axis=1))


def _angle(one: Floats, other: Floats) -> Floats:
    return rotation_angle(compose(inverse(one), other))


LINE = Space(_straight, _distance)
"""Of translations and scales, in their own units."""
SPHERE = Space(slerp, _angle)
"""Of rotations, in radians."""


def needed_keys(times_s: Floats, values: Floats, tolerance: float, space: Space) -> NDArray[np.int64]:
    """Few keys of which readers make all others, to within the tolerance.

    Begins with the first and the last, and takes in each span the key that is farthest off, until none is
    (Douglas and Peucker 1973, "Algorithms for the reduction of the number of points").

    Args:
        times_s: float64 [K], rising.
        values: float64 [K, N].
        tolerance: Largest distance in the space.
        space: Of the values.

    Returns:
        int64 [M], rising, with the first and the last key; one where there is one.
    """
    keys = np.unique([0, len(times_s) - 1])
    while len(keys) < len(times_s):
        span = np.minimum(np.searchsorted(keys, np.arange(len(times_s)), side="right"), len(keys) - 1)
        before, after = keys[span - 1], keys[span]
        share = (times_s - times_s[before]) / (times_s[after] - times_s[before])
        gaps = space.apart(space.between(values[before], values[after], share), values)
        gaps[keys] = 0.0
        farthest = _largest_by_span(gaps, span)
        missed = farthest[gaps[farthest] > tolerance]
        if len(missed) == 0:
            break
        keys = np.union1d(keys, missed)
    return keys


def _largest_by_span(gaps: Floats, span: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the largest gap of each span is; spans [K] rise."""
    order = np.lexsort((gaps, span))
    largest: NDArray[np.int64] = order[np.append(np.flatnonzero(np.diff(span)), len(span) - 1)]
    return largest
