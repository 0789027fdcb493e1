"""Joins the parts of a drawn shape that do not touch, so that their union is one solid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from serve.fields.contacts import Gaps, measure_gaps
from serve.geometry.parts import Part, PartSet
from serve.geometry.topology import graph_labels

__all__ = ["repair_contacts"]

_OVERLAP = 0.02  # of a longest side of 2: one cell of a grid of 96
_DEBRIS_VOLUME, _DEBRIS_GAP = (
    0.002,
    0.3,
)  # a group so small a share of the whole, so far away, is no part of it
_ROD_SLENDERNESS = 3.0
_ROD_GROWTH = 0.5


def repair_contacts(shape: PartSet) -> PartSet:
    """The shape with every part joined to the rest.

    The group of touching parts with the largest volume stays where it is. Then, nearest first, each group
    that floats is joined to it: a rod whose end misses the other by little is made longer; else the whole
    group moves along the shortest gap until the two overlap. A tiny group far away is dropped.

    Args:
        shape: At least one part; normalized, its longest side 2.

    Returns:
        The same object where all parts touch already.
    """
    stretched: set[int] = set()
    for _ in range(2 * len(shape.parts)):
        gaps = measure_gaps(shape)
        groups = _groups(gaps, len(shape.parts))
        if len(set(groups.tolist())) <= 1:
            return shape
        shape = _joined(shape, gaps, groups, stretched)
    return shape


def _groups(gaps: Gaps, part_count: int) -> NDArray[np.int64]:
    """A label int64 [P] for each part, shared by those that touch, directly or through others."""
    first, second = gaps.pairs[gaps.lengths == 0.0].astype(np.int64).T
    return graph_labels(first, second, part_count)


def _joined(shape: PartSet, gaps: Gaps, groups: NDArray[np.int64], stretched: set[int]) -> PartSet:
    """The shape after its nearest floating group has joined the main one, or was dropped."""
    volumes = np.array([float(np.prod(part.half_size)) for part in shape.parts])
    totals = np.bincount(groups, volumes)
    is_main = groups == int(totals.argmax())
    first, second = gaps.pairs.T
    bridges = np.flatnonzero(is_main[first] != is_main[second])
    nearest = int(bridges[gaps.lengths[bridges].argmin()])
    ends = [(int(first[nearest]), gaps.first[nearest]), (int(second[nearest]), gaps.second[nearest])]
    (floating, start), (anchor, end) = ends if is_main[ends[1][0]] else ends[::-1]
    gap = end - start
    group = groups == groups[floating]
    if totals[groups[floating]] < _DEBRIS_VOLUME * totals.sum() and np.linalg.norm(gap) > _DEBRIS_GAP:
        return PartSet(tuple(part for part, gone in zip(shape.parts, group, strict=True) if not gone))
    for index, point, way in ((floating, start, gap), (anchor, end, -gap)):
        longer = None if index in stretched else _stretched(shape.parts[index], point, way)
        if longer is not None:
            stretched.add(index)
            return PartSet((*shape.parts[:index], longer, *shape.parts[index + 1 :]))
    offset = gap * (1.0 + _OVERLAP / float(np.linalg.norm(gap)))
    moved = [part.moved(offset) if floats else part for part, floats in zip(shape.parts, group, strict=True)]
    return PartSet(tuple(moved))


def _stretched(part: Part, point: NDArray[np.float64], gap: NDArray[np.float64]) -> Part | None:
    """The rod made longer to reach across the gap; None where it is no rod or points away."""
    axis = int(part.half_size.argmax())
    half = float(part.half_size[axis])
    others = np.delete(part.half_size, axis)
    along = part.rotation[:, axis]
    side = 1.0 if float((point - part.centre) @ along) > 0.0 else -1.0
    at_end = abs(float((point - part.centre) @ along)) > 0.8 * half
    reach = float(gap @ along) * side
    points_there = reach > 0.8 * float(np.linalg.norm(gap))
    growth = reach + _OVERLAP
    is_rod = half > _ROD_SLENDERNESS * float(others.max()) and part.kind in ("box", "cylinder")
    if not (is_rod and at_end and points_there and growth < _ROD_GROWTH * half):
        return None
    half_size = part.half_size.copy()
    half_size[axis] += 0.5 * growth
    return replace(part, centre=part.centre + along * (0.5 * growth * side), half_size=half_size)
