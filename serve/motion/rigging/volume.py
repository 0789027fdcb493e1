"""The solid of a mesh as cells: what is inside, how deep, of which part, and which cells touch.

Cells are those whose centre is inside, and those so near to the surface that it passes through them, so that
a leaf thinner than a cell is one of cells too (as Dionne and de Lasa 2013, "Geodesic Voxel Binding"). Two
neighbours touch only where the way between them stays inside: a gap thinner than a cell parts them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh, vertex_normals
from serve.geometry.topology import graph_labels, signed_volumes
from serve.motion.rigging.solids import Solid, solid_of

__all__ = ["Volume", "build_volume"]

_CELL_COUNT = 24_000  # that a solid is cut into, about
_SIDE_COUNTS = (32.0, 96.0)  # cells along the longest side
_THROUGH = 0.87  # of a step: half a cell's diagonal; a surface this near passes through the cell
_LEAVE = 0.1  # of a step, that the way between two cells may leave the solid
_INWARD = (0.3, 0.0, 0.6)  # of a step: how far inward of a vertex its cell is looked for
_ON_WAY = np.array([0.25, 0.5, 0.75])[:, None, None]  # shares of a way, where it is asked about
_OFFSETS = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]])


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """The cells of a solid.

    Args:
        lower: float64 [3], the centre of the grid's first cell, metres.
        step: The side of a cell, metres.
        numbers: int32 [X, Y, Z], the number of each cell of the grid; -1 outside the solid.
        cells: int32 [N, 3], where each cell is in the grid, in the grid's order.
        links: int32 [N, 6], the neighbours along -X, +X, -Y, +Y, -Z, +Z that a cell touches; or -1.
        depth: float64 [N], metres from the surface; below 0 for centres outside.
        part: int32 [N], the part of the nearest face.
    """

    lower: NDArray[np.float64]
    step: float
    numbers: NDArray[np.int32]
    cells: NDArray[np.int32]
    links: NDArray[np.int32]
    depth: NDArray[np.float64]
    part: NDArray[np.int32]

    @property
    def centres(self) -> NDArray[np.float64]:
        """The cells' centres, float64 [N, 3], metres."""
        return np.asarray(self.lower + self.step * self.cells)

    def at(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        """The cells that hold points [P, 3], int32 [P]; -1 outside the solid."""
        places = np.rint((points - self.lower) / self.step).astype(np.int64)
        bounded = np.clip(places, 0, np.array(self.numbers.shape) - 1)
        found = self.numbers[bounded[:, 0], bounded[:, 1], bounded[:, 2]]
        return np.where((bounded == places).all(axis=1), found, -1)

    def nearest(self, point: NDArray[np.float64]) -> int:
        """The cell whose centre is nearest to a point [3]."""
        return int(np.argmin(((self.centres - point) ** 2).sum(axis=1)))

    def holding(self, mesh: PartMesh) -> NDArray[np.int32]:
        """The cell of each vertex, int32 [V]: the one that holds a point a little inward of it."""
        normals = vertex_normals(mesh.vertices, mesh.faces).astype(np.float64)
        found = np.full(len(normals), -1, np.int32)
        for share in _INWARD:
            found = np.where(found < 0, self.at(mesh.vertices - share * self.step * normals), found)
        for row in np.flatnonzero(found < 0).tolist():
            found[row] = self.nearest(mesh.vertices[row].astype(np.float64))
        return found

    def deep_at(self, point: NDArray[np.float64]) -> float:
        """How deep inside a point [3] is, metres: of the cell that holds it, below 0 outside."""
        cell = int(self.at(point[None])[0])
        return float(self.depth[cell]) if cell >= 0 else -self.step


def build_volume(mesh: PartMesh, check: Callable[[], None] = lambda: None, device: str = "cpu") -> Volume:
    """Cut the solid of a mesh into some ten thousand cells.

    Args:
        mesh: At least one face; closed pieces may overlap, sheets become a layer of cells.
        check: Called now and then; may raise.
        device: A Warp device.
    """
    step, lower, shape = _grid(mesh)
    solid = solid_of(mesh, check, device)
    places = np.indices(shape).reshape(3, -1).T.astype(np.int32)
    centres = lower + step * places
    near = solid.nearest(centres)
    is_inside = _inside(solid, centres, near.distances < _THROUGH * step, shape)
    is_solid = is_inside | (near.distances < _THROUGH * step)
    numbers = np.where(is_solid, np.cumsum(is_solid) - 1, -1).astype(np.int32)
    volume = Volume(
        lower=lower,
        step=step,
        numbers=numbers.reshape(shape),
        cells=places[is_solid],
        links=np.zeros((0, 6), np.int32),
        depth=np.where(is_inside, near.distances, -near.distances)[is_solid],
        part=mesh.face_part[near.faces[is_solid]],
    )
    return _linked(volume, np.where(is_inside[:, None], centres, near.points)[is_solid], solid)


def _grid(mesh: PartMesh) -> tuple[float, NDArray[np.float64], tuple[int, int, int]]:
    points = mesh.vertices[np.unique(mesh.faces)].astype(np.float64)
    lower, upper = points.min(axis=0), points.max(axis=0)
    longest = float((upper - lower).max())
    filled = abs(float(signed_volumes(mesh.vertices, mesh.faces).sum()))
    step = float(
        np.clip((filled / _CELL_COUNT) ** (1 / 3), longest / _SIDE_COUNTS[1], longest / _SIDE_COUNTS[0])
    )
    counts = [math.ceil(size / step) + 4 for size in (upper - lower).tolist()]
    start = 0.5 * (lower + upper) - 0.5 * step * (np.array(counts) - 1)
    return step, start, (counts[0], counts[1], counts[2])


def _inside(
    solid: Solid, centres: NDArray[np.float64], is_near: NDArray[np.bool_], shape: tuple[int, int, int]
) -> NDArray[np.bool_]:
    """Whether each cell is inside: asked near the surface, and once for each room that it parts."""
    numbers = np.arange(len(centres)).reshape(shape)
    firsts, seconds = [], []
    for axis in range(3):
        before = np.moveaxis(numbers, axis, 0)[:-1].reshape(-1)
        after = np.moveaxis(numbers, axis, 0)[1:].reshape(-1)
        is_open = ~(is_near[before] | is_near[after])
        firsts.append(before[is_open])
        seconds.append(after[is_open])
    rooms = graph_labels(np.concatenate(firsts), np.concatenate(seconds), len(centres))
    asked = np.unique(rooms)
    inside = np.zeros(len(centres), bool)
    inside[asked] = solid.is_inside(centres[asked])
    return np.asarray(inside[rooms])


def _linked(volume: Volume, stands: NDArray[np.float64], solid: Solid) -> Volume:
    """The volume with the links of its cells; `stands` [N, 3] are points of the solid in each."""
    ends = volume.cells[:, None] + _OFFSETS
    links = volume.numbers[ends[..., 0], ends[..., 1], ends[..., 2]]
    first, side = np.nonzero((links >= 0) & (np.arange(6) % 2 == 1))
    second = links[first, side]
    is_doubtful = np.minimum(volume.depth[first], volume.depth[second]) < volume.step
    first, second, side = first[is_doubtful], second[is_doubtful], side[is_doubtful]
    ways = (stands[first] + _ON_WAY * (stands[second] - stands[first])).reshape(-1, 3)
    is_out = solid.nearest(ways).distances > _LEAVE * volume.step
    is_out[is_out] = ~solid.is_inside(ways[is_out])
    is_cut = is_out.reshape(len(_ON_WAY), -1).any(axis=0)
    links[first[is_cut], side[is_cut]] = -1
    links[second[is_cut], side[is_cut] - 1] = -1
    return replace(volume, links=links)
