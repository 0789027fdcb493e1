"""The regions of a body by its shape: legs reach the ground in pairs, a head is up or in front, and so on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.motion.rigging.bodies import TRUNK, Body
from serve.motion.rigging.branches import find_branches, middle_cell
from serve.motion.rigging.drafts import numbered
from serve.motion.rigging.frames import Frame, facing, symmetry_plane
from serve.motion.rigging.volume import Volume

__all__ = ["body_of_shape"]

_GROUND_SHARE = 0.12  # of the height: a tip this low stands on the ground
_PAIR_SHARE = 0.12  # of the longest side: so near to each other's mirror image are the tips of a pair
_LEAST_SYMMETRY = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class _Branch:
    """A limb: the centres of its cells float64 [C, 3], and its tip float64 [3], by the body's axes."""

    cells: NDArray[np.float64]
    tip: NDArray[np.float64]


def body_of_shape(
    mesh: PartMesh, volume: Volume, check: Callable[[], None] = lambda: None, device: str = "cpu"
) -> Body:
    """The body that the limbs of a solid make; those whose place tells nothing are `branch`, `branch.2`."""
    middle = middle_cell(volume, check, device)
    limbs = find_branches(volume, middle, check, device)
    frame = symmetry_plane(volume)
    found = _found(volume, frame, limbs, middle)
    if found.legs:
        frame = _turned(frame, found)
        found = _found(volume, frame, limbs, middle)
    names = found.names() if frame.symmetry >= _LEAST_SYMMETRY else {}
    rest = [index for index in range(len(limbs)) if index not in names]
    names |= {index: numbered("branch", number) for number, index in enumerate(rest, start=1)}
    regions = (TRUNK, *(names[index] for index in range(len(limbs))))
    cell_region = np.zeros(len(volume.cells), np.int32)
    for number, cells in enumerate(limbs, start=1):
        cell_region[cells] = number
    vertex_region = np.eye(len(regions), dtype=bool)[cell_region[volume.holding(mesh)]]
    return Body(volume, frame, regions, cell_region, vertex_region, np.zeros(len(cell_region), bool))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What the branches are, by their indices.

    Args:
        branches: All of them.
        legs: None, one pair or two, the left one first; the hind pair first.
        arms: Other pairs.
        head: Or -1.
        tails: Branches behind, on the plane of symmetry.
        step: A cell's side.
    """

    branches: list[_Branch]
    legs: list[tuple[int, int]]
    arms: list[tuple[int, int]]
    head: int
    tails: list[int]
    step: float

    def names(self) -> dict[int, str]:
        """The regions of the branches that are known."""
        if not self.legs:
            return {}
        ends = ["leg"] if len(self.legs) == 1 else ["hind_leg", "front_leg"]
        names = {self.head: "head"} | dict.fromkeys(self.tails[:1], "tail")
        pairs = [*zip(ends, self.legs, strict=True), *(("arm", pair) for pair in self.arms[:1])]
        for region, (left, right) in pairs:
            names |= {left: f"{region}.left", right: f"{region}.right"}
        return names


def _found(volume: Volume, frame: Frame, limbs: list[NDArray[np.bool_]], middle: int) -> _Found:
    """What the branches are by the axes of a frame; no legs where they and a head are not what a body has."""
    centres = frame.local(volume.centres)
    branches = [_branch(centres, cells, middle, volume.step) for cells in limbs]
    side = float(np.ptp(centres, axis=0).max())
    low, high = float(centres[:, 1].min()), float(centres[:, 1].max())
    pairs = _pairs(branches, _PAIR_SHARE * side)
    paired = {index for pair in pairs for index in pair}
    single = [n for n, b in enumerate(branches) if n not in paired and abs(b.tip[0]) < _PAIR_SHARE * side]
    legs = [p for p in pairs if max(branches[n].tip[1] for n in p) < low + _GROUND_SHARE * (high - low)]
    legs.sort(key=lambda pair: float(branches[pair[0]].tip[2]))
    arms = [pair for pair in pairs if pair not in legs]
    high_ones = [n for n in single if branches[n].tip[1] > 0.5 * (low + high)]
    head = max(
        high_ones, key=lambda n: len(branches[n].cells), default=-1
    )  # a tail may be higher, not larger
    if len(legs) not in (1, 2) or head < 0:
        legs = []
    tails = [n for n in single if n != head and branches[n].tip[2] < 0]
    return _Found(branches, legs, arms, head, tails, volume.step)


def _branch(centres: NDArray[np.float64], cells: NDArray[np.bool_], middle: int, step: float) -> _Branch:
    own = centres[cells]
    away = np.linalg.norm(own - centres[middle], axis=1)
    return _Branch(own, own[away >= away.max() - 2.0 * step].mean(axis=0))


def _pairs(branches: list[_Branch], reach: float) -> list[tuple[int, int]]:
    """Pairs of branches whose tips are each other's mirror images, the left one first."""
    pairs: list[tuple[int, int]] = []
    mirror = np.array([-1.0, 1.0, 1.0])
    for left, one in enumerate(branches):
        gaps = [np.linalg.norm(one.tip - other.tip * mirror) for other in branches]
        right = int(np.argmin(gaps))
        if right != left and one.tip[0] > 0 > branches[right].tip[0] and gaps[right] < reach:
            pairs.append((left, right))
    return pairs


def _turned(frame: Frame, found: _Found) -> Frame:
    """The frame, its front where the head is before the legs; of what stands on two, where its toes are."""
    if len(found.legs) == 2:
        stand = np.mean([found.branches[n].cells.mean(axis=0) for pair in found.legs for n in pair], axis=0)
        ahead = float(found.branches[found.head].tip[2] - stand[2])
    else:
        cells = np.concatenate([found.branches[n].cells for n in found.legs[0]])
        up = (cells[:, 1] - cells[:, 1].min()) / max(float(np.ptp(cells[:, 1])), 1e-12)
        shin = cells[(up > 0.2) & (up < 0.5), 2]
        ahead = float(cells[up < 0.12, 2].mean() - (shin.mean() if len(shin) else 0.0))
    return facing(frame, (1.0 if ahead > -0.5 * found.step else -1.0) * frame.forward)
