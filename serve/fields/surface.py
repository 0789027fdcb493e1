"""The surface in a sampled field, by marching cubes, without the specks that sampling leaves."""

from __future__ import annotations

import numpy as np
import warp as wp
import warp.geometry
from numpy.typing import NDArray

from serve.fields.grid import Grid
from serve.fields.part_sdf import part_distances
from serve.geometry.parts import PartSet
from serve.geometry.topology import compact, component_labels, signed_volumes

__all__ = ["SPECK_CELLS", "drop_specks", "marching_cubes"]

SPECK_CELLS = 8.0  # a piece of less volume, in cells, is a speck unless a part has nothing larger


def marching_cubes(
    field: NDArray[np.float32], grid: Grid, device: str = "cpu"
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The surface where the field is zero: vertices float32 [V, 3] and faces int32 [F, 3], outward, closed.

    Args:
        field: float32 `grid.shape`, below 0 inside, above 0 at the grid's own border.
        grid: Where the nodes lie.
        device: A Warp device.

    Source: Lorensen and Cline 1987; the kernels are Warp's.
    """
    # A node almost on the surface would give faces without area.
    near = np.float32(0.15 * grid.step)
    field = np.where(np.abs(field) < near, np.where(field < 0.0, -near, near), field)
    upper = grid.lower + grid.step * (np.array(grid.shape) - 1)
    volume = wp.array(field, dtype=wp.float32, device=device)
    vertices, faces = warp.geometry.IsoSurfaceMarchingCubes.extract(
        volume, threshold=0.0, lower=wp.vec3(*grid.lower.tolist()), upper=wp.vec3(*upper.tolist())
    )
    return np.asarray(vertices.numpy()), np.asarray(faces.numpy(), np.int32).reshape(-1, 3)


def drop_specks(
    shape: PartSet, step: float, vertices: NDArray[np.float32], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The surface without pieces (and voids) of less than `SPECK_CELLS` cells.

    A small piece stays where it is the largest that a part has: a part is never dropped, its crumbs are.

    Args:
        shape: What was sampled.
        step: The side of a cell.
        vertices: float32 [V, 3].
        faces: int32 [F, 3], closed.
    """
    labels = component_labels(faces, len(vertices))
    shares = signed_volumes(vertices, faces)
    volumes = np.asarray(np.bincount(labels[faces[:, 0]], shares, minlength=len(vertices)), np.float64)
    small: NDArray[np.bool_] = np.abs(volumes) < SPECK_CELLS * step**3
    suspects = np.flatnonzero(small[labels])
    if len(suspects) == 0:
        return vertices, faces
    small[_main_pieces(shape, vertices, labels, volumes)] = False
    return compact(vertices, faces[~small[labels[faces[:, 0]]]])


def _main_pieces(
    shape: PartSet, vertices: NDArray[np.float32], labels: NDArray[np.int64], volumes: NDArray[np.float64]
) -> list[int]:
    """The label of the largest solid piece of each part that has one."""
    nearest = part_distances(shape, vertices).argmin(axis=1)
    pieces = [np.unique(labels[nearest == part]) for part in range(len(shape.parts))]
    largest = [owned[np.argmax(volumes[owned])] for owned in pieces if len(owned)]
    return sorted({int(label) for label in largest if volumes[label] > 0.0})
