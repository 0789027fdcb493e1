"""Skin weights by the way through the solid from each bone: Dionne and de Lasa 2013.

A bone is the balls around it that fit into the solid. What matters is how far a vertex is outside of these:
on a thick trunk the arm's weight ends where the arm does. Weights end at a finite difference of distances, so
that what is far from a bone does not follow it at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from serve.geometry.launching import spans_of
from serve.geometry.mesh import PartMesh
from serve.geometry.topology import graph_labels
from serve.motion.rigging.distances import UNREACHED_M, distances_from
from serve.motion.rigging.limbs import nearest_pair
from serve.motion.rigging.volume import Volume
from serve.motion.skeleton import Skeleton
from serve.motion.skin import INFLUENCE_COUNT, Skin

__all__ = ["skin_by_distance", "skin_by_joint"]

_BLEND = 0.9  # of the thinner bone's radius: a bone so much farther off than the nearest weighs nothing
_SMOOTH_COUNT = 6
_BLOCK_COUNT = 65_536  # vertices that are worked on at once: one may have hundreds of numbers


def skin_by_joint(joint: NDArray[np.int32]) -> Skin:
    """Each vertex follows one joint, int32 [V], alone."""
    joints = np.zeros((len(joint), INFLUENCE_COUNT), np.int32)
    weights = np.zeros((len(joint), INFLUENCE_COUNT), np.float32)
    joints[:, 0], weights[:, 0] = joint, 1.0
    return Skin(joints, weights)


def skin_by_distance(
    mesh: PartMesh,
    volume: Volume,
    skeleton: Skeleton,
    may_follow: NDArray[np.bool_],
    *,
    check: Callable[[], None] = lambda: None,
    device: str = "cpu",
) -> Skin:
    """Weights that fall off with the way inside the solid.

    Args:
        mesh: The mesh.
        volume: Its solid.
        skeleton: The bones.
        may_follow: bool [V, J], the bones that each vertex may follow; all where there is none.
        check: Called now and then; may raise.
        device: A Warp device.
    """
    starts, radii = _balls(volume, skeleton)
    away = distances_from(volume, starts, check=check, device=device)
    _reach_pieces(volume, away)
    points, first, welded = np.unique(mesh.vertices, axis=0, return_index=True, return_inverse=True)
    welded = welded.reshape(-1)
    allowed = np.ones((len(points), may_follow.shape[1]), bool)
    np.logical_and.at(allowed, welded, may_follow)
    allowed[~allowed.any(axis=1)] = True
    cells = volume.holding(mesh)[first]
    rows = np.zeros(allowed.shape)
    for block in _blocks(len(points), check):
        apart = _at_points(volume, away, points[block].astype(np.float64), cells[block])
        rows[block] = _blended(apart, allowed[block], radii)
    smooth = _smoothed(rows, allowed, welded[mesh.faces], check)
    kept = _heaviest(smooth)
    return Skin(kept.joints[welded], kept.weights[welded])


def _blocks(count: int, check: Callable[[], None]) -> Iterator[slice]:
    for block in spans_of(count, _BLOCK_COUNT):
        check()
        yield block


def _heaviest(weights: NDArray[np.float64]) -> Skin:
    """The four heaviest joints of each row of weights float64 [V, J]; a row of nothing follows joint 0."""
    count = min(INFLUENCE_COUNT, weights.shape[1])
    order = np.argsort(-weights, axis=1, kind="stable")[:, :count]
    kept = np.take_along_axis(weights, order, axis=1)
    kept[kept < 1e-3 * kept[:, :1]] = 0.0
    kept[kept[:, 0] <= 0.0, 0] = 1.0
    shares = (kept / kept.sum(axis=1, keepdims=True)).astype(np.float32)
    shares[:, 0] = 1.0 - shares[:, 1:].sum(axis=1, dtype=np.float32)
    joints = np.zeros((len(weights), INFLUENCE_COUNT), np.int32)
    found = np.zeros((len(weights), INFLUENCE_COUNT), np.float32)
    joints[:, :count] = np.where(shares > 0, order, 0)
    found[:, :count] = shares
    return Skin(joints, found)


def _balls(volume: Volume, skeleton: Skeleton) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where each bone's field starts, [J, N], less than 0 within its balls; and the bones' radii [J]."""
    starts = np.full((len(skeleton.joints), len(volume.cells)), np.inf)
    radii = np.zeros(len(skeleton.joints))
    centres = volume.centres
    for index, joint in enumerate(skeleton.joints):
        head, tail = np.array(joint.head), np.array(joint.tail)
        count = int(np.linalg.norm(tail - head) / (0.5 * volume.step)) + 2
        points = head + np.linspace(0.0, 1.0, count)[:, None] * (tail - head)
        found = volume.at(points)
        points, found = points[found >= 0], found[found >= 0]
        if len(found) == 0:
            found = np.array([volume.nearest(0.5 * (head + tail))])
            points = centres[found]
        depth = np.maximum(volume.depth[found], 0.0) + 0.5 * volume.step
        radii[index] = np.median(depth)
        begin = np.linalg.norm(centres[found] - points, axis=1) - np.minimum(depth, radii[index])
        np.minimum.at(starts[index], found, begin)
    return starts, radii


