"""Cuts a mesh apart where it is no surface: at edges of more than two faces, and where fans share a vertex.

Source: Gueziec, Taubin, Lazarus and Horn 2001, "Cutting and Stitching: Converting Sets of Polygons to
Manifold Surfaces".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import EdgeMatch, Matcher, fan_labels, same_way
from serve.geometry.mesh import PartMesh
from serve.geometry.selection import select_faces
from serve.geometry.stitching import pairs_around, split_vertices

__all__ = ["cut_apart"]

_ROUND_COUNT = 16


def cut_apart(
    mesh: PartMesh, match: Matcher, *, pinches: bool = True, check: Callable[[], None] = lambda: None
) -> tuple[PartMesh, int, int]:
    """Give every fan of faces a vertex of its own; those that share a place are nudged apart.

    Of more than two faces at an edge, those that enclose the inside between them stay joined, as two cubes
    that touch along an edge do; the others get a rim there. So do two faces that disagree on which side is
    out, after `serve.geometry.orientation.wound_alike`: those of a surface with one side only. Where sheets
    cross at an edge and hang together at both its ends, no cut can part them: all but two of their faces go.

    Args:
        mesh: Faces of three corners that differ, wound alike.
        match: Matches half-edges.
        pinches: Whether to part two fans with rims too that share a vertex: between them are holes, which may
            be filled.
        check: Called between steps; may raise.

    Returns:
        The mesh, itself where nothing is cut, the number of vertices that were added, and of faces dropped.
    """
    added_count, face_count = 0, len(mesh.faces)
    for _ in range(_ROUND_COUNT):
        mesh, count = _cut(mesh, match(mesh.faces), pinches=pinches)
        added_count += count
        check()
        keep = _without_crowds(mesh, match(mesh.faces))
        check()
        if keep.all():
            break
        mesh = select_faces(mesh, keep)
    return mesh, added_count, face_count - len(mesh.faces)


def _cut(mesh: PartMesh, match: EdgeMatch, *, pinches: bool) -> tuple[PartMesh, int]:
    agree = ~same_way(mesh.faces, match.first, match.second)
    pairs = pairs_around(mesh.vertices, mesh.faces, match.crowded, match.crowd)
    first = np.concatenate([match.first[agree], pairs[:, 0]])
    second = np.concatenate([match.second[agree], pairs[:, 1]])
    fans = fan_labels(mesh.faces, first, second)
    if not pinches:
        fans = _with_pinches_joined(mesh.faces, fans, match.rims)
    added_count = int(np.count_nonzero(fans == np.arange(len(fans)))) - len(np.unique(mesh.faces))
    if added_count == 0:
        return mesh, 0
    vertices, faces = split_vertices(mesh.vertices, mesh.faces, fans)
    return replace(mesh, vertices=vertices, faces=faces), added_count


def _with_pinches_joined(
    faces: NDArray[np.int32], fans: NDArray[np.int64], rims: NDArray[np.int64]
) -> NDArray[np.int64]:
    """One label for the two fans of a vertex that has no others, where both have a rim."""
    flat = faces.reshape(-1)
    is_fan = fans == np.arange(len(fans))
    is_open = np.zeros(len(fans), bool)
    is_open[fans[rims]] = True
    span = int(flat.max(initial=0)) + 1
    pinched = np.bincount(flat[is_fan], minlength=span) == 2
    pinched &= np.bincount(flat[is_fan & is_open], minlength=span) == 2
    pinching = np.flatnonzero(is_fan & pinched[flat])
    both = pinching[np.argsort(flat[pinching], kind="stable")].reshape(-1, 2)
    joined = np.arange(len(fans))
    joined[both[:, 1]] = both[:, 0]
    return np.asarray(joined[fans])


def _without_crowds(mesh: PartMesh, match: EdgeMatch) -> NDArray[np.bool_]:
    """Which faces, bool [F], may stay so that no edge has more than two: of a crowd its first pair."""
    keep = np.ones(len(mesh.faces), bool)
    keep[match.crowded // 3] = False
    pairs = pairs_around(mesh.vertices, mesh.faces, match.crowded, match.crowd)
    crowd = np.full(mesh.faces.size, -1, np.int64)
    crowd[match.crowded] = match.crowd
    _, chosen = np.unique(crowd[pairs[:, 0]], return_index=True)
    stays = np.zeros(len(mesh.faces), bool)
    stays[pairs[chosen] // 3] = True
    again = np.zeros(len(mesh.faces), bool)
    again[match.crowded[~np.isin(match.crowded, pairs[chosen])] // 3] = True
    return np.asarray(keep | (stays & ~again))
