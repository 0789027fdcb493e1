"""Which side of a surface is out: one answer for each piece, and the right one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from serve.geometry.half_edges import EdgeMatch, same_way
from serve.geometry.mesh import PartMesh
from serve.geometry.nesting import is_void
from serve.geometry.pieces import face_areas, piece_labels, rimless_pieces
from serve.geometry.selection import turn_faces
from serve.geometry.topology import graph_labels, signed_volumes

__all__ = ["wound_alike", "wound_outward"]


def wound_alike(mesh: PartMesh, match: EdgeMatch) -> tuple[PartMesh, NDArray[np.bool_]]:
    """Turn faces over until neighbours agree on which side is out, the smaller area of each piece.

    Neighbours share an edge of two faces. A surface with one side only, as a Moebius strip, stays as it is:
    `serve.geometry.cutting.cut_apart` cuts it where it disagrees with itself.

    Args:
        mesh: Faces of three corners that differ.
        match: Of its half-edges.

    Returns:
        The mesh, itself where nothing is turned, and which faces were turned, bool [F].
    """
    disagree = same_way(mesh.faces, match.first, match.second)
    if not disagree.any():
        return mesh, np.zeros(len(mesh.faces), bool)
    first, second = match.first // 3, match.second // 3
    patch = graph_labels(first[~disagree], second[~disagree], len(mesh.faces))
    # A node for each patch as it is (even) and turned over (odd).
    one, other = 2 * patch[first[disagree]], 2 * patch[second[disagree]]
    labels = graph_labels(
        np.concatenate([one, one + 1]), np.concatenate([other + 1, other]), 2 * len(mesh.faces)
    )
    as_is, over = labels[2 * patch], labels[2 * patch + 1]
    areas = face_areas(mesh.vertices, mesh.faces)
    kept = np.bincount(as_is, areas, minlength=len(labels))
    turned = (as_is != over) & ((kept[over] > kept[as_is]) | ((kept[over] == kept[as_is]) & (over < as_is)))
    return turn_faces(mesh, turned), turned


def wound_outward(
    mesh: PartMesh, match: EdgeMatch, check: Callable[[], None] = lambda: None
) -> tuple[PartMesh, NDArray[np.bool_]]:
    """Turn pieces without a rim that are inside out; what is open keeps its side.

    A closed piece inside an odd number of others is a void, and stays one, if it winds against the outermost
    piece around it; any other piece is solid. So a hollow ball stays hollow, also if the whole file is inside
    out, and an eye in a head is solid.

    Args:
        mesh: Wound alike.
        match: Of its half-edges.
        check: Called now and then; may raise.

    Returns:
        The mesh, itself where nothing is turned, and which faces were turned, bool [F].
    """
    pieces = piece_labels(mesh.faces, match)
    closed = rimless_pieces(pieces, match)
    volumes = np.bincount(pieces, _volumes_about_own_middle(mesh, pieces))
    inward = closed & (volumes < 0.0)
    if not inward.any():
        return mesh, np.zeros(len(mesh.faces), bool)
    wanted_inward = is_void(mesh, pieces, closed=closed, inward=inward, check=check)
    turned = (inward != wanted_inward)[pieces]
    return turn_faces(mesh, turned), turned


def _volumes_about_own_middle(mesh: PartMesh, pieces: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each face's share of its piece's volume; of a small piece far away too, without loss of digits."""
    if pieces.max(initial=0) == 0:
        return signed_volumes(mesh.vertices, mesh.faces)
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    starts = np.unique(pieces, return_index=True)[1]
    corners -= corners[starts[pieces], :1]
    return np.asarray(np.einsum("ij,ij->i", np.cross(corners[:, 0], corners[:, 1]), corners[:, 2]) / 6.0)
