"""Where the parts of a shape touch, and how far apart those are that do not.

Two solids are brought together point by point: a point is put into the one, then into the other, and so on
(von Neumann's alternating projections; for convex solids it ends where they are nearest). A hollow part is
its
wall: what floats inside touches nothing.
"""
# ruff: noqa: PLR0917 - Warp kernels are launched without keywords
# mypy: disable-error-code="untyped-decorator,misc,no-any-return,valid-type"

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.fields.part_sdf import PartTable, part_distance, part_distances, upload
from serve.geometry.parts import Part, PartSet

__all__ = ["CONTACT_DEPTH", "Gaps", "measure_gaps"]

CONTACT_DEPTH = (
    0.004  # parts touch when both are entered this deep, of a longest side of 2: a fifth of a cell of 96
)
_SMALLEST_GAP = 1e-3
_START_COUNT = 2  # from each of the two parts
PROJECTION_COUNT = wp.constant(80)
STANDSTILL = wp.constant(2.0e-5)
_LATTICE = np.linspace(-1.0, 1.0, 5)
_SHELL = np.stack(np.meshgrid(_LATTICE, _LATTICE, _LATTICE, indexing="ij"), axis=-1).reshape(-1, 3)
_SHELL = _SHELL[np.abs(_SHELL).max(axis=1) == 1.0]
_SHELLS = np.concatenate([_SHELL, 0.55 * _SHELL])  # the inner one finds the inside of a wall


@dataclass(frozen=True, slots=True)
class Gaps:
    """What lies between the parts, for each of K pairs of them.

    Args:
        pairs: int64 [K, 2], the lower part first.
        first: float64 [K, 3], the point of the first part that is nearest to the second.
        second: float64 [K, 3], the point of the second part that is nearest to the first.
    """

    pairs: NDArray[np.int64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]

    @property
    def lengths(self) -> NDArray[np.float64]:
        """The distance float64 [K] between the parts; 0 where they touch."""
        lengths = np.linalg.norm(self.second - self.first, axis=1)
        return np.where(lengths < _SMALLEST_GAP, 0.0, lengths)


@wp.func
def _inside(parts: PartTable, index: int, depth: float, at: wp.vec3) -> wp.vec3:
    """The point, or one near it that lies `depth` inside the part, by a Newton step."""
    d = part_distance(parts, index, at) + depth
    if d <= 0.0:
        return at
    x = wp.vec3(5.0e-4, 0.0, 0.0)
    y = wp.vec3(0.0, 5.0e-4, 0.0)
    z = wp.vec3(0.0, 0.0, 5.0e-4)
    slope = wp.vec3(
        part_distance(parts, index, at + x) - part_distance(parts, index, at - x),
        part_distance(parts, index, at + y) - part_distance(parts, index, at - y),
        part_distance(parts, index, at + z) - part_distance(parts, index, at - z),
    )
    slope = slope / 1.0e-3
    return at - slope * (d / wp.max(wp.dot(slope, slope), 0.25))


@wp.kernel
def _approach_kernel(
    parts: PartTable,
    pairs: wp.array(dtype=wp.vec2i),
    depths: wp.array(dtype=wp.vec2),
    starts: wp.array(dtype=wp.vec3),
    first: wp.array(dtype=wp.vec3),
    second: wp.array(dtype=wp.vec3),
) -> None:
    thread = wp.tid()
    i = pairs[thread][0]
    j = pairs[thread][1]
    on_first = starts[thread]
    on_second = starts[thread]
    for _projection in range(PROJECTION_COUNT):
        on_first = _inside(parts, i, depths[i][0], _inside(parts, i, depths[i][0], on_second))
        before = on_second
        on_second = _inside(parts, j, depths[j][1], _inside(parts, j, depths[j][1], on_first))
        if wp.length(on_second - before) < STANDSTILL:
            break
    first[thread] = on_first
    second[thread] = on_second


def measure_gaps(shape: PartSet, device: str = "cpu") -> Gaps:
    """The gap between every two parts of a normalized shape (longest side 2)."""
    count = len(shape.parts)
    pairs = np.stack(np.triu_indices(count, 1), axis=1)
    samples = np.stack([_samples(part) for part in shape.parts])
    distances = part_distances(shape, samples.reshape(-1, 3).astype(np.float32), device).reshape(
        count, -1, count
    )
    starts = np.concatenate(
        [_starts(samples, distances, pairs), _starts(samples, distances, pairs[:, ::-1])], axis=1
    )
    first, second = _approach(shape, pairs, starts, device)
    best = np.linalg.norm(first - second, axis=2).argmin(axis=1)[:, None, None]
    return Gaps(
        pairs, np.take_along_axis(first, best, axis=1)[:, 0], np.take_along_axis(second, best, axis=1)[:, 0]
    )


def _samples(part: Part) -> NDArray[np.float64]:
    """Points [S, 3] around and inside the part; the kernel draws them to its surface."""
    return np.asarray((_SHELLS * part.half_size) @ part.rotation.T + part.centre)


def _starts(
    samples: NDArray[np.float64], distances: NDArray[np.float32], pairs: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The samples [K, 2, 3] of each pair's first part that lie nearest to both parts."""
    own, other = pairs.T
    apart = np.maximum(distances[own, :, own], 0.0) + np.maximum(distances[own, :, other], 0.0)
    nearest = np.argsort(apart, axis=1, kind="stable")[:, :_START_COUNT]
    return samples[own[:, None], nearest]


def _approach(
    shape: PartSet, pairs: NDArray[np.int64], starts: NDArray[np.float64], device: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points [K, starts, 3] on the first and on the second part of each pair."""
    size = starts.shape[:2]
    which = np.repeat(pairs.astype(np.int32), size[1], axis=0)
    at = wp.array(starts.reshape(-1, 3).astype(np.float32), dtype=wp.vec3, device=device)
    # A smooth union of radius k closes a gap of up to k / 2 to a part before it.
    depths = np.array([(_depth(part), _depth(part) - 0.45 * part.blend) for part in shape.parts], np.float32)
    first, second = wp.zeros_like(at), wp.zeros_like(at)
    inputs = [
        upload(shape, device),
        wp.array(which, dtype=wp.vec2i, device=device),
        wp.array(depths, dtype=wp.vec2, device=device),
        at,
        first,
        second,
    ]
    wp.launch(_approach_kernel, dim=len(which), inputs=inputs, device=device)
    return first.numpy().reshape(*size, 3).astype(np.float64), second.numpy().reshape(*size, 3).astype(
        np.float64
    )


def _depth(part: Part) -> float:
    """How deep a contact enters this part: never past the middle of a thin one or of its wall."""
    thickness = float(part.half_size.min())
    if part.hollow > 0.0:
        thickness = min(thickness, 0.5 * part.hollow * float(min(part.half_size[0], part.half_size[2])))
    return min(CONTACT_DEPTH, 0.4 * thickness)
