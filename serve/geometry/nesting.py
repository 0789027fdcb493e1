"""Which closed pieces of a mesh lie inside others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.geometry.pieces import piece_bounds

__all__ = ["is_void", "solid_angle_shares"]

_MOST_PAIRS = (
    20_000_000  # of a point and a face: some seconds; a file with more has no voids that we look for
)
_MOST_PIECES = 5_000
_CHUNK = 200_000


def is_void(
    mesh: PartMesh,
    pieces: NDArray[np.int64],
    *,
    closed: NDArray[np.bool_],
    inward: NDArray[np.bool_],
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.bool_]:
    """Whether each piece, bool [P], is a void: see `serve.geometry.orientation.wound_outward`.

    Args:
        mesh: Its faces belong to
        pieces: int64 [F].
        closed: bool [P].
        inward: bool [P], the pieces whose volume is negative.
        check: Called now and then; may raise.
    """
    inner, outer = _containing(mesh, pieces, closed=closed, inward=inward, check=check)
    depth = np.bincount(inner, minlength=len(closed))
    outermost = np.arange(len(closed))
    is_root = depth[outer] == 0
    outermost[inner[is_root]] = outer[is_root]
    return np.asarray((depth % 2 == 1) & (inward != inward[outermost]))


def _containing(
    mesh: PartMesh,
    pieces: NDArray[np.int64],
    *,
    closed: NDArray[np.bool_],
    inward: NDArray[np.bool_],
    check: Callable[[], None],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a piece and a closed piece around it, for all that may matter to `is_void`."""
    lower, upper = piece_bounds(mesh, pieces)
    inner, outer = _nested_boxes(lower, upper, closed, check)
    matters = inward.copy()
    matters[inner[inward[outer]]] = True
    kept = matters[inner]
    inner, outer = inner[kept], outer[kept]
    order = np.argsort(pieces, kind="stable")
    starts = np.searchsorted(pieces[order], np.arange(len(closed) + 1))
    if int(np.diff(starts)[outer].sum()) > _MOST_PAIRS:
        return inner[:0], outer[:0]
    points = mesh.vertices[mesh.faces[order[starts[:-1]], 0]]
    found = np.zeros(len(inner), bool)
    for container in np.unique(outer).tolist():
        check()
        mine = outer == container
        faces = mesh.faces[order[starts[container] : starts[container + 1]]]
        found[mine] = np.abs(solid_angle_shares(points[inner[mine]], mesh.vertices[faces])) > 0.5
    return inner[found], outer[found]


def _nested_boxes(
    lower: NDArray[np.float32],
    upper: NDArray[np.float32],
    closed: NDArray[np.bool_],
    check: Callable[[], None],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of closed pieces whose boxes lie one in the other, the inner first."""
    which = np.flatnonzero(closed)
    pairs = [np.zeros((2, 0), np.int64)]
    if len(which) > _MOST_PIECES:
        return pairs[0][0], pairs[0][1]
    for container in which.tolist():
        check()
        inside = (lower[which] >= lower[container]) & (upper[which] <= upper[container])
        inner = which[inside.all(axis=1)]
        inner = inner[inner != container]
        pairs.append(np.stack([inner, np.full(len(inner), container)]))
    inner, outer = np.concatenate(pairs, axis=1)
    return inner, outer


def solid_angle_shares(points: NDArray[np.float32], corners: NDArray[np.float32]) -> NDArray[np.float64]:
    """The winding number of a closed surface around each point, float64 [N]: 1 inside, 0 outside.

    Source: Van Oosterom and Strackee 1983, "The Solid Angle of a Plane Triangle".

    Args:
        points: float32 [N, 3].
        corners: float32 [F, 3, 3].
    """
    sums = np.zeros(len(points))
    step = max(1, _CHUNK // max(1, len(points)))
    for start in range(0, len(corners), step):
        chunk = corners[start : start + step].astype(np.float64)
        a, b, c = (chunk[None, :, corner] - points[:, None].astype(np.float64) for corner in range(3))
        la, lb, lc = (np.sqrt(np.einsum("nfi,nfi->nf", side, side)) for side in (a, b, c))
        volume = np.einsum("nfi,nfi->nf", a, np.cross(b, c))
        below = la * lb * lc
        for one, two, length in ((a, b, lc), (b, c, la), (c, a, lb)):
            below += np.einsum("nfi,nfi->nf", one, two) * length
        sums += np.arctan2(volume, below).sum(axis=1)
    return sums / (2.0 * np.pi)
