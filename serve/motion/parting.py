"""Cuts a mesh along the borders of the parts that turn, so that a wheel does not drag the skin of the car.

Where parts are fused, their faces share vertices, and a vertex follows one of them: the faces around it are
torn out of shape when the other turns. Taken apart, each part that moves is a closed piece of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.geometry.topology import edge_keys, graph_labels
from serve.motion.rigging.weights import skin_by_joint
from serve.motion.skin import Rig

__all__ = ["take_apart"]

_PARTED_KINDS = ("vehicle", "parts")


@dataclass(frozen=True, slots=True, eq=False)
class _Caps:
    """Fans that close the holes.

    Args:
        middles: float32 [H, 3], metres, a vertex in each hole.
        corners: int64 [C, 2], the end and the start of each edge of a rim, in the row of all corners.
        holes: int64 [C], the hole of each edge.
    """

    middles: NDArray[np.float32]
    corners: NDArray[np.int64]
    holes: NDArray[np.int64]


def take_apart(rig: Rig, mesh: PartMesh) -> tuple[Rig, PartMesh]:
    """The mesh with a piece for each joint that moves whole parts, the cuts closed by fans; and its rig.

    Args:
        rig: Of the mesh.
        mesh: Each of its parts follows one joint.

    Returns:
        The same two where the skin bends, in all kinds but `vehicle` and `parts`, and of one joint.
        Else the old faces come first, in their order; a hole that was there before stays.
    """
    if rig.skeleton.kind not in _PARTED_KINDS or len(rig.skeleton.joints) < 2:
        return rig, mesh
    of_face = _joint_of_part(mesh, rig)[mesh.face_part]
    pairs = np.stack([mesh.faces.reshape(-1), np.repeat(of_face, 3)], axis=1)
    found, places = np.unique(pairs, axis=0, return_inverse=True)
    faces = places.reshape(-1, 3).astype(np.int32)
    caps = _caps(mesh.vertices[found[:, 0]], faces, mesh.faces)
    fans = _fans(faces, caps, len(found))
    joints = np.concatenate([found[:, 1], of_face[caps.corners[_firsts(caps), 0] // 3]])
    cut = replace(
        mesh,
        vertices=np.concatenate([mesh.vertices[found[:, 0]], caps.middles]),
        faces=np.concatenate([faces, fans]),
        face_part=np.concatenate([mesh.face_part, mesh.face_part[caps.corners[:, 0] // 3]]),
        corner_color=_extended(mesh.corner_color, caps),
        corner_uv=_extended(mesh.corner_uv, caps),
    )
    return Rig(rig.skeleton, skin_by_joint(joints.astype(np.int32))), cut


def _joint_of_part(mesh: PartMesh, rig: Rig) -> NDArray[np.int64]:
    """The joint that most corners of each part follow, int64 [P]; those of the border may follow another."""
    counts = np.zeros((len(mesh.surfaces), len(rig.skeleton.joints)), np.int64)
    np.add.at(counts, (np.repeat(mesh.face_part, 3), rig.skin.joints[mesh.faces.reshape(-1), 0]), 1)
    return np.asarray(counts.argmax(axis=1))


def _caps(vertices: NDArray[np.float32], faces: NDArray[np.int32], uncut: NDArray[np.int32]) -> _Caps:
    """What closes the rims that faces [F, 3] have and that they had not before the cut."""
    was_open, is_open = _is_open(uncut), _is_open(faces)
    edges = np.flatnonzero(is_open & ~was_open)
    following = 3 * (edges // 3) + (edges + 1) % 3
    corners = faces.reshape(-1)
    starts, ends = corners[edges].astype(np.int64), corners[following].astype(np.int64)
    labels = graph_labels(starts, ends, len(vertices))
    rims, holes = np.unique(labels[starts], return_inverse=True)
    counts = np.maximum(np.bincount(holes, minlength=len(rims)), 1)
    sums = np.zeros((len(rims), 3))
    np.add.at(sums, holes, vertices[starts])
    return _Caps((sums / counts[:, None]).astype(np.float32), np.stack([following, edges], axis=1), holes)


def _is_open(faces: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether each of the 3F directed edges has none that runs the other way."""
    forward, backward = edge_keys(faces)
    return np.isin(forward, backward, invert=True)


def _firsts(caps: _Caps) -> NDArray[np.int64]:
    """The first edge of each hole."""
    return np.unique(caps.holes, return_index=True)[1]


def _fans(faces: NDArray[np.int32], caps: _Caps, vertex_count: int) -> NDArray[np.int32]:
    rims = faces.reshape(-1)[caps.corners]
    return np.concatenate([rims, (vertex_count + caps.holes)[:, None]], axis=1).astype(np.int32)


def _extended(corners: NDArray[np.float32] | None, caps: _Caps) -> NDArray[np.float32] | None:
    """What stands at the corners [F, 3, K], and at those of the fans: the same at the rim, amid the mean."""
    if corners is None:
        return None
    row = corners.reshape(-1, corners.shape[-1])
    sums = np.zeros((len(caps.middles), corners.shape[-1]))
    np.add.at(sums, caps.holes, row[caps.corners[:, 1]])
    means = sums / np.maximum(np.bincount(caps.holes, minlength=len(sums)), 1)[:, None]
    fans = np.concatenate([row[caps.corners], means[caps.holes][:, None]], axis=1)
    return np.concatenate([corners, fans.astype(np.float32)])
