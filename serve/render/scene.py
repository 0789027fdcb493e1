"""Puts a mesh, its materials and a camera on the device that traces them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import warp as wp
from numpy.typing import ArrayLike, NDArray

from serve.contracts.errors import InvalidRequestError
from serve.geometry.creases import corner_normals
from serve.geometry.mesh import PartMesh, check_finite
from serve.geometry.warp_setup import ensure_warp
from serve.render.albedo import directional_albedo
from serve.render.camera import Camera
from serve.render.kernels.structs import Lens, SceneView
from serve.render.looks import PlacedLooks, place_looks

__all__ = ["Scene", "upload_lens", "upload_scene"]

# Rays start this part of the scene's radius off the surface: well above float32 error, far below a detail.
GAP_SHARE = 2e-4


@dataclass(frozen=True, slots=True)
class Scene:
    """A mesh on the device.

    Args:
        view: What the kernels read.
        meshes: The owners of the BVHs that `view` names; they must outlive every launch.
        looks: The owner of the textures, likewise.
    """

    view: SceneView
    meshes: tuple[wp.Mesh, ...]
    looks: PlacedLooks


def upload_scene(mesh: PartMesh, device: str) -> Scene:
    """Build the BVHs and tables of a mesh.

    Args:
        mesh: At least one face.
        device: A Warp device: `cpu`, `cuda:0`.

    Raises:
        InvalidRequestError: The mesh has no faces, or no size, or an index or a number that it cannot have.
    """
    _check_mesh(mesh)
    ensure_warp()
    is_glass = _finishes(mesh)[mesh.face_part, 2] < 1.0
    order = np.argsort(is_glass, kind="stable")
    faces = mesh.faces[order]
    view, solid_count = SceneView(), int(np.count_nonzero(~is_glass))
    view.solid_count, view.glass_count = solid_count, len(faces) - solid_count
    solid = _bvh(mesh.vertices, faces[:solid_count], device)
    glass = _bvh(mesh.vertices, faces[solid_count:], device)
    view.solid, view.glass = (part.id if part else 0 for part in (solid, glass))
    _fill_tables(view, mesh, faces, mesh.face_part[order], device)
    _fill_bounds(view, mesh.vertices[np.unique(faces)])
    looks = place_looks(mesh, order, device)
    view.looks, view.has_looks = looks.table, len(looks.table) > 0
    return Scene(view, tuple(part for part in (solid, glass) if part), looks)


def upload_lens(camera: Camera, width: int, height: int) -> Lens:
    """The camera with its picture's borders, for `width` by `height` pixels."""
    right, up, forward = camera.axes()
    tangent = math.tan(math.radians(camera.fov_deg) / 2)
    lens = Lens()
    lens.eye, lens.forward = wp.vec3(*camera.eye), wp.vec3(*forward)
    lens.right, lens.up = wp.vec3(*(right * tangent * width / height)), wp.vec3(*(up * tangent))
    return lens


def _check_mesh(mesh: PartMesh) -> None:
    if len(mesh.faces) == 0:
        raise InvalidRequestError("the mesh has no faces, so there is nothing to picture", "mesh")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise InvalidRequestError(
            f"the mesh has a face with a vertex beyond its {len(mesh.vertices)}; clean it first", "mesh"
        )
    check_finite(mesh)
    if (np.ptp(mesh.vertices, axis=0) == 0.0).all():
        raise InvalidRequestError("all vertices of the mesh lie in one point; it has no size", "mesh")


def _bvh(vertices: NDArray[np.float32], faces: NDArray[np.int32], device: str) -> wp.Mesh | None:
    if len(faces) == 0:
        return None
    points = wp.array(vertices, dtype=wp.vec3, device=device)
    return wp.Mesh(points=points, indices=wp.array(faces.reshape(-1), dtype=wp.int32, device=device))


def _fill_tables(
    view: SceneView, mesh: PartMesh, faces: NDArray[np.int32], face_part: NDArray[np.int32], device: str
) -> None:
    colors = np.array([surface.base_color for surface in mesh.surfaces])
    view.corner_points = _vectors(mesh.vertices[faces].reshape(-1, 3), device)
    view.corner_normals = _vectors(corner_normals(mesh.vertices, faces).reshape(-1, 3), device)
    view.face_part = wp.array(face_part, dtype=wp.int32, device=device)
    view.base_color = _vectors(np.clip(colors, 0.0, 1.0), device)
    view.finish = _vectors(_finishes(mesh), device)
    view.albedo = wp.array(directional_albedo(), dtype=wp.vec2, device=device)


def _fill_bounds(view: SceneView, points: NDArray[np.float32]) -> None:
    lower, upper = points.min(axis=0), points.max(axis=0)
    centre = (lower + upper) / 2
    view.centre = wp.vec3(*centre)
    view.radius = float(np.linalg.norm(points - centre, axis=1).max()) * 1.001
    view.gap = GAP_SHARE * view.radius
    # The gap keeps faces that stand on the floor in front of it.
    view.floor_height = float(lower[1]) - view.gap


def _finishes(mesh: PartMesh) -> NDArray[np.float64]:
    """Roughness, metallic and opacity of each part, [P, 3], within [0, 1]."""
    return np.clip([[s.roughness, s.metallic, s.opacity] for s in mesh.surfaces], 0.0, 1.0)


def _vectors(rows: ArrayLike, device: str) -> wp.array:
    return wp.array(np.asarray(rows, dtype=np.float32), dtype=wp.vec3, device=device)
