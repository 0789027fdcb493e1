"""Meshes to put skeletons into, and what turning a joint of one does."""

from __future__ import annotations

from functools import cache

import numpy as np

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.fields import mesh_parts
from serve.geometry.mesh import PartMesh, Surface
from serve.motion.rigging import build_rig


@cache
def house(name, poly_count=4000):
    shape = build_shape(CATEGORIES[name], Wish(name), np.random.default_rng(3)).scaled_to(1.0)
    return mesh_parts(shape, resolution=40, poly_count=poly_count)


@cache
def rig_of(name, kind=None):
    return build_rig(house(name), kind)


def nameless(mesh):
    """The mesh as one part, whose name says nothing."""
    surface = Surface("mesh", "plastic", (0.5, 0.5, 0.5), 0.5, 0.0)
    return PartMesh(mesh.vertices, mesh.faces, np.zeros(len(mesh.faces), np.int32), (surface,))


def turned(mesh, rig, name, angle_deg):
    """The vertices [V, 3] after the joint of a name is turned, about its hinge or else about X."""
    joints = rig.skeleton.joints
    at = next(index for index, joint in enumerate(joints) if joint.name == name)
    axis = np.array(joints[at].limit.hinge or (1.0, 0.0, 0.0))
    angle = np.radians(angle_deg)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    below = {at}
    for index, joint in enumerate(joints):
        if joint.parent in below:
            below.add(index)
    share = np.where(np.isin(rig.skin.joints, list(below)), rig.skin.weights, 0.0).sum(axis=1)
    head = np.array(joints[at].head)
    moved = (mesh.vertices - head) @ rotation.T + head
    return mesh.vertices + share[:, None] * (moved - mesh.vertices)


def solid_box(lower, upper, name="box"):
    """A closed box of twelve faces."""
    corners = np.array(np.meshgrid(*zip(lower, upper, strict=True), indexing="ij")).reshape(3, -1).T
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))], np.int32)
    return united([(corners, faces, name)])


def united(pieces):
    """One mesh of pieces: corners [V, 3], faces [F, 3] and a name each."""
    vertices, faces, parts, start = [], [], [], 0
    for number, (corners, triangles, _) in enumerate(pieces):
        vertices.append(corners)
        faces.append(triangles + start)
        parts.append(np.full(len(triangles), number))
        start += len(corners)
    surfaces = tuple(Surface(name, "plastic", (0.5, 0.5, 0.5), 0.5, 0.0) for *_, name in pieces)
    return PartMesh(
        np.concatenate(vertices).astype(np.float32),
        np.concatenate(faces).astype(np.int32),
        np.concatenate(parts).astype(np.int32),
        surfaces,
    )
