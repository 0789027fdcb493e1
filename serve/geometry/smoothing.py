"""Takes the noise out of a surface without shrinking it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import EdgeMatch, match_edges
from serve.geometry.mesh import PartMesh
from serve.geometry.subdivision import face_edges
from serve.geometry.topology import component_labels

__all__ = ["smooth"]

_SHRINK, _GROW = 0.5, -0.53  # Taubin's lambda and mu: what is longer than some ten edges passes


def smooth(mesh: PartMesh, iteration_count: int, check: Callable[[], None] = lambda: None) -> PartMesh:
    """Move every vertex towards the mean of its neighbours, and back by a little more, again and again.

    Source: Taubin 1995, "A Signal Processing Approach to Fair Surface Design". Rims stay where they are, and
    so do the ends of edges with more than two faces. What volume a closed piece has lost by that, little on
    a fine mesh and much on a coarse one, it gets back by scaling.

    Args:
        mesh: Finite; vertices are shared, or nothing holds the faces together.
        iteration_count: Pairs of steps, there and back.
        check: Called between steps; may raise.

    Returns:
        The mesh with other vertices.
    """
    if iteration_count == 0 or len(mesh.faces) == 0:
        return mesh
    edges, _ = face_edges(mesh.faces)
    counts = np.bincount(edges.reshape(-1), minlength=len(mesh.vertices)).astype(np.float64)
    match = match_edges(mesh.faces)
    loose = ((counts > 0.0) & ~_fixed(mesh, match))[:, None]
    points = mesh.vertices.astype(np.float64)
    for _ in range(iteration_count):
        check()
        for factor in (_SHRINK, _GROW):
            offsets = _neighbour_sums(points, edges) / np.maximum(counts, 1.0)[:, None] - points
            points = points + np.where(loose, factor * offsets, 0.0)
    return replace(mesh, vertices=_with_volumes_of(mesh, match, points).astype(np.float32))


def _with_volumes_of(mesh: PartMesh, match: EdgeMatch, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points, those of each closed piece scaled about their middle to the volume that it had."""
    pieces = component_labels(mesh.faces, len(points))  # by vertices: what touches is scaled together
    owner = pieces[mesh.faces[:, 0]]
    is_open = np.zeros(len(points), bool)
    is_open[owner[np.concatenate([match.rims, match.crowded]) // 3]] = True
    counts = np.maximum(np.bincount(pieces, minlength=len(points)), 1)[:, None]
    middles = np.stack([np.bincount(pieces, axis, minlength=len(points)) for axis in points.T], 1) / counts
    before, after = (_volumes(at - middles[pieces], mesh.faces, owner) for at in (mesh.vertices, points))
    scalable = ~is_open & (before * after > 0.0)
    ratio = np.divide(before, after, out=np.ones(len(points)), where=scalable)
    return middles[pieces] + np.cbrt(ratio)[pieces, None] * (points - middles[pieces])


def _volumes(
    points: NDArray[np.float64], faces: NDArray[np.int32], owner: NDArray[np.int64]
) -> NDArray[np.float64]:
    corners = points[faces]
    shares = np.einsum("ij,ij->i", np.cross(corners[:, 0], corners[:, 1]), corners[:, 2]) / 6.0
    return np.asarray(np.bincount(owner, shares, minlength=len(points)))


def _fixed(mesh: PartMesh, match: EdgeMatch) -> NDArray[np.bool_]:
    """The vertices of rims and of edges with more than two faces, bool [V]."""
    sides = np.concatenate([match.rims, match.crowded])
    fixed = np.zeros(len(mesh.vertices), bool)
    fixed[mesh.faces[sides // 3, sides % 3]] = True
    fixed[mesh.faces[sides // 3, (sides + 1) % 3]] = True
    return fixed


def _neighbour_sums(points: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    first, second = edges.T
    ends, others = np.concatenate([first, second]), np.concatenate([second, first])
    return np.stack([np.bincount(ends, axis[others], minlength=len(points)) for axis in points.T], axis=1)
