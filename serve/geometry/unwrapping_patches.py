"""Cuts a surface into patches that are easy to lay flat, before charts are made of each.

xatlas makes charts of a whole mesh too. But its time grows faster than the size of a smooth piece (10 s for a
ball of 20,000 faces), it follows every fold of a scan, and where neighbours differ by less than a degree it
takes a ball for a plane. Patches that look one way and have a bounded number of faces spare it all three.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import match_edges
from serve.geometry.mesh import PartMesh
from serve.geometry.topology import graph_labels

__all__ = ["calm_vertices", "patch_labels"]

# A piece with fewer edges that bend is left whole: xatlas lays it flat in half a second at most.
_CURVED_DEG = (0.5, 25.0)
_CURVED_COUNT = 4_000
_PATCH_FACE_COUNT = 4_000
# xatlas takes edges that turn by less than 0.8 degrees for flat; this many could lead around a tube.
_GENTLE_DEG = (0.01, 1.0)
_GENTLE_COUNT = 300
# Where half of the edges turn by more, charts that follow each fold would be as many as the faces.
_ROUGH_DEG = 12.0
_ROUGH_FACE_COUNT = 2_000
_CALMING_COUNT = 10
_VOTE_COUNT = 4
# To the faces and edges of a cube, unit: no patch turns so far from its direction that a plain projection
# would stretch it much, and xatlas takes that where it can.
_DIRECTIONS = np.array([d for d in np.ndindex(3, 3, 3) if 0 < np.abs(np.subtract(d, 1)).sum() <= 2]) - 1.0
_DIRECTIONS /= np.linalg.norm(_DIRECTIONS, axis=1, keepdims=True)

Links = tuple[NDArray[np.int64], NDArray[np.int64]]


def patch_labels(mesh: PartMesh, points: NDArray[np.float64]) -> NDArray[np.int64]:
    """A label int64 [F], 0 to N - 1, for each face: faces of one label are one part's.

    A part is one patch but for its large or very smooth pieces: those are cut where they turn from one of 18
    directions to the next. What is still large is halved until it is not.

    Args:
        mesh: Whose faces and parts.
        points: float64 [V, 3], where its vertices are, as `calm_vertices` gives them.
    """
    links = _links_within_parts(mesh)
    sides = np.zeros(len(mesh.faces), np.int64)
    cut = _pieces_to_cut(mesh.faces, points, links)
    if cut.any():
        sides[cut] = 1 + _sides(mesh.faces, points, links)[cut]
    groups = mesh.face_part.astype(np.int64) * (len(_DIRECTIONS) + 1) + sides
    labels = np.unique(groups, return_inverse=True)[1].reshape(-1)
    return _halved(labels, points[mesh.faces].mean(axis=1))


def _pieces_to_cut(faces: NDArray[np.int32], points: NDArray[np.float64], links: Links) -> NDArray[np.bool_]:
    """Which faces, bool [F], belong to connected pieces that xatlas should not see whole."""
    pieces = graph_labels(*links, len(faces))
    turns = np.degrees(np.arccos(np.clip(_link_cosines(faces, points, links), -1.0, 1.0)))
    must_cut = np.zeros(len(faces), bool)
    for (least, most), limit in ((_CURVED_DEG, _CURVED_COUNT), (_GENTLE_DEG, _GENTLE_COUNT)):
        such = links[0][(turns > least) & (turns < most)]
        must_cut |= np.bincount(pieces[such], minlength=len(faces)) > limit
    return must_cut[pieces]


def calm_vertices(mesh: PartMesh) -> NDArray[np.float64]:
    """The vertices float64 [V, 3], smoothed (Laplace) where the surface is large and as rough as a scan's.

    Charts are made on these: their texture coordinates fit the rough surface too, which has the same faces.
    """
    points = mesh.vertices.astype(np.float64)
    if len(mesh.faces) <= _ROUGH_FACE_COUNT or not _is_rough(mesh, points):
        return points
    ends = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    ends = np.concatenate([ends, ends[:, ::-1]])
    counts = np.maximum(np.bincount(ends[:, 0], minlength=len(points)), 1)[:, None]
    for _ in range(_CALMING_COUNT):
        sums = [np.bincount(ends[:, 0], axis[ends[:, 1]], len(points)) for axis in points.T]
        points = 0.5 * (points + np.where(counts > 1, np.stack(sums, axis=1) / counts, points))
    return points


def _is_rough(mesh: PartMesh, points: NDArray[np.float64]) -> bool:
    cosines = _link_cosines(mesh.faces, points, _links_within_parts(mesh))
    return len(cosines) > 0 and bool(np.median(cosines) < np.cos(np.radians(_ROUGH_DEG)))


def _link_cosines(faces: NDArray[np.int32], points: NDArray[np.float64], links: Links) -> NDArray[np.float64]:
    """By how much each link turns: the cosine between its faces' normals."""
    normals = _face_normals(faces, points)
    return np.asarray(np.einsum("ij,ij->i", normals[links[0]], normals[links[1]]))


def _links_within_parts(mesh: PartMesh) -> Links:
    """Pairs of faces of one part that share an edge with no third."""
    edges = match_edges(mesh.faces)
    first, second = edges.first // 3, edges.second // 3
    same = mesh.face_part[first] == mesh.face_part[second]
    return first[same], second[same]


def _sides(faces: NDArray[np.int32], points: NDArray[np.float64], links: Links) -> NDArray[np.int64]:
    """Which direction int64 [F] each face looks to, or most of its neighbours: so borders run straight."""
    return _voted(np.argmax(_face_normals(faces, points) @ _DIRECTIONS.T, axis=1), links)


def _voted(sides: NDArray[np.int64], links: Links) -> NDArray[np.int64]:
    """The sides after each face has a few times taken the side of most of its neighbours and itself."""
    first, second, count = np.concatenate(links), np.concatenate(links[::-1]), len(_DIRECTIONS)
    for _ in range(_VOTE_COUNT):
        votes = (
            np.bincount(first * count + sides[second], minlength=len(sides) * count).reshape(-1, count) * 2
        )
        votes[np.arange(len(sides)), sides] += 3
        sides = votes.argmax(axis=1)
    return sides


def _halved(labels: NDArray[np.int64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """The labels, with every patch halved across its longest extent until it is small enough."""
    labels, next_label = labels.copy(), int(labels.max(initial=-1)) + 1
    open_labels = np.flatnonzero(np.bincount(labels) > _PATCH_FACE_COUNT).tolist()
    while open_labels:
        label = open_labels.pop()
        members = np.flatnonzero(labels == label)
        axis = int(np.ptp(centres[members], axis=0).argmax())
        order = members[np.argsort(centres[members, axis], kind="stable")]
        labels[order[len(order) // 2 :]] = next_label
        if len(order) > 2 * _PATCH_FACE_COUNT:
            open_labels += [label, next_label]
        next_label += 1
    return labels


def _face_normals(faces: NDArray[np.int32], points: NDArray[np.float64]) -> NDArray[np.float64]:
    corners = points[faces]
    return _unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of length 1; a row without direction stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-30))
