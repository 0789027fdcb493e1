"""Closes holes with faces that take part, colour and texture coordinates from their rim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import EdgeMatch
from serve.geometry.mesh import PartMesh
from serve.geometry.patches import EdgeSet, patch_areas, rim_points, span_holes, with_patches
from serve.geometry.pieces import face_areas, piece_diagonals, piece_labels
from serve.geometry.rims import rim_loops

__all__ = ["SHEET_SHARE", "SMALL_SHARE", "Filling", "fill_holes"]

SMALL_SHARE = 0.25  # a small hole's diagonal, at most, as a share of its piece's
SHEET_SHARE = 0.8  # a patch of this share of its piece's area would make a bag of a cloth
_MOST_RIM_EDGES = 100_000  # of one hole


@dataclass(frozen=True, slots=True)
class Filling:
    """What was done.

    Args:
        filled_count: Holes closed.
        added_face_count: Faces of the patches.
    """

    filled_count: int = 0
    added_face_count: int = 0


def fill_holes(
    mesh: PartMesh, match: EdgeMatch, most_share: float, check: Callable[[], None] = lambda: None
) -> tuple[PartMesh, Filling]:
    """Close the holes whose diagonal is at most a share of their piece's.

    A sheet stays open at any share: a piece that the patch would only double, with `SHEET_SHARE` of its area.

    Args:
        mesh: Finite, wound alike and cut apart, but that two open fans may share a vertex.
        match: Of its half-edges.
        most_share: Of the diagonal of a hole's box to that of its piece; 0 for none.
        check: Called between holes of different lengths; may raise.

    Returns:
        The mesh, its old faces first, and what was done.
    """
    groups = rim_loops(mesh.faces, match)
    if most_share <= 0.0 or not groups:
        return mesh, Filling()
    pieces = piece_labels(mesh.faces, match)
    diagonals = piece_diagonals(mesh, pieces)
    areas = np.bincount(pieces, face_areas(mesh.vertices, mesh.faces))
    edges = EdgeSet(mesh)
    patches = []
    for loops in groups:
        check()
        piece = pieces[loops[:, 0] // 3]
        fits = _diagonals(rim_points(mesh, loops)) <= most_share * diagonals[piece] * (1.0 + 1e-6)
        fits &= loops.shape[1] <= _MOST_RIM_EDGES
        for patch in span_holes(mesh, loops[fits], edges, check):
            sizes = patch_areas(mesh, patch)
            bag = sizes >= SHEET_SHARE * areas[pieces[patch.rims[:, 0] // 3]]
            patches.append(replace(patch, rims=patch.rims[~bag], corners=patch.corners[~bag]))
    filled_count = sum(len(patch.rims) for patch in patches)
    added_count = sum(patch.corners.shape[0] * patch.corners.shape[1] for patch in patches)
    return with_patches(mesh, patches), Filling(filled_count, added_count)


def _diagonals(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(np.ptp(points, axis=1), axis=1))
