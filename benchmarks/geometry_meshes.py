"""The meshes that `benchmarks.geometry` measures with: seeded, of as many faces as are asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import trimesh
from numpy.typing import NDArray

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.fields.meshing import mesh_parts
from serve.geometry.mesh import PartMesh, vertex_normals
from serve.geometry.selection import select_faces, without_unused_vertices
from serve.stages.extract_mesh import body_mesh

__all__ = ["bumpy_ball", "crossing_balls", "damaged", "house_mesh", "noisy"]

_CATEGORY = "robot"
_WAVE_COUNT = 12
_HOLE_COUNT = 12


@cache
def house_mesh(face_count: int) -> PartMesh:
    """A robot of many parts, closed, of `face_count` faces or up to 2 % fewer."""
    shape = build_shape(CATEGORIES[_CATEGORY], Wish(_CATEGORY), np.random.default_rng(3)).scaled_to(1.0)
    resolution = max(round(0.72 * face_count**0.5), 32)
    return mesh_parts(shape, resolution=resolution, poly_count=face_count)


@cache
def bumpy_ball(face_count: int) -> PartMesh:
    """A ball with seeded bumps: an icosahedron with its edges divided; about `face_count` faces."""
    points, faces = _divided_icosahedron(round((face_count / 20) ** 0.5))
    random = np.random.default_rng(5)
    waves, phases = random.normal(scale=3.0, size=(_WAVE_COUNT, 3)), random.uniform(0, 6.28, _WAVE_COUNT)
    reach = 1.0 + 0.03 * np.sin(points @ waves.T + phases).sum(axis=1, keepdims=True)
    return body_mesh((0.5 * reach * points).astype(np.float32), faces)


def _divided_icosahedron(part_count: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Points on the unit sphere [V, 3] and faces [20 n^2, 3]; `part_count` is n."""
    whole = trimesh.creation.icosahedron()
    row, column = np.array([(i, j) for i in range(part_count + 1) for j in range(part_count + 1 - i)]).T
    place = np.full((part_count + 2, part_count + 2), -1)
    place[row, column] = np.arange(len(row))
    upward = np.stack([place[row, column], place[row + 1, column], place[row, column + 1]], axis=1)
    diagonal = [place[row + 1, column], place[row + 1, column + 1], place[row, column + 1]]
    pattern = np.concatenate([upward, np.stack(diagonal, axis=1)])
    pattern = pattern[(pattern >= 0).all(axis=1)]
    weights = np.stack([part_count - row - column, row, column], axis=1) / part_count
    points = np.einsum("pc,fci->fpi", weights, whole.vertices[whole.faces]).reshape(-1, 3)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    _, first, welded = np.unique(points.round(7) + 0.0, axis=0, return_index=True, return_inverse=True)
    faces = pattern + len(row) * np.arange(len(whole.faces))[:, None, None]
    return points[first], welded.reshape(-1)[faces.reshape(-1, 3)].astype(np.int32)


def damaged(mesh: PartMesh) -> PartMesh:
    """The mesh with holes, some of its faces turned over, some there twice, half on vertices of their own."""
    random = np.random.default_rng(7)
    gone = np.zeros(len(mesh.vertices), bool)
    gone[np.linspace(0, len(mesh.vertices) - 1, _HOLE_COUNT).astype(int)] = True
    mesh = select_faces(mesh, ~np.asarray(gone[mesh.faces].any(axis=1), np.bool_))
    count = len(mesh.faces)
    twice = np.concatenate([np.arange(count), random.choice(count, count // 100, replace=False)])
    faces, parts = mesh.faces[twice], mesh.face_part[twice]
    turned = random.random(len(faces)) < 0.1
    faces = np.where(turned[:, None], faces[:, [0, 2, 1]], faces)
    faces = faces + len(mesh.vertices) * (random.random(len(faces)) < 0.5)[:, None]
    vertices = np.concatenate([mesh.vertices, mesh.vertices])
    return without_unused_vertices(
        replace(mesh, vertices=vertices, faces=faces.astype(np.int32), face_part=parts)
    )


def noisy(mesh: PartMesh) -> PartMesh:
    """The mesh with each vertex moved along its normal, by a quarter of an edge in the mean square."""
    corners = mesh.vertices[mesh.faces]
    edge_m = float(np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1).mean())
    offsets = np.random.default_rng(9).normal(scale=0.25 * edge_m, size=(len(mesh.vertices), 1))
    normals = vertex_normals(mesh.vertices, mesh.faces)
    return replace(mesh, vertices=(mesh.vertices + offsets * normals).astype(np.float32))


def crossing_balls(face_count: int) -> PartMesh:
    """Two bumpy balls that cross, together of about `face_count` faces."""
    ball = bumpy_ball(face_count // 2)
    moved = ball.vertices + np.array([0.61, 0.13, 0.07], np.float32)
    faces = np.concatenate([ball.faces, ball.faces + len(ball.vertices)]).astype(np.int32)
    return body_mesh(np.concatenate([ball.vertices, moved]), faces)
