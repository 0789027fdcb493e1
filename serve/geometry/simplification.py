"""Fewer faces for any mesh by edge collapse; rims, borders between parts and closed surfaces are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.geometry.kernels.collapse import collapse_kernel, fill_heap_kernel
from serve.geometry.kernels.collapse_state import CollapseState
from serve.geometry.mesh import PartMesh
from serve.geometry.quadrics import border_half_edges, vertex_quadrics
from serve.geometry.selection import select_faces, without_unused_vertices
from serve.geometry.slivers import without_flat_faces
from serve.geometry.subdivision import face_edges
from serve.geometry.warp_setup import ensure_warp

__all__ = ["simplify"]

_LOOK_COUNT = 1_000_000  # at corners, between two calls of `check`: some tenth of a second
_LEAST_SHARE = 0.98
_INSIDE, _CURVE, _CORNER = 0, 1, 2


def simplify(mesh: PartMesh, target_count: int, check: Callable[[], None] = lambda: None) -> PartMesh:
    """Bring a mesh to `target_count` faces or one fewer, or as near above it as its topology allows.

    A closed surface stays closed. Each face keeps its part. Borders between parts and rims keep their shape;
    where they alone would take more faces than there may be, borders between parts move.

    Source: Garland and Heckbert 1997, "Surface Simplification Using Quadric Error Metrics".

    Args:
        mesh: Finite, of faces with three corners that differ; corner data are dropped with the faces.
        target_count: Most faces.
        check: Called now and then; may raise.

    Returns:
        The mesh without corner data; itself where its faces are few enough.
    """
    if len(mesh.faces) <= target_count:
        return mesh
    mesh = replace(mesh, corner_color=None, corner_uv=None)
    for rules in _RULES:
        check()
        if len(mesh.faces) > target_count:
            mesh = _collapsed(mesh, rules, target_count, check)
    vertices = without_flat_faces(mesh.vertices, mesh.faces)
    return replace(mesh, vertices=vertices)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a collapse must keep: borders of parts, the faces' directions, some height of theirs."""

    keep_parts: bool
    least_cosine: float
    least_height: float


# The strict ones first; the next where those leave too many faces.
_RULES = (
    _Rules(True, 0.2, 2e-3),
    _Rules(False, 0.2, 2e-3),
    _Rules(False, 0.0, 1e-5),
    _Rules(False, -2.0, -1.0),
)


def _collapsed(mesh: PartMesh, rules: _Rules, target_count: int, check: Callable[[], None]) -> PartMesh:
    """Collapse edges until the target is met, or a whole round finds none to collapse."""
    ensure_warp()
    work = _Work(mesh, rules, check)
    while work.face_count > target_count:
        before_count = work.face_count
        check()
        work.fill_heap()
        check()
        while work.collapse(target_count):
            check()
        if work.face_count == before_count:
            break
    return without_unused_vertices(work.result())


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """Where the mesh's unit cube lies: points are small numbers around zero while they are worked on."""

    middle: NDArray[np.float64]
    scale: float


