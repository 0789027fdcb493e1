"""Faces that are none: without finite corners, without area, there twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import EdgeMatch, match_edges, same_way
from serve.geometry.mesh import PartMesh
from serve.geometry.places import first_of_place
from serve.geometry.selection import select_faces
from serve.geometry.slivers import flat_faces

__all__ = [
    "first_at_each_place",
    "first_of_each",
    "has_finite_corners",
    "has_known_corners",
    "has_three_corners",
    "without_needles",
]

_ROUND_COUNT = 8


def has_known_corners(mesh: PartMesh) -> NDArray[np.bool_]:
    """Whether each face, bool [F], names vertices that there are."""
    return np.asarray(((mesh.faces >= 0) & (mesh.faces < len(mesh.vertices))).all(axis=1))


def has_finite_corners(mesh: PartMesh) -> NDArray[np.bool_]:
    """Whether each face, bool [F], has finite vertices only."""
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(mesh.vertices).all(axis=1))
    return np.asarray(finite[mesh.faces].all(axis=1))


def has_three_corners(mesh: PartMesh) -> NDArray[np.bool_]:
    """Whether each face, bool [F], names three vertices that differ."""
    a, b, c = mesh.faces.T
    return np.asarray((a != b) & (b != c) & (c != a))


def first_of_each(mesh: PartMesh) -> NDArray[np.bool_]:
    """Whether each face, bool [F], is the first with its three vertices, however they are ordered."""
    return _first_rows(np.sort(mesh.faces, axis=1).astype(np.int64))


def first_at_each_place(mesh: PartMesh) -> NDArray[np.bool_]:
    """Whether each face, bool [F], is the first at its three places, or the other side of a sheet there.

    A repeat on vertices of its own hangs on nothing, and welding, which sews rims, leaves it so. Of two faces
    that lie on each other and face away, one is a repeat where an odd number of faces meets at an edge of
    theirs; at each edge of a sheet with two sides an even one does.
    """
    corners = first_of_place(mesh.vertices)[mesh.faces]
    turned = (corners.argmin(axis=1)[:, None] + np.arange(3)) % 3
    kept = _first_rows(np.take_along_axis(corners, turned, axis=1))
    backs = np.flatnonzero(kept & ~_first_rows(np.sort(corners, axis=1)))
    if len(backs):
        kept[backs[_meets_oddly(corners[kept], corners[backs])]] = False
    return kept


def _meets_oddly(faces: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each of some faces has an edge at which an odd number of all faces meets, bool [n]."""
    count = int(faces.max()) + 1

    def keys(corners: NDArray[np.int64]) -> NDArray[np.int64]:
        ends = np.sort(np.stack([corners, np.roll(corners, -1, axis=1)], axis=2), axis=2)
        return np.asarray(ends[..., 0] * count + ends[..., 1], np.int64)

    edges, face_counts = np.unique(keys(faces), return_counts=True)
    return np.asarray((face_counts[np.searchsorted(edges, keys(asked))] % 2 == 1).any(axis=1), np.bool_)


