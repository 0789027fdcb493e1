"""A new closed surface around whatever a mesh encloses: for soups that no repair can sew up."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.fields.grid import Grid
from serve.fields.remesh_kernels import sheet_kernel, side_kernel, solid_kernel
from serve.fields.surface import SPECK_CELLS, marching_cubes
from serve.geometry.cleaning import CleanSettings, clean
from serve.geometry.half_edges import match_edges
from serve.geometry.mesh import PartMesh
from serve.geometry.pieces import face_areas, piece_labels, rimless_pieces
from serve.geometry.selection import select_faces
from serve.geometry.slicing import slices_of
from serve.geometry.slivers import without_flat_faces
from serve.geometry.topology import compact, component_labels, signed_volumes
from serve.geometry.transfer import nearest_on, with_colors_of, with_parts_of
from serve.geometry.warp_setup import ensure_warp

__all__ = ["remesh"]

_SIDE = 8  # nodes along a block's side
_HALF_WALL_CELLS = 0.65  # of a sheet: thinner than a cell it would fall through the grid
_DRAWN_CELLS = 0.2
_MOST_LOOKS = 3e9  # at faces, by all nodes together: a minute or two
_MOST_BLOCKS = 64  # of a launch: the next may hold far more surface than the last
_FAR_SIDES = 16.0  # farther from the origin than so many of its sides, a mesh is moved there meanwhile
_SIDES_M = (1e-6, 1e6)  # a longest side that single precision takes to the third power and back


def remesh(
    mesh: PartMesh, resolution: int, check: Callable[[], None] = lambda: None, device: str = "cpu"
) -> PartMesh:
    """The surface where the winding number passes one half, with parts and colours of the nearest faces.

    The mesh is cleaned first, its holes filled, so that all but sheets is closed. Pieces that overlap become
    one, and what lies within is gone. A sheet, which encloses nothing, becomes a wall of 1.3 cells, and so
    does a piece that is thinner on the whole. Thin walls of a piece that is not may get holes.

    Source: Jacobson, Kavan and Sorkine-Hornung 2013, "Robust Inside-Outside Segmentation using Generalized
    Winding Numbers"; Lorensen and Cline 1987.

    Args:
        mesh: Anything.
        resolution: Cells along the longest side, at least 8.
        check: Called now and then; may raise.
        device: A Warp device.

    Returns:
        A closed mesh without texture coordinates.

    Raises:
        ValueError: Too low a resolution; or nothing is left, no face or all pieces smaller than the cells; or
            so many large faces cross each other that no tree over them helps.
    """
    if resolution < 8:
        raise ValueError(f"resolution = {resolution} must be 8 at least")
    mesh, _ = clean(mesh, CleanSettings(speck_share=0.0, hole_share=1.0), check)
    if len(mesh.faces) == 0:
        raise ValueError("no face of the mesh has three finite corners that differ")
    ensure_warp()
    middle, scale = _frame(mesh)
    if scale is not None:
        mesh = replace(mesh, vertices=((mesh.vertices - middle) / scale).astype(np.float32))
    closed = _redrawn(mesh, resolution, check, device)
    if scale is not None:
        closed = replace(closed, vertices=(closed.vertices * scale + middle).astype(np.float32))
    return closed


def _frame(mesh: PartMesh) -> tuple[NDArray[np.float64], float | None]:
    """Middle and longest side of a mesh that lies where single precision is too coarse; else no side."""
    points = mesh.vertices[np.unique(mesh.faces)].astype(np.float64)
    lower, upper = points.min(axis=0), points.max(axis=0)
    middle, side = 0.5 * (lower + upper), max(float((upper - lower).max()), 1e-300)
    is_near = float(np.abs(middle).max()) <= _FAR_SIDES * side
    return middle, None if is_near and _SIDES_M[0] <= side <= _SIDES_M[1] else side


def _redrawn(mesh: PartMesh, resolution: int, check: Callable[[], None], device: str) -> PartMesh:
    """`remesh` of a clean mesh, near the origin and neither tiny nor huge."""
    grid = _grid_around(mesh, resolution)
    solids, sheets = _solids_and_sheets(mesh, grid.step)
    _check_looks(solids, sheets, grid)
    field = _sampled(solids, sheets, grid, check, device)
    check()
    vertices, faces = _without_specks(*marching_cubes(field, grid, device), grid.step)
    check()
    if len(faces) == 0:
        raise ValueError(
            f"no piece of the mesh is as large as the cells of resolution {resolution}: raise it"
        )
    vertices = without_flat_faces(_drawn_near(mesh, vertices, grid.step, check), faces)
    check()
    bare = PartMesh(vertices, faces, np.zeros(len(faces), np.int32), mesh.surfaces)
    return with_colors_of(mesh, with_parts_of(mesh, bare, check), check)


def _check_looks(solids: PartMesh, sheets: PartMesh, grid: Grid) -> None:
    """Refuse what takes too long: large faces in such numbers that no tree over them helps.

    A node looks at every face whose box, a few cells larger, holds it, and for its side at those within
    2.5 times their size; for solids only nodes near the surface do.

    Raises:
        ValueError: The nodes would look for too long.
    """
    node_count = math.prod(grid.shape)
    sheet_cells, solid_cells = (_box_cells(mesh, grid) for mesh in (sheets, solids))
    layer_share = float(face_areas(solids.vertices, solids.faces).sum()) / grid.step**2 / node_count
    look_count = _node_count(sheet_cells, grid) + min(1.0, 2.0 * _SIDE * layer_share) * _node_count(
        solid_cells, grid
    )
    look_count += min(1.0, layer_share) * _node_count(2.5 * solid_cells.max(axis=1, keepdims=True), grid)
    if look_count > _MOST_LOOKS:
        face_count = len(solids.faces) + len(sheets.faces)
        raise ValueError(
            f"its {face_count:,} faces are too large for their number, and overlap: a grid this fine would "
            f"take {look_count:.0e} looks at them, and at most {_MOST_LOOKS:.0e} are taken; decimate it "
            "first, or lower the resolution"
        )


def _box_cells(mesh: PartMesh, grid: Grid) -> NDArray[np.float64]:
    """The sides of the faces' boxes, float64 [F, 3], cells."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    return np.asarray((corners.max(axis=1) - corners.min(axis=1)) / grid.step)


