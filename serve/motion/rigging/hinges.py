"""Wheels turn about their axles, doors about an upright edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.motion.skeleton import Limit

__all__ = ["Hinge", "door_hinge", "wheel_hinge"]

_SECTOR_COUNT = 16
_SNAP_FAULT = 0.05  # so much rounder must a wheel be along another direction than the asset's axes
_THICK_FAULT = 0.5  # of its thickness as a share of its width: a wheel is thin along its axle
_OPEN_DEG = 110.0


@dataclass(frozen=True, slots=True, eq=False)
class Hinge:
    """Where something turns.

    Args:
        head: float64 [3], metres, on the hinge.
        tail: float64 [3], metres; of a wheel on its axle, of a door at its free edge.
        limit: The hinge's axis and how far it turns.
    """

    head: NDArray[np.float64]
    tail: NDArray[np.float64]
    limit: Limit


def wheel_hinge(points: NDArray[np.float64], weights: NDArray[np.float64]) -> Hinge:
    """The axle of a wheel, towards +X, +Y or +Z: the direction from which its outline is roundest.

    Asked are the axes of the asset and the direction in which the wheel's surface spreads least.

    Args:
        points: float64 [P, 3], metres, of its surface, all around it.
        weights: float64 [P], the area that each stands for.
    """
    offsets = points - np.average(points, axis=0, weights=weights)
    spreads, directions = np.linalg.eigh((offsets * weights[:, None]).T @ offsets)
    thin = directions[:, 0] * np.sign(directions[int(np.argmax(np.abs(directions[:, 0]))), 0])
    asked = [np.eye(3)[2], np.eye(3)[0], np.eye(3)[1], thin]
    thickness = [float(np.average((offsets @ axis) ** 2, weights=weights)) for axis in asked]
    faults = [
        _unroundness(points, axis) + _THICK_FAULT * np.sqrt(thick / max(float(spreads[1]), 1e-30))
        for axis, thick in zip(asked, np.array(thickness) * weights.sum(), strict=True)
    ]
    axis = asked[3] if faults[3] < min(faults[:3]) - _SNAP_FAULT else asked[int(np.argmin(faults[:3]))]
    basis = _basis(axis)
    low, high = (points @ basis.T).min(axis=0), (points @ basis.T).max(axis=0)
    head = 0.5 * (low + high) @ basis
    half = max(0.5 * float(high[0] - low[0]), 1e-6)
    return Hinge(head, head + half * axis, Limit(hinge=_triple(axis)))


def _basis(axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """An axis and two at right angles to it, as rows [3, 3]."""
    across = np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))])
    across /= np.linalg.norm(across)
    return np.stack([axis, across, np.cross(axis, across)])


def _unroundness(points: NDArray[np.float64], axis: NDArray[np.float64]) -> float:
    """How unequal the radii of an outline are, seen along an axis: deviation as a share of the mean."""
    flat = points @ _basis(axis)[1:].T
    flat = flat - 0.5 * (flat.min(axis=0) + flat.max(axis=0))
    sector = ((np.arctan2(flat[:, 1], flat[:, 0]) / (2 * np.pi) + 0.5) * _SECTOR_COUNT).astype(int)
    radii = np.zeros(_SECTOR_COUNT)
    np.maximum.at(radii, np.minimum(sector, _SECTOR_COUNT - 1), np.linalg.norm(flat, axis=1))
    return float(radii.std() / max(float(radii.mean()), 1e-12))


def door_hinge(
    points: NDArray[np.float64], middle: NDArray[np.float64], handle: NDArray[np.float64] | None
) -> Hinge:
    """The upright edge of a door that is far from its handle, or else from the middle of the asset.

    It opens away from that middle, and turns right-handed about its axis to do so.

    Args:
        points: float64 [P, 3], metres, of its surface.
        middle: float64 [3], metres, of the asset.
        handle: float64 [3], metres, of its handle, if one is known.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    centre, size = 0.5 * (low + high), high - low
    wide, thin = (0, 2) if size[0] >= size[2] else (2, 0)
    off = float(centre[wide] - middle[wide]) if handle is None else float(centre[wide] - handle[wide])
    side = 1.0 if off > 0.02 * size[wide] else -1.0
    head, tail = centre.copy(), centre.copy()
    head[wide] += 0.5 * side * size[wide]
    tail[wide] -= 0.5 * side * size[wide]
    outward = np.zeros(3)
    outward[thin] = 1.0 if centre[thin] >= middle[thin] else -1.0
    turn = float(np.cross([0.0, 1.0, 0.0], tail - head) @ outward)
    limit = Limit(hinge=(0.0, 1.0 if turn > 0 else -1.0, 0.0), hinge_deg=(0.0, _OPEN_DEG))
    return Hinge(head, tail, limit)


def _triple(axis: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = axis.tolist()
    return (x, y, z)