def _first_rows(corners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each of int64 [F, 3] rows is the first of its kind, bool [F]."""
    # Hardly any two faces agree in two of three corners and are looked at again.
    keys = corners[:, 0] * (int(corners.max(initial=0)) + 1) + corners[:, 1]
    order = np.lexsort((corners[:, 2], keys))
    again = (keys[order[1:]] == keys[order[:-1]]) & (corners[order[1:], 2] == corners[order[:-1], 2])
    first = np.ones(len(corners), bool)
    first[order[1:][again]] = False
    return first


def without_needles(mesh: PartMesh, check: Callable[[], None] = lambda: None) -> tuple[PartMesh, int]:
    """The mesh without the faces that have no area, and how many those were.

    Such a face is a needle: one corner lies on the side between the other two. Where a face lies beyond that
    side, the side is flipped, so that the corner splits that face and nothing is torn open; at a rim the
    needle is dropped. What neither can mend stays.

    Args:
        mesh: Faces of three corners that differ.
        check: Called between rounds; may raise.
    """
    mended_count = 0
    for _ in range(_ROUND_COUNT):
        check()
        flat = flat_faces(mesh.vertices, mesh.faces)
        if len(flat) == 0:
            break
        match = match_edges(mesh.faces)
        sides = 3 * flat + _longest_side(mesh, flat)
        at_rim = np.isin(sides, match.rims)
        needles, partners = _flippable(mesh, match, sides[~at_rim])
        mesh = _flipped(mesh, needles, partners)
        keep = np.ones(len(mesh.faces), bool)
        keep[sides[at_rim] // 3] = False
        mesh = select_faces(mesh, keep)
        changed_count = len(needles) + int(at_rim.sum())
        mended_count += changed_count
        if changed_count == 0:
            break
    return mesh, mended_count


def _longest_side(mesh: PartMesh, which: NDArray[np.int64]) -> NDArray[np.int64]:
    corners = mesh.vertices[mesh.faces[which]].astype(np.float64)
    sides = np.roll(corners, -1, axis=1) - corners
    return np.asarray(np.einsum("fij,fij->fi", sides, sides).argmax(axis=1))


def _flippable(
    mesh: PartMesh, match: EdgeMatch, sides: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of these half-edges those that can be flipped together, and the half-edges beyond them."""
    partner = np.full(mesh.faces.size, -1, np.int64)
    partner[match.first], partner[match.second] = match.second, match.first
    sides = sides[partner[sides] >= 0]
    beyond = partner[sides]
    flat, count = mesh.faces.reshape(-1), len(mesh.vertices)
    ends = np.sort(np.stack([flat[_apex(sides)], flat[_apex(beyond)]], axis=1).astype(np.int64), axis=1)
    keys = ends[:, 0] * count + ends[:, 1]
    fits = ~same_way(mesh.faces, sides, beyond) & (ends[:, 0] != ends[:, 1])
    fits &= ~np.isin(keys, _edge_numbers(mesh.faces, count)) & _is_first(keys)
    sides, beyond = sides[fits], beyond[fits]
    # A face is flipped once a round: by the first that wants it.
    claims = np.full(len(mesh.faces), len(sides), np.int64)
    for half_edges in (sides, beyond):
        np.minimum.at(claims, half_edges // 3, np.arange(len(sides)))
    free = (claims[sides // 3] == np.arange(len(sides))) & (claims[beyond // 3] == np.arange(len(sides)))
    return sides[free], beyond[free]


def _apex(half_edge: NDArray[np.int64]) -> NDArray[np.int64]:
    """The corner that the half-edge does not touch."""
    return half_edge // 3 * 3 + (half_edge + 2) % 3


def _edge_numbers(faces: NDArray[np.int32], vertex_count: int) -> NDArray[np.int64]:
    starts, ends = faces.astype(np.int64), np.roll(faces, -1, axis=1).astype(np.int64)
    return (np.minimum(starts, ends) * vertex_count + np.maximum(starts, ends)).reshape(-1)


def _is_first(keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    first = np.zeros(len(keys), bool)
    first[np.unique(keys, return_index=True)[1]] = True
    return first


def _flipped(mesh: PartMesh, sides: NDArray[np.int64], beyond: NDArray[np.int64]) -> PartMesh:
    """Needle (p, q, b) and face (q, p, d) become (p, d, b) and (d, q, b), which look like the face."""
    if len(sides) == 0:
        return mesh
    needle, face = sides // 3, beyond // 3
    corner = (beyond % 3)[:, None]
    from_q = (corner + np.arange(3)) % 3  # of the face: q, p, d
    q, p, d = np.take_along_axis(mesh.faces[face], from_q, axis=1).T
    b = mesh.faces.reshape(-1)[_apex(sides)]
    faces, face_part = mesh.faces.copy(), mesh.face_part.copy()
    faces[needle], faces[face] = np.stack([p, d, b], 1), np.stack([d, q, b], 1)
    face_part[needle] = face_part[face]
    share = _share_along(mesh.vertices, p, q, b)

    def split(data: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        if data is None:
            return None
        at_q, at_p, at_d = np.take_along_axis(data[face], from_q[:, :, None], axis=1).transpose(1, 0, 2)
        at_b = (at_p + share * (at_q - at_p)).astype(np.float32)
        data = data.copy()
        data[needle], data[face] = np.stack([at_p, at_d, at_b], 1), np.stack([at_d, at_q, at_b], 1)
        return data

    return replace(
        mesh,
        faces=faces,
        face_part=face_part,
        corner_color=split(mesh.corner_color),
        corner_uv=split(mesh.corner_uv),
    )


def _share_along(
    vertices: NDArray[np.float32], p: NDArray[np.int32], q: NDArray[np.int32], b: NDArray[np.int32]
) -> NDArray[np.float64]:
    """How far each b lies along the way from p to q, [n, 1]."""
    whole = (vertices[q] - vertices[p]).astype(np.float64)
    part = (vertices[b] - vertices[p]).astype(np.float64)
    share = np.einsum("ij,ij->i", part, whole) / np.maximum(np.einsum("ij,ij->i", whole, whole), 1e-300)
    return np.asarray(np.clip(share, 0.0, 1.0)[:, None], np.float64)
