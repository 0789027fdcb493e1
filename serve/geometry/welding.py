"""Sews a mesh up: vertices of open rims that lie at one place become one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import Matcher
from serve.geometry.mesh import PartMesh
from serve.geometry.places import first_of_place
from serve.geometry.selection import select_faces
from serve.geometry.topology import graph_labels

__all__ = ["LEAST_WELD_SHARE", "weld"]

LEAST_WELD_SHARE = 5e-7  # a finer grid over the mesh would not fit into 63 bits
_CELL_BITS = 21


def weld(
    mesh: PartMesh, tolerance_m: float, match: Matcher, check: Callable[[], None] = lambda: None
) -> tuple[PartMesh, int]:
    """Join the vertices of open rims that lie together, and the ends of edges without length.

    A closed surface has nothing to be sewn: where it touches itself, or another, it stays two. So soup
    becomes a surface, and a sound mesh comes back as it is.

    Args:
        mesh: Finite, its indices in range.
        tolerance_m: Vertices nearer than this along each axis are one, at least `LEAST_WELD_SHARE` of the
            longest side.
        match: Matches half-edges.
        check: Called between steps; may raise.

    Returns:
        The mesh, without the faces that have lost a corner, and how many vertices were joined to others.
    """
    joined_count = 0
    for links_of in (_equal_pairs, _near_pairs):
        check()
        links = links_of(mesh, tolerance_m, _rim_vertices(mesh, match(mesh.faces).rims))
        check()
        if len(links):
            labels = graph_labels(links[:, 0], links[:, 1], len(mesh.vertices))
            joined_count += int(np.count_nonzero(labels != np.arange(len(labels))))
            mesh = _without_lost_corners(replace(mesh, faces=labels[mesh.faces].astype(np.int32)))
    return mesh, joined_count


def _without_lost_corners(mesh: PartMesh) -> PartMesh:
    a, b, c = mesh.faces.T
    return select_faces(mesh, (a != b) & (b != c) & (c != a))


def _rim_vertices(mesh: PartMesh, rims: NDArray[np.int64]) -> NDArray[np.int64]:
    on_rim = np.zeros(len(mesh.vertices), bool)
    on_rim[mesh.faces.reshape(-1)[rims]] = True
    on_rim[mesh.faces[rims // 3, (rims + 1) % 3]] = True
    return np.flatnonzero(on_rim)


def _equal_pairs(mesh: PartMesh, tolerance_m: float, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs [n, 2] of rim vertices at exactly one place."""
    del tolerance_m
    first = first_of_place(mesh.vertices[chosen])
    again = first != np.arange(len(first))
    return np.stack([chosen[first[again]], chosen[again]], axis=1)


def _near_pairs(mesh: PartMesh, tolerance_m: float, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs [n, 2] of rim vertices in one cell of twice the tolerance, and the ends of very short edges.

    In one of eight grids, each shifted by half a cell, any two vertices within the tolerance share a cell.
    """
    starts, ends = mesh.faces.reshape(-1).astype(np.int64), np.roll(mesh.faces, -1, axis=1).reshape(-1)
    steps = np.abs(mesh.vertices[starts] - mesh.vertices[ends]).max(axis=1)
    short = np.flatnonzero(steps <= np.float32(tolerance_m))
    pairs = [np.stack([starts[short], ends[short].astype(np.int64)], axis=1)]
    if len(chosen):
        places = (mesh.vertices[chosen] - mesh.vertices[chosen].min(axis=0)).astype(np.float64)
        for shift in np.ndindex(2, 2, 2):
            cells = (places / (2.0 * tolerance_m) + 0.5 * np.array(shift)).astype(np.int64)
            keys = (cells[:, 0] << (2 * _CELL_BITS)) | (cells[:, 1] << _CELL_BITS) | cells[:, 2]
            order = np.argsort(keys, kind="stable")
            same = keys[order[1:]] == keys[order[:-1]]
            pairs.append(np.stack([chosen[order[:-1][same]], chosen[order[1:][same]]], axis=1))
    return np.concatenate(pairs)