def _reach_pieces(volume: Volume, away: NDArray[np.float64]) -> None:
    """Give pieces that no bone is in the distances of the nearest cell that some bone reaches."""
    own, side = np.nonzero(volume.links >= 0)
    labels = graph_labels(own, volume.links[own, side].astype(np.int64), len(volume.cells))
    is_lost = (away > UNREACHED_M).all(axis=0)
    for label in np.unique(labels[is_lost]).tolist():
        piece = labels == label
        _, there = nearest_pair(volume.centres[piece], volume.centres[~is_lost])
        away[:, piece] = away[:, [volume.nearest(there)]]


def _at_points(
    volume: Volume, away: NDArray[np.float64], points: NDArray[np.float64], cells: NDArray[np.int32]
) -> NDArray[np.float64]:
    """The fields float64 [P, J] at points of the surface: those of their cells, and along the slope there."""
    offsets = points - volume.centres[cells]
    found = away[:, cells].copy()
    for axis in range(3):
        below, above = volume.links[cells, 2 * axis], volume.links[cells, 2 * axis + 1]
        low = np.where(below >= 0, away[:, below], away[:, cells])
        high = np.where(above >= 0, away[:, above], away[:, cells])
        span = volume.step * np.maximum((below >= 0).astype(int) + (above >= 0), 1)
        slope = np.where((low < UNREACHED_M) & (high < UNREACHED_M), (high - low) / span, 0.0)
        found += slope * offsets[:, axis]
    return found.T


def _blended(
    apart: NDArray[np.float64], allowed: NDArray[np.bool_], radii: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Rows that sum to 1 of weights that fall from the nearest bone to those a blend's width farther off."""
    known = np.where(allowed & (apart < UNREACHED_M), apart, np.inf)
    lost = ~np.isfinite(known).any(axis=1)
    known[lost] = np.where(allowed[lost], 0.0, np.inf)
    nearest = np.argmin(known, axis=1)
    widths = _BLEND * np.minimum(radii[nearest][:, None], radii[None])
    beyond = known - known[np.arange(len(known)), nearest][:, None]
    weights = np.maximum(1.0 - beyond / widths, 0.0) ** 2
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _smoothed(
    weights: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    faces: NDArray[np.int64],
    check: Callable[[], None],
) -> NDArray[np.float64]:
    """The weights after some rounds of half a step to the mean of the neighbours, within what is allowed."""
    starts = faces.reshape(-1)
    ends = np.roll(faces, -1, axis=1).reshape(-1)
    first, second = np.concatenate([starts, ends]), np.concatenate([ends, starts])
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    used, begins, counts = np.unique(first, return_index=True, return_counts=True)
    ends = begins + counts
    smooth = weights.copy()
    for _ in range(_SMOOTH_COUNT):
        before = smooth.copy()
        for block in _blocks(len(used), check):
            rows, start = used[block], begins[block][0]
            sums = np.add.reduceat(before[second[start : ends[block][-1]]], begins[block] - start, axis=0)
            mixed = 0.5 * before[rows] + 0.5 * sums / counts[block][:, None]
            smooth[rows] = np.where(allowed[rows], mixed, 0.0)
        smooth /= np.maximum(smooth.sum(axis=1, keepdims=True), 1e-12)
    return smooth
