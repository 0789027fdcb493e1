"""From parts to a sound mesh: sample, extract, sharpen, decimate, give the faces to the parts."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from serve.contracts.stage import Spread, one_by_one
from serve.fields.grid import blocks_of, grid_around, sample_grid
from serve.fields.part_sdf import part_distances
from serve.fields.sharpening import sharpen
from serve.fields.surface import drop_specks, marching_cubes
from serve.fields.widening import widened
from serve.geometry.decimation import decimate
from serve.geometry.mesh import PartMesh
from serve.geometry.parts import PartSet
from serve.geometry.segmentation import Distances, label_faces, split_by_part
from serve.geometry.slivers import without_flat_faces
from serve.geometry.surfaces import surfaces_of
from serve.geometry.topology import compact

__all__ = ["LEAST_POLY_COUNT", "extract_surface", "mesh_parts", "segment_surface"]

LEAST_POLY_COUNT = 100
_ROUND_COUNT = 6
_AIM, _LEAST_SHARE = 0.992, 0.98
_LEAST_BASE_COUNT = 40


def extract_surface(
    shape: PartSet, resolution: int, spread: Spread = one_by_one, device: str = "cpu"
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The surface of the parts' union.

    Parts and walls thinner than the grid can hold are widened to 1.3 cells (`serve.fields.widening`).

    Args:
        shape: At least one part.
        resolution: Cells along the longest side, at least 8.
        spread: Runs the spans of what is reckoned; raises to stop.
        device: A Warp device.

    Returns:
        Vertices float32 [V, 3], in the parts' unit, and faces int32 [F, 3]; closed, outward.

    Raises:
        ValueError: No part, or too low a resolution.
    """
    if resolution < 8 or not shape.parts:
        raise ValueError(f"resolution = {resolution} with {len(shape.parts)} parts: needs 8 and a part")
    solid = widened(shape, resolution)
    grid = grid_around(solid, resolution)
    vertices, faces = marching_cubes(sample_grid(solid, grid, spread, device), grid, device)
    vertices, faces = drop_specks(solid, grid.step, vertices, faces)
    return sharpen(solid, grid, blocks_of(solid, grid), vertices, faces, spread=spread), faces


def segment_surface(
    shape: PartSet,
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    *,
    resolution: int,
    poly_count: int,
) -> PartMesh:
    """Bring a surface of `extract_surface` down to `poly_count` faces, and give each to its part.

    The borders between parts cost faces of their own. So the surface is decimated until it and they fit;
    where the borders would take most of so few faces, they follow the edges that are there.

    Args:
        shape: The parts, as given to `extract_surface`.
        vertices: float32 [V, 3].
        faces: int32 [F, 3], closed.
        resolution: As given to `extract_surface`.
        poly_count: Most faces, at least `LEAST_POLY_COUNT`.

    Returns:
        A closed mesh of `poly_count` faces or up to 2 % fewer, fewer still only where the surface has no
        more.

    Raises:
        ValueError: `poly_count` is too low, or the surface is not closed.
    """
    if poly_count < LEAST_POLY_COUNT:
        raise ValueError(f"poly_count = {poly_count} must be {LEAST_POLY_COUNT} at least")
    solid = widened(shape, resolution)
    base = decimate(vertices, faces, poly_count)
    vertices, faces, face_part = _segmented(*base, partial(part_distances, solid), poly_count)
    vertices, faces = compact(vertices, faces)
    present, compacted = np.unique(face_part, return_inverse=True)
    surfaces = surfaces_of([solid.parts[index] for index in present.tolist()])
    vertices = without_flat_faces(vertices, faces)
    return PartMesh(vertices, faces, compacted.reshape(-1).astype(np.int32), surfaces)


def mesh_parts(shape: PartSet, *, resolution: int, poly_count: int) -> PartMesh:
    """`extract_surface` and `segment_surface` in one."""
    vertices, faces = extract_surface(shape, resolution)
    return segment_surface(shape, vertices, faces, resolution=resolution, poly_count=poly_count)


def _segmented(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], distances: Distances, poly_count: int
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """Split along borders, over ever better guesses of how many faces to leave before the split."""
    target_count = min(poly_count, len(faces))
    best = None
    for _ in range(_ROUND_COUNT):
        found = split_by_part(*decimate(vertices, faces, target_count), distances)
        count = len(found[1])
        if count <= poly_count and (best is None or count > len(best[1])):
            best = found
            if count >= _LEAST_SHARE * poly_count or target_count >= len(faces):
                return best
        target_count = min(target_count + int(_AIM * poly_count) - count, len(faces))
        if target_count < max(_LEAST_BASE_COUNT, 0.4 * poly_count):
            break
    if best is not None and len(best[1]) >= _LEAST_SHARE * poly_count:
        return best
    return vertices, faces, label_faces(vertices, faces, distances)
