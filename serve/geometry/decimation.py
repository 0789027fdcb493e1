"""Fewer faces for the same shape: quadric edge collapse that keeps a closed surface closed."""

from __future__ import annotations

import threading

import fast_simplification
import numpy as np
from numpy.typing import NDArray

from serve.geometry.stitching import stitched
from serve.geometry.subdivision import face_edges, split_edges
from serve.geometry.topology import compact, component_labels, is_closed, signed_volumes

__all__ = ["decimate"]

# How fast the allowed error grows, the careful one first: it keeps the shape better, but sometimes it gets
# stuck.
_AGGRESSIVENESS = (5.0, 7.0, 9.0)
_COARSEST_CELL_COUNT = 2
_LEAST_SHARE = 0.98
_CRUMB_FACE_COUNT, _CRUMB_SHARE = 8, 1e-6  # a piece of so few faces and so small a share of the volume
_lock = threading.Lock()  # the library keeps its mesh in global variables


def decimate(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], target_count: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Bring a closed surface to `target_count` faces or up to 2 % fewer.

    Source: Garland and Heckbert 1997, "Surface Simplification Using Quadric Error Metrics", by
    fast-simplification. Where collapses alone get stuck above the target, as they do at a few hundred faces
    on a fine surface, the vertices are first gathered in the cells of a grid (Rossignac and Borrel 1993), as
    fine a grid as will do.

    Args:
        vertices: float32 [V, 3].
        faces: int32 [F, 3], closed.
        target_count: At least 4.

    Returns:
        Vertices float32 and faces int32; closed, at most `target_count` faces. They are the arguments
        themselves where those are few enough.

    Raises:
        ValueError: The surface has no faces, is not closed, or the target is below 4.
    """
    if target_count < 4 or not is_closed(faces):
        raise ValueError(
            f"target_count = {target_count} with {len(faces)} faces: needs 4 and a closed surface"
        )
    if len(faces) <= target_count:
        return vertices, faces
    best = vertices[:0], faces[:0]
    for aggressiveness in _AGGRESSIVENESS:
        best = _better(best, _collapsed(vertices, faces, target_count, aggressiveness), target_count)
        if _is_enough(len(best[1]), target_count):
            return best
    return _gathered_first(vertices, faces, target_count, best)


def _is_enough(face_count: int, target_count: int) -> bool:
    """Whether it is within 2 % of the target, or next to it: a closed surface has an even number of faces."""
    return face_count >= min(_LEAST_SHARE * target_count, target_count - 1)


def _better(
    best: tuple[NDArray[np.float32], NDArray[np.int32]],
    found: tuple[NDArray[np.float32], NDArray[np.int32]],
    target_count: int,
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """What is found, if it is a closed solid within the target and has more faces than the best so far."""
    vertices, faces = found
    fits = len(best[1]) < len(faces) <= target_count
    sound = fits and is_closed(faces) and float(signed_volumes(vertices, faces).sum()) > 0.0
    return found if sound else best


def _collapsed(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], target_count: int, aggressiveness: float
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    if len(faces) > target_count:
        with _lock:
            points, kept = fast_simplification.simplify(
                vertices, faces, target_count=target_count, agg=aggressiveness
            )
        vertices, faces = points.astype(np.float32), kept.astype(np.int32)
    return _without_crumbs(*stitched(vertices, faces))


def _without_crumbs(
    vertices: NDArray[np.float32], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The surface without the splinters that pinch off where two sheets lie close together."""
    labels = component_labels(faces, len(vertices))[faces[:, 0]]
    pieces, place = np.unique(labels, return_inverse=True)
    if len(pieces) <= 1:
        return vertices, faces
    volumes = np.abs(np.bincount(place.reshape(-1), signed_volumes(vertices, faces)))
    tiny = np.bincount(place.reshape(-1)) <= _CRUMB_FACE_COUNT
    crumbs = tiny & (volumes < _CRUMB_SHARE * volumes.sum())
    return compact(vertices, faces[~crumbs[place.reshape(-1)]])


def _gathered_first(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    target_count: int,
    best: tuple[NDArray[np.float32], NDArray[np.int32]],
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The first result close enough to the target, or else the one with most faces, over ever coarser grids.

    Raises:
        ValueError: Not even the coarsest grid leaves a solid.
    """
    cell_count = float(np.sqrt(len(faces)))
    while cell_count >= _COARSEST_CELL_COUNT:
        gathered = _gathered(vertices, faces, cell_count)
        for aggressiveness in _AGGRESSIVENESS:
            best = _better(best, _collapsed(*gathered, target_count, aggressiveness), target_count)
        if _is_enough(len(best[1]), target_count) or (len(best[1]) and len(gathered[1]) < target_count):
            break
        cell_count *= 0.8
    if len(best[1]) == 0:
        raise ValueError(f"no solid of {target_count} faces is left of {len(faces)}: ask for more faces")
    return _padded(*best, target_count)


def _padded(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], target_count: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The surface with its longest edges halved until it has the faces that were asked for, or one fewer."""
    while not _is_enough(len(faces), target_count):
        edges, sides = face_edges(faces)
        ends = vertices[edges]
        lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
        longest = np.sort(np.argsort(-lengths, kind="stable")[: (target_count - len(faces)) // 2])
        vertices, faces = split_edges(vertices, faces, sides, longest, ends[longest].mean(axis=1))
    return vertices, faces


def _gathered(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], cell_count: float
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The surface with all vertices of a cell at their mean, `cell_count` cells along the longest side."""
    lower, upper = vertices.min(axis=0), vertices.max(axis=0)
    cells = np.floor((vertices - lower) * (cell_count / float(np.max(upper - lower)))).astype(np.int64)
    _, place = np.unique(cells, axis=0, return_inverse=True)
    place = place.reshape(-1)
    sums = np.stack([np.bincount(place, axis) for axis in vertices.T], axis=1)
    means = (sums / np.bincount(place)[:, None]).astype(np.float32)
    return stitched(means, place[faces].astype(np.int32))