def _node_count(box_cells: NDArray[np.float64], grid: Grid) -> float:
    """How many nodes lie in boxes of these sides, [F, 3] or [F, 1] cells, and two cells around each."""
    return float(np.prod(np.minimum(box_cells + 4.0, grid.shape), axis=1).sum())


def _grid_around(mesh: PartMesh, resolution: int) -> Grid:
    points = mesh.vertices[np.unique(mesh.faces)].astype(np.float64)
    lower, upper = points.min(axis=0), points.max(axis=0)
    step = max(float(np.max(upper - lower)), 1e-12) / resolution
    counts = [math.ceil((size + 5.0 * step) / step) + 1 for size in (upper - lower).tolist()]
    start = 0.5 * (lower + upper) - 0.5 * step * (np.array(counts) - 1)
    return Grid(start, step, (counts[0], counts[1], counts[2]))


def _solids_and_sheets(mesh: PartMesh, step: float) -> tuple[PartMesh, PartMesh]:
    """The closed pieces of a mesh that the grid can hold, and those with rims or thinner than a wall."""
    match = match_edges(mesh.faces)
    pieces = piece_labels(mesh.faces, match)
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    corners -= corners[np.unique(pieces, return_index=True)[1][pieces], :1]
    shares = np.einsum("ij,ij->i", np.cross(corners[:, 0], corners[:, 1]), corners[:, 2]) / 6.0
    areas = np.bincount(pieces, face_areas(mesh.vertices, mesh.faces))
    thickness = 2.0 * np.abs(np.bincount(pieces, shares)) / np.maximum(areas, 1e-300)
    is_solid = rimless_pieces(pieces, match) & (thickness > 2.0 * _HALF_WALL_CELLS * step)
    return select_faces(mesh, is_solid[pieces]), select_faces(mesh, ~is_solid[pieces])


