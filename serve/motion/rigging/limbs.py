"""The middle line of a limb, from where it is attached to its tip."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from serve.motion.rigging.distances import UNREACHED_M, distances_from, limited_links
from serve.motion.rigging.volume import Volume

__all__ = ["Limb", "contact", "nearest_pair", "touching", "trace_limb"]

_POINT_COUNT = 17  # of a middle line
_BEND = 0.06  # of the chord: a middle this far off it is bent there


@dataclass(frozen=True, slots=True, eq=False)
class Limb:
    """A limb.

    Args:
        line: float64 [K, 3], metres, points of its middle line at even distances, the root first.
        radius_m: How thick it is, on the whole.
    """

    line: NDArray[np.float64]
    radius_m: float

    @property
    def length_m(self) -> float:
        """Along the middle line."""
        return float(np.linalg.norm(np.diff(self.line, axis=0), axis=1).sum())

    def at(self, share: float) -> NDArray[np.float64]:
        """The point of the middle line after this share of its length, float64 [3]."""
        place = float(np.clip(share, 0.0, 1.0)) * (len(self.line) - 1)
        first = min(int(place), len(self.line) - 2)
        return np.asarray(self.line[first] + (place - first) * (self.line[first + 1] - self.line[first]))

    def bend(self, first: float, last: float) -> float | None:
        """Where it bends most between two shares of its length, as a share; None if it is straight there."""
        start, end = self.at(first), self.at(last)
        shares = np.linspace(first + 0.25 * (last - first), last - 0.25 * (last - first), 13).tolist()
        chord = end - start
        length = max(float(np.linalg.norm(chord)), 1e-12)
        offsets = [
            float(np.linalg.norm(np.cross(self.at(share) - start, chord))) / length for share in shares
        ]
        most = int(np.argmax(offsets))
        is_bent = offsets[most] > _BEND * length and 0 < most < len(shares) - 1
        return float(shares[most]) if is_bent else None


def trace_limb(volume: Volume, is_limb: NDArray[np.bool_], is_root: NDArray[np.bool_]) -> Limb:
    """The limb of cells bool [N], attached where it touches the cells of its root or is nearest to them."""
    starts = _starts(volume, is_limb, is_root)
    begin = np.where(starts, 0.0, np.inf)[None]
    away = distances_from(volume, begin, limited_links(volume, is_limb))[0]
    away = np.where(is_limb & (away < UNREACHED_M), away, -1.0)
    levels = np.linspace(0.0, max(float(away.max()), volume.step), _POINT_COUNT)
    centres, depth = volume.centres, np.maximum(volume.depth, 0.1 * volume.step)
    points, radii = [centres[starts].mean(axis=0)], [float(depth[starts].max())]
    for low, high in pairwise(levels.tolist()):
        chosen = (away >= low) & (away <= high)
        if chosen.any():
            points.append(np.average(centres[chosen], axis=0, weights=depth[chosen] ** 2))
            radii.append(float(depth[chosen].max()))
    points.append(centres[away >= away.max() - 1.5 * volume.step].mean(axis=0))
    return Limb(_evenly(np.array(points)), float(np.median(radii)) + 0.5 * volume.step)


def contact(volume: Volume, is_first: NDArray[np.bool_], is_second: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The middle [3] of where two sets of cells touch, or of the two cells that are nearest to each other."""
    centres = volume.centres
    first, second = touching(volume, is_first, is_second)
    if len(first):
        return np.asarray(0.5 * (centres[first] + centres[second]).mean(axis=0))
    near, far = nearest_pair(centres[is_first], centres[is_second])
    return np.asarray(0.5 * (near + far))


def nearest_pair(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The points of two clouds [P, 3] and [Q, 3] that are about nearest: by going to and fro."""
    here = first[0]
    there = second[0]
    for _ in range(16):
        there = second[np.argmin(((second - here) ** 2).sum(axis=1))]
        new = first[np.argmin(((first - there) ** 2).sum(axis=1))]
        if (new == here).all():
            break
        here = new
    return here, there


def touching(
    volume: Volume, is_first: NDArray[np.bool_], is_second: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of cells, int64 [L] each, that touch across the border of two sets bool [N] of cells."""
    links = volume.links[is_first]
    own = np.repeat(np.flatnonzero(is_first), 6)
    ends = links.reshape(-1)
    touches = (ends >= 0) & is_second[ends]
    return own[touches], ends[touches].astype(np.int64)


def _starts(volume: Volume, is_limb: NDArray[np.bool_], is_root: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The limb's cells that touch its root; else the nearest of them."""
    first, _ = touching(volume, is_limb, is_root)
    starts = np.zeros(len(is_limb), bool)
    if len(first) == 0:
        near, _ = nearest_pair(volume.centres[is_limb], volume.centres[is_root])
        first = np.flatnonzero(is_limb & (np.abs(volume.centres - near).max(axis=1) < 1.5 * volume.step))
    starts[first] = True
    return starts


def _evenly(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A line [K, 3] through points, smoothed a little, at even distances."""
    inner = points.copy()
    inner[1:-1] = 0.25 * points[:-2] + 0.5 * points[1:-1] + 0.25 * points[2:]
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(inner, axis=0), axis=1))])
    wanted = np.linspace(0.0, steps[-1], _POINT_COUNT)
    return np.stack([np.interp(wanted, steps, inner[:, axis]) for axis in range(3)], axis=1)
