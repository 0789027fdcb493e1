"""Patches over the holes of a mesh: which triangles, and what they take from their rim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.geometry.triangulation import MOST_POINTS, span_loops

__all__ = ["EdgeSet", "Patch", "patch_areas", "rim_points", "span_holes", "with_patches"]

_MOST_CHORDS = 200_000  # looked at together: what they take stays below some 40 MB, and half a second


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Patches over L holes of n edges each.

    Args:
        rims: int64 [L, n], the half-edges around.
        corners: int64 [L, T, 3], which of the rim's points; n means the middle.
        has_middle: Whether there is a new vertex in the middle of each.
    """

    rims: NDArray[np.int64]
    corners: NDArray[np.int64]
    has_middle: bool = False


class EdgeSet:
    """The edges of a mesh, to ask whether two vertices are joined."""

    def __init__(self, mesh: PartMesh) -> None:
        self._count = len(mesh.vertices)
        starts, ends = mesh.faces.reshape(-1), np.roll(mesh.faces, -1, axis=1).reshape(-1)
        self._keys = np.unique(self._numbers(starts, ends))

    def has(self, first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether each first vertex is joined to the second."""
        keys = self._numbers(first, second)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.asarray(self._keys[place] == keys)

    def _numbers(self, first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.int64]:
        return np.minimum(first, second).astype(np.int64) * self._count + np.maximum(first, second)


def _vertices(mesh: PartMesh, loops: NDArray[np.int64]) -> NDArray[np.int32]:
    """The vertices along the patches, int32 [L, n]: the end of each half-edge of the rim."""
    return np.asarray(mesh.faces[loops // 3, (loops + 1) % 3])


def rim_points(mesh: PartMesh, loops: NDArray[np.int64]) -> NDArray[np.float64]:
    """The points along patches over loops int64 [L, n] of half-edges, float64 [L, n, 3]."""
    return mesh.vertices[_vertices(mesh, loops)].astype(np.float64)


def span_holes(
    mesh: PartMesh, loops: NDArray[np.int64], edges: EdgeSet, check: Callable[[], None]
) -> list[Patch]:
    """Patches over all of these loops int64 [L, n] of one length, which `check` may interrupt."""
    count = loops.shape[1]
    if len(loops) == 0 or count < 3:
        return []
    step = max(1, _MOST_CHORDS // min(count, MOST_POINTS) ** 2)
    chunks = [loops[start : start + step] for start in range(0, len(loops), step)]
    if count > MOST_POINTS:
        return [_spanned_coarsely(mesh, chunk, edges, check) for chunk in chunks]
    return [patch for chunk in chunks for patch in _spanned(mesh, chunk, edges, check)]


def _spanned(
    mesh: PartMesh, loops: NDArray[np.int64], edges: EdgeSet, check: Callable[[], None]
) -> tuple[Patch, Patch]:
    """Patches without and with a vertex in their middle, for loops whose chords are all edges already."""
    check()
    count = loops.shape[1]
    points, taken = rim_points(mesh, loops), _taken(mesh, loops, edges)
    triangles, allowed = span_loops(points, _normals(mesh, loops), taken)
    steps = np.arange(count)
    fan = np.stack([steps, (steps + 1) % count, np.full(count, count)], axis=1)
    with_middle = np.broadcast_to(fan, (int((~allowed).sum()), count, 3))
    return Patch(loops[allowed], triangles[allowed]), Patch(loops[~allowed], with_middle, has_middle=True)


def _normals(mesh: PartMesh, loops: NDArray[np.int64]) -> NDArray[np.float64]:
    """Unit normals of the faces beyond the patches' edges, float64 [L, n, 3]."""
    corners = mesh.vertices[mesh.faces[loops // 3]].astype(np.float64)
    normals = np.cross(corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :])
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-300))


def _taken(mesh: PartMesh, loops: NDArray[np.int64], edges: EdgeSet) -> NDArray[np.bool_]:
    vertices = _vertices(mesh, loops)
    shape = (*vertices.shape, vertices.shape[1])
    first = np.broadcast_to(vertices[:, :, None], shape)
    return edges.has(first, np.broadcast_to(vertices[:, None, :], shape))


def _spanned_coarsely(
    mesh: PartMesh, loops: NDArray[np.int64], edges: EdgeSet, check: Callable[[], None]
) -> Patch:
    """Patches over long loops: those over coarse ones, their outer sides made fans."""
    check()
    count = loops.shape[1]
    coarse = np.arange(MOST_POINTS) * count // MOST_POINTS
    knots = loops[:, coarse]
    triangles, _ = span_loops(rim_points(mesh, knots), _normals(mesh, knots), _taken(mesh, knots, edges))
    corners = np.zeros((len(loops), count - 2, 3), np.int64)
    for loop, coarse_corners in enumerate(triangles.tolist()):
        check()
        corners[loop] = np.concatenate([_fanned(three, coarse, count) for three in coarse_corners])
    return Patch(loops, corners)