class _Work:
    """A mesh on the device, under collapse."""

    def __init__(self, mesh: PartMesh, rules: _Rules, check: Callable[[], None]) -> None:
        self._mesh, self._check = mesh, check
        regions = mesh.face_part if rules.keep_parts else np.zeros_like(mesh.face_part)
        corners = mesh.vertices[mesh.faces].reshape(-1, 3).astype(np.float64)
        lower, upper = corners.min(axis=0), corners.max(axis=0)
        self._frame = _Frame(0.5 * (lower + upper), max(float((upper - lower).max()), 1e-30))
        points = (mesh.vertices - self._frame.middle) / self._frame.scale
        check()
        borders = border_half_edges(mesh.faces, regions)
        check()
        self._state = self._uploaded(points, regions, borders)
        self._state.least_cosine, self._state.least_height = rules.least_cosine, rules.least_height

    def _uploaded(
        self, points: NDArray[np.float64], regions: NDArray[np.int32], borders: NDArray[np.int64]
    ) -> CollapseState:
        faces = self._mesh.faces
        head, tail, following = _corner_lists(faces, len(points))
        capacity = 3 * len(faces) + 4096  # twice the edges: stale entries are dropped when it is full
        state = CollapseState()
        state.points = wp.array(points, dtype=wp.vec3d, device="cpu")
        quadrics = vertex_quadrics(points, faces, borders, self._check)
        state.quadrics = wp.array(quadrics, dtype=wp.float64, device="cpu")
        state.faces = wp.array(faces, dtype=wp.int32, device="cpu")
        state.part = wp.array(regions, dtype=wp.int32, device="cpu")
        state.alive = wp.full(len(faces), 1, dtype=wp.int32, device="cpu")
        state.head, state.tail, state.following = (
            wp.array(rows, dtype=wp.int32, device="cpu") for rows in (head, tail, following)
        )
        state.kind = wp.array(_kinds(faces, borders, len(points)), dtype=wp.int32, device="cpu")
        state.version, state.mark = (wp.zeros(len(points), dtype=wp.int32, device="cpu") for _ in range(2))
        state.costs = wp.zeros(capacity, dtype=wp.float64, device="cpu")
        state.first, state.second, state.stamps = (
            wp.zeros(capacity, dtype=wp.int32, device="cpu") for _ in range(3)
        )
        state.counts = wp.array([len(faces), 0, 0, 0], dtype=wp.int32, device="cpu")
        return state

    @property
    def face_count(self) -> int:
        return int(self._state.counts.numpy()[0])

    def fill_heap(self) -> None:
        """Put all edges there are into the heap."""
        edges, _ = face_edges(self._state.faces.numpy()[self._state.alive.numpy() == 1])
        rows = wp.array(edges.astype(np.int32), dtype=wp.int32, device="cpu")
        wp.launch(fill_heap_kernel, dim=1, inputs=[self._state, rows], device="cpu")

    def collapse(self, target_count: int) -> bool:
        """Collapse some edges; whether there may be more to do."""
        wp.launch(collapse_kernel, dim=1, inputs=[self._state, target_count, _LOOK_COUNT], device="cpu")
        face_count, heap_count, _, _ = self._state.counts.numpy().tolist()
        return bool(heap_count > 0 and face_count > target_count)

    def result(self) -> PartMesh:
        """The mesh as it is now; all vertices stay."""
        points = self._state.points.numpy() * self._frame.scale + self._frame.middle
        alive = self._state.alive.numpy() == 1
        mesh = replace(self._mesh, vertices=points.astype(np.float32), faces=self._state.faces.numpy().copy())
        return select_faces(mesh, alive)


def _corner_lists(
    faces: NDArray[np.int32], vertex_count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """The corners of each vertex as a linked list: first [V], last [V], next [3F]; -1 for none."""
    flat = faces.reshape(-1)
    order = np.argsort(flat, kind="stable").astype(np.int32)
    same = flat[order[1:]] == flat[order[:-1]]
    following = np.full(len(flat), -1, np.int32)
    following[order[:-1][same]] = order[1:][same]
    head, tail = np.full(vertex_count, -1, np.int32), np.full(vertex_count, -1, np.int32)
    starts, ends = np.r_[True, ~same], np.r_[~same, True]
    head[flat[order[starts]]], tail[flat[order[ends]]] = order[starts], order[ends]
    return head, tail, following


def _kinds(faces: NDArray[np.int32], borders: NDArray[np.int64], vertex_count: int) -> NDArray[np.int32]:
    """What each vertex is: inside, on a curve of two border edges, or where borders end or meet."""
    starts, ends = faces[borders // 3, borders % 3], faces[borders // 3, (borders + 1) % 3]
    edges = np.unique(np.stack([np.minimum(starts, ends), np.maximum(starts, ends)], axis=1), axis=0)
    counts = np.bincount(edges.reshape(-1), minlength=vertex_count)
    return np.where(counts == 0, _INSIDE, np.where(counts == 2, _CURVE, _CORNER)).astype(np.int32)
