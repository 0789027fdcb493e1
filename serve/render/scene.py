"""Puts a mesh, its materials and a camera on the device that traces them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

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

__all__ = [
    "Bounds",
    "Extent",
    "Scene",
    "build_bvh",
    "check_mesh",
    "enclose",
    "upload_lens",
    "upload_scene",
    "upload_tables",
]

# Rays start this part of the scene's radius off the surface: well above float32 error, far below a detail.
GAP_SHARE = 2e-4


Bounds = tuple[ArrayLike, ArrayLike]
"""The lowest and the highest corner of a box, [3] each, metres."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a scene is and how large; the same in all frames of a film.

    Args:
        middle: Of its box, metres.
        radius: About the middle, metres: what gaps, contacts and lights are measured by.
        lowest: Height of its lowest point, metres.
    """

    middle: tuple[float, float, float]
    radius: float
    lowest: float

    @classmethod
    def of_bounds(cls, bounds: Bounds) -> Extent:
        """Of all that stands in a box.

        Raises:
            InvalidRequestError: The box has no size.
        """
        lower, upper = (np.asarray(end, np.float64) for end in bounds)
        if not np.isfinite([lower, upper]).all() or (upper < lower).any() or (upper == lower).all():
            raise InvalidRequestError(f"bounds {lower.tolist()} to {upper.tolist()} have no size", "bounds")
        x, y, z = (0.5 * (lower + upper)).tolist()
        return cls((x, y, z), float(np.linalg.norm(upper - lower)) / 2, float(lower[1]))


@dataclass(frozen=True, slots=True)
class Scene:
    """A mesh on the device.

    Args:
        view: What the kernels read.
        points: vec3 [V], the vertices, which the BVHs share.
        faces: int32 [F, 3], in the order of the kernels' tables: solid ones first, then glass.
        meshes: The owners of the BVHs that `view` names; they must outlive every launch.
        looks: The owner of the textures, likewise.
        extent: What `view` is measured by.
    """

    view: SceneView
    points: wp.array
    faces: NDArray[np.int32]
    meshes: tuple[wp.Mesh, ...]
    looks: PlacedLooks
    extent: Extent


def upload_scene(mesh: PartMesh, device: str, bounds: Bounds | None = None) -> Scene:
    """Build the BVHs and tables of a mesh.

    Args:
        mesh: At least one face.
        device: A Warp device: `cpu`, `cuda:0`.
        bounds: Of all that the scene will ever show; by default those of the mesh.

    Raises:
        InvalidRequestError: The mesh or the box has no size, or the mesh no faces, or an index or a number
            that it cannot have.
    """
    check_mesh(mesh)
    scene = upload_tables(mesh, device, bounds)
    view = scene.view
    solid, glass = (
        build_bvh(scene, part) for part in (slice(view.solid_count), slice(view.solid_count, None))
    )
    view.solid, view.glass = (part.id if part else 0 for part in (solid, glass))
    return replace(scene, meshes=tuple(part for part in (solid, glass) if part))


def upload_tables(mesh: PartMesh, device: str, bounds: Bounds | None) -> Scene:
    """Build all of a scene but its BVHs; takes what `upload_scene` does, and believes the mesh."""
    ensure_warp()
    is_glass = _finishes(mesh)[mesh.face_part, 2] < 1.0
    order = np.argsort(is_glass, kind="stable")
    faces = mesh.faces[order]
    view, solid_count = SceneView(), int(np.count_nonzero(~is_glass))
    view.solid_count, view.glass_count = solid_count, len(faces) - solid_count
    points = _vectors(mesh.vertices, device)
    _fill_tables(view, mesh, faces, mesh.face_part[order], device)
    enclose(view, mesh.vertices[np.unique(faces)])
    extent = _extent(view, mesh.vertices[faces]) if bounds is None else Extent.of_bounds(bounds)
    _measure(view, extent)
    looks = place_looks(mesh, order, device)
    view.looks, view.has_looks = looks.table, len(looks.table) > 0
    return Scene(view, points, faces, (), looks, extent)


def upload_lens(camera: Camera, width: int, height: int) -> Lens:
    """The camera with its picture's borders, for `width` by `height` pixels."""
    right, up, forward = camera.axes()
    tangent = math.tan(math.radians(camera.fov_deg) / 2)
    lens = Lens()
    lens.eye, lens.forward = wp.vec3(*camera.eye), wp.vec3(*forward)
    lens.right, lens.up = wp.vec3(*(right * tangent * width / height)), wp.vec3(*(up * tangent))
    return lens


def check_mesh(mesh: PartMesh) -> None:
    """Refuse a mesh that no scene can hold.

    Raises:
        InvalidRequestError: It has no faces or no size, or an index or a number that it cannot have.
    """
    if len(mesh.faces) == 0:
        raise InvalidRequestError("the mesh has no faces, so there is nothing to picture", "mesh")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise InvalidRequestError(
            f"the mesh has a face with a vertex beyond its {len(mesh.vertices)}; clean it first", "mesh"
        )
    check_finite(mesh)
    if (np.ptp(mesh.vertices, axis=0) == 0.0).all():
        raise InvalidRequestError("all vertices of the mesh lie in one point; it has no size", "mesh")


def build_bvh(scene: Scene, part: slice) -> wp.Mesh | None:
    """The BVH of some of a scene's faces; None for none."""
    faces, points = scene.faces[part], scene.points
    if len(faces) == 0:
        return None
    return wp.Mesh(points=points, indices=wp.array(faces.reshape(-1), dtype=wp.int32, device=points.device))


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


def enclose(view: SceneView, points: NDArray[np.float32]) -> None:
    """Put the sphere that rays are tested against around points, float32 [N, 3]."""
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    view.centre = wp.vec3(*centre)
    view.radius = float(np.linalg.norm(points - centre, axis=1).max()) * 1.001


def _extent(view: SceneView, corners: NDArray[np.float32]) -> Extent:
    x, y, z = view.centre
    return Extent((float(x), float(y), float(z)), view.radius, float(corners[..., 1].min()))


def _measure(view: SceneView, extent: Extent) -> None:
    view.size, view.gap = extent.radius, GAP_SHARE * extent.radius
    # The gap keeps faces that stand on the floor in front of it.
    view.floor_height = extent.lowest - view.gap


def _finishes(mesh: PartMesh) -> NDArray[np.float64]:
    """Roughness, metallic and opacity of each part, [P, 3], within [0, 1]."""
    return np.clip([[s.roughness, s.metallic, s.opacity] for s in mesh.surfaces], 0.0, 1.0)


def _vectors(rows: ArrayLike, device: str) -> wp.array:
    return wp.array(np.asarray(rows, dtype=np.float32), dtype=wp.vec3, device=device)