def _fanned(corners: list[int], coarse: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """One coarse triangle, cut into those that meet all points of the loop along its sides."""
    ends = np.append(coarse, count)
    turned = corners
    for _ in range(3):
        # Turned so that a side along the loop comes first, and a second one, if there is, after it.
        first, second, third = turned
        if second == (first + 1) % len(coarse) and first != (third + 1) % len(coarse):
            break
        turned = [second, third, first]
    first, second, third = turned
    if second != (first + 1) % len(coarse):
        return np.asarray(coarse[np.array([turned])])
    before = np.arange(ends[first], ends[first + 1] + 1) % count
    if third != (second + 1) % len(coarse):
        apex = np.full(len(before) - 1, coarse[third])
        return np.stack([before[:-1], before[1:], apex], axis=1)
    return _zipped(before[::-1], np.arange(ends[second], ends[second + 1] + 1) % count)


def _zipped(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Triangles between two chains of points that begin at one; `left` lies against the loop's way."""
    steps = np.concatenate(
        [np.arange(1, len(left)) / (len(left) - 1), np.arange(1, len(right)) / (len(right) - 1)]
    )
    is_left = np.arange(len(steps)) < len(left) - 1
    order = np.argsort(steps, kind="stable")
    lefts, rights = np.cumsum(is_left[order]), np.cumsum(~is_left[order])
    moved_left = is_left[order][1:]
    tip = np.where(moved_left, left[lefts[1:]], right[rights[1:]])
    return np.stack([left[lefts[:-1]], right[rights[:-1]], tip], axis=1)


def patch_areas(mesh: PartMesh, patch: Patch) -> NDArray[np.float64]:
    """The area over each hole, float64 [L], square metres."""
    points = rim_points(mesh, patch.rims)
    points = np.concatenate([points, points.mean(axis=1, keepdims=True)], axis=1)
    corners = points[np.arange(len(points))[:, None, None], patch.corners]
    crosses = np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    return np.asarray(0.5 * np.linalg.norm(crosses, axis=2).sum(axis=1))


def with_patches(mesh: PartMesh, patches: Sequence[Patch]) -> PartMesh:
    """The mesh with the patches' faces after its own; itself where there are none."""
    patches = [patch for patch in patches if len(patch.rims)]
    if not patches:
        return mesh
    vertices, faces, parts = [mesh.vertices], [mesh.faces], [mesh.face_part]
    vertex_count = len(mesh.vertices)
    for patch in patches:
        names = _vertices(mesh, patch.rims).astype(np.int64)
        if patch.has_middle:
            names = np.column_stack([names, vertex_count + np.arange(len(names))])
            vertices.append(rim_points(mesh, patch.rims).mean(axis=1).astype(np.float32))
            vertex_count += len(names)
        loops = np.arange(len(names))[:, None, None]
        faces.append(names[loops, patch.corners].reshape(-1, 3).astype(np.int32))
        owners = _commonest(mesh.face_part[patch.rims // 3]).astype(np.int32)
        parts.append(np.repeat(owners, patch.corners.shape[1]))
    # A patch across seams would show all that lies between them in the texture: each face has one texel.
    texels = [np.repeat(rows[:, :1], 3, axis=1) for rows in _patch_data(mesh.corner_uv, patches)]
    return replace(
        mesh,
        vertices=np.concatenate(vertices),
        faces=np.concatenate(faces),
        face_part=np.concatenate(parts),
        corner_color=_joined(mesh.corner_color, _patch_data(mesh.corner_color, patches)),
        corner_uv=_joined(mesh.corner_uv, texels),
    )


def _patch_data(data: NDArray[np.float32] | None, patches: Sequence[Patch]) -> list[NDArray[np.float32]]:
    """Corner data float32 [L * T, 3, k] of each of the patches, taken from the corners on the rim."""
    if data is None:
        return []
    found = []
    for patch in patches:
        around = data[patch.rims // 3, (patch.rims + 1) % 3]
        around = np.concatenate([around, around.mean(axis=1, keepdims=True)], axis=1)
        loops = np.arange(len(around))[:, None, None]
        found.append(around[loops, patch.corners].reshape(-1, 3, data.shape[2]))
    return found


def _joined(data: NDArray[np.float32] | None, more: list[NDArray[np.float32]]) -> NDArray[np.float32] | None:
    return None if data is None else np.concatenate([data, *more])


def _commonest(parts: NDArray[np.int32]) -> NDArray[np.int64]:
    """The most frequent of each row, int64 [L]; the lowest of several."""
    ordered = np.sort(parts, axis=1).astype(np.int64)
    rows = np.repeat(np.arange(len(parts)), parts.shape[1])
    found, counts = np.unique(np.stack([rows, ordered.reshape(-1)], axis=1), axis=0, return_counts=True)
    order = np.lexsort((found[:, 1], -counts, found[:, 0]))
    first = np.unique(found[order, 0], return_index=True)[1]
    return np.asarray(found[order[first], 1])