def _sampled(
    solids: PartMesh, sheets: PartMesh, grid: Grid, check: Callable[[], None], device: str
) -> NDArray[np.float32]:
    """The distance at each node, below 0 within solids and walls; far from them only its sign is right."""
    values = wp.full(grid.shape, value=4.0 * grid.step, dtype=float, device=device)
    lower = wp.vec3(*grid.lower.tolist())
    if len(solids.faces):
        tree = _tree(solids, device)
        corners, near, far = _blocks(tree, grid, check, device)
        blockwise = np.repeat(np.repeat(np.repeat(far, _SIDE, axis=0), _SIDE, axis=1), _SIDE, axis=2)
        x, y, z = grid.shape
        values = wp.array(np.ascontiguousarray(blockwise[:x, :y, :z]), dtype=float, device=device)
        for part in slices_of(len(near), check, first_count=16, most_count=_MOST_BLOCKS):
            blocks = wp.array(corners[near[part]], dtype=wp.vec3i, device=device)
            inputs = [tree.id, lower, grid.step, _SIDE, blocks, values]
            wp.launch(solid_kernel, dim=len(blocks), inputs=inputs, device=device)
    if len(sheets.faces):
        tree = _tree(sheets, device)
        for part in slices_of(grid.shape[0], check, first_count=1):
            inputs = [tree.id, _HALF_WALL_CELLS * grid.step, lower, grid.step, 3.0 * grid.step, part.start]
            dim = (part.stop - part.start, *grid.shape[1:])
            wp.launch(sheet_kernel, dim=dim, inputs=[*inputs, values], device=device)
    return np.asarray(values.numpy())


def _tree(mesh: PartMesh, device: str) -> wp.Mesh:
    points = wp.array(mesh.vertices, dtype=wp.vec3, device=device)
    indices = wp.array(mesh.faces.reshape(-1), dtype=wp.int32, device=device)
    return wp.Mesh(points=points, indices=indices, support_winding_number=True)


def _blocks(
    tree: wp.Mesh, grid: Grid, check: Callable[[], None], device: str
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float32]]:
    """Blocks of nodes: their first nodes int32 [B, 3], which are near the surface, and their distances."""
    counts = tuple(math.ceil(count / _SIDE) for count in grid.shape)
    corners = np.indices(counts).reshape(3, -1).T.astype(np.int32) * _SIDE
    centres = grid.lower + grid.step * (corners + 0.5 * (_SIDE - 1))
    asked = wp.array(centres.astype(np.float32), dtype=wp.vec3, device=device)
    found = wp.zeros(len(centres), dtype=float, device=device)
    for part in slices_of(len(centres), check, first_count=64):
        inputs = [tree.id, asked[part], found[part]]
        wp.launch(side_kernel, dim=part.stop - part.start, inputs=inputs, device=device)
    distances = found.numpy()
    reach = (0.5 * math.sqrt(3.0) * (_SIDE - 1) + 2.0) * grid.step
    return corners, np.flatnonzero(np.abs(distances) <= reach), distances.reshape(counts)


def _drawn_near(
    mesh: PartMesh, vertices: NDArray[np.float32], step: float, check: Callable[[], None]
) -> NDArray[np.float32]:
    """The vertices, those almost on the old surface put onto it; the walls of sheets lie farther off."""
    nearest = nearest_on(mesh, vertices, check).points
    gaps = np.linalg.norm(nearest - vertices, axis=1, keepdims=True)
    return np.where(gaps < _DRAWN_CELLS * step, nearest, vertices).astype(np.float32)


def _without_specks(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], step: float
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The surface without pieces and voids of less than `SPECK_CELLS` cells."""
    labels = component_labels(faces, len(vertices))
    volumes = np.bincount(labels[faces[:, 0]], signed_volumes(vertices, faces), minlength=len(vertices))
    large = np.abs(volumes) >= SPECK_CELLS * step**3
    return compact(vertices, faces[large[labels[faces[:, 0]]]])
