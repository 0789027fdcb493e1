"""How often a surface crosses itself: pairs of faces that have more in common than sides and corners.

Two faces cross where they share a segment that is longer than the tolerance and runs inside at least one of
them, or where they lie in one plane and overlap. Neighbours need no special case: what they share is a side
or a corner. Faces that touch in a point, or side along side, do not cross; one whose side ends on the inside
of another does. The test is Moeller's ("A Fast Triangle-Triangle Intersection Test", 1997) in float64, with
a test for separating axes (Gottschalk et al., 1996) within a plane.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.acceptance import SelfIntersectionMethod
from serve.geometry.intersection_kernels import FaceTable, count_crossings
from serve.geometry.warp_setup import ensure_warp

__all__ = ["TOLERANCE_SHARE", "SelfIntersections", "count_self_intersections", "upload_faces"]

TOLERANCE_SHARE = 1e-6
"""Faces that reach less far into each other, as a share of the mesh's diagonal, only touch: 16 times the
rounding of a float32 coordinate, a micrometre for an asset of a metre."""

_MAX_FACE_COUNT = 1_000_000  # looked at, some three seconds
_MAX_CANDIDATE_COUNT = 40_000_000  # boxes that meet theirs; a sound surface has 20 for each face
_BLOCK = 256  # faces that stay together in the random order: neighbours in the file are neighbours in space
_FIRST_CHUNK, _MAX_CHUNK = 16, 65_536
_SEED = 0x5E1F


@dataclass(frozen=True, slots=True)
class SelfIntersections:
    """Pairs of faces that cross.

    Args:
        count: How many; an estimate where sampled, and then not 0 where one was found.
        method: Whether every face was compared with every other that could cross it.
    """

    count: int
    method: SelfIntersectionMethod


def count_self_intersections(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    *,
    max_face_count: int = _MAX_FACE_COUNT,
    check: Callable[[], None] = lambda: None,
    device: str = "cpu",
) -> SelfIntersections:
    """Count the pairs of faces that cross.

    The faces are compared with all others, block after block in an order drawn once and for all. Where there
    are too many, or too many lie in each other's way, the comparison ends early: pairs are then found for the
    share of them that has a member among the first faces, and scaled.

    Args:
        vertices: float32 [V, 3], finite, equal places being one vertex.
        faces: int32 [F, 3], all with area, no two with the same corners.
        max_face_count: Most faces to compare with the others.
        check: Called between launches; what it raises ends the count.
        device: A Warp device.
    """
    if len(faces) < 2:
        return SelfIntersections(0, SelfIntersectionMethod.EXACT)
    table, boxes = upload_faces(vertices, faces[_order(len(faces))], device)
    found, judged = _first_faces(table, min(max_face_count, len(faces)), check, device)
    del boxes  # it owns what `table` refers to
    share = _pair_share(judged, len(faces))
    method = SelfIntersectionMethod.EXACT if share == 1.0 else SelfIntersectionMethod.SAMPLED
    return SelfIntersections(round(found / share), method)


def _order(face_count: int) -> NDArray[np.int64]:
    ranks = np.random.default_rng(_SEED).permutation(face_count // _BLOCK + 1)
    return np.argsort(ranks[np.arange(face_count) // _BLOCK], kind="stable")


def _first_faces(
    table: FaceTable, face_count: int, check: Callable[[], None], device: str
) -> tuple[int, int]:
    """Crossing pairs with a member among the first faces, and how many first faces those are."""
    found = candidate_count = begin = 0
    chunk = _FIRST_CHUNK
    while begin < face_count and candidate_count < _MAX_CANDIDATE_COUNT:
        check()
        end = min(begin + chunk, face_count)
        crossings, candidates = (wp.zeros(end - begin, dtype=wp.int32, device=device) for _ in range(2))
        outputs = [crossings, candidates]
        wp.launch(count_crossings, end - begin, inputs=[table, begin], outputs=outputs, device=device)
        found += int(crossings.numpy().sum(dtype=np.int64))
        candidate_count += int(candidates.numpy().sum(dtype=np.int64))
        begin = end
        mean = max(candidate_count // begin, 1)
        chunk = max(1, min(2 * chunk, _MAX_CHUNK, (_MAX_CANDIDATE_COUNT - candidate_count) // mean))
    return found, begin


def _pair_share(judged: int, face_count: int) -> float:
    """The share of all pairs that have a member among the first `judged` faces."""
    left = face_count - judged
    return 1.0 - left * (left - 1) / (face_count * (face_count - 1))


def upload_faces(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], device: str
) -> tuple[FaceTable, wp.Bvh]:
    """The faces on a device, and the owner of the BVH that their table names, which must outlive its use.

    Args:
        vertices: float32 [V, 3], finite.
        faces: int32 [F, 3], all with area.
        device: A Warp device.
    """
    ensure_warp()
    corners = vertices[faces]
    lower, upper = corners.min(axis=1), corners.max(axis=1)
    points = corners.astype(np.float64)
    table = FaceTable()
    table.a, table.b, table.c = (_array(points[:, corner], wp.vec3d, device) for corner in range(3))
    table.normal = _array(_unit_normals(points), wp.vec3d, device)
    table.lower, table.upper = _array(lower, wp.vec3, device), _array(upper, wp.vec3, device)
    boxes = wp.Bvh(table.lower, table.upper)
    table.boxes = boxes.id
    diagonal = np.linalg.norm(upper.max(axis=0).astype(np.float64) - lower.min(axis=0))
    table.tolerance = float(TOLERANCE_SHARE * diagonal)
    return table, boxes


def _unit_normals(points: NDArray[np.float64]) -> NDArray[np.float64]:
    normals = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))


def _array(rows: NDArray[np.generic], dtype: type, device: str) -> wp.array:
    return wp.array(np.ascontiguousarray(rows), dtype=dtype, device=device)
