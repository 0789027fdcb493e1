"""Rigid bodies on the device: meshes that stand in the world several times, each in its own pose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.geometry.mesh import PartMesh, Surface
from serve.render.kernels.structs import Body, Crowd
from serve.render.looks import check_looks
from serve.render.scene import Bounds, Scene, build_bvh, check_mesh, enclose, upload_tables

__all__ = ["PlacedCrowd", "join_meshes", "upload_crowd"]

# What is farther away than the moon was thrown there by a simulation that lost its hold.
FARTHEST_M = 1e9


@dataclass(frozen=True, slots=True)
class PlacedCrowd:
    """Bodies on the device.

    Args:
        scene: Whose tables hold all meshes.
        owners: int64 [B], the mesh of each body.
        used: int64 [U], the vertices that faces have, by mesh.
        first_used: int64 [M], where each mesh's begin in `used`.
        poses: transform [B] on the device.
        lower: vec3 [B] on the device, of the bodies' boxes in the world.
        upper: vec3 [B], likewise.
        boxes: The BVH over them.
        bodies: Body [B] on the device.
    """

    scene: Scene
    owners: NDArray[np.int64]
    used: NDArray[np.int64]
    first_used: NDArray[np.int64]
    poses: wp.array
    lower: wp.array
    upper: wp.array
    boxes: wp.Bvh
    bodies: wp.array

    def place(self, vertices: NDArray[np.float32], poses: NDArray[np.floating]) -> None:
        """Put the bodies where they are now; where they were leaves no trace.

        Args:
            vertices: float32 [V, 3], of all meshes, each in its own space, metres.
            poses: [B, 7], of each body the place, metres, and the rotation, a quaternion x, y, z, w of any
                length.

        Raises:
            InvalidRequestError: The poses are not as many as the bodies, or one is not finite, is farther
                away than 1e9 m, or has no rotation.
        """
        sound = _checked_poses(poses, len(self.owners))
        lower, upper = _world_boxes(*self._own_boxes(vertices), sound)
        self.poses.assign(sound.astype(np.float32))
        self.lower.assign(lower.astype(np.float32))
        self.upper.assign(upper.astype(np.float32))
        # The bodies are few and go anywhere: a tree that was built for where they were would not do.
        self.boxes.rebuild()
        enclose(self.scene.view, _box_corners(lower.min(axis=0), upper.max(axis=0)))

    def _own_boxes(self, vertices: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The corners of each body's box in its own space, [B, 3] each."""
        points = vertices[self.used].astype(np.float64)
        lower, upper = (reach.reduceat(points, self.first_used) for reach in (np.minimum, np.maximum))
        return lower[self.owners], upper[self.owners]


def upload_crowd(
    meshes: Sequence[PartMesh], owners: Sequence[int], device: str, bounds: Bounds
) -> PlacedCrowd:
    """Upload meshes, each of which has its BVHs in its own space; the bodies are yet to be placed.

    Args:
        meshes: Each of at least one face.
        owners: The index of the mesh of each body; at least one body.
        device: A Warp device: `cpu`, `cuda:0`.
        bounds: Of all that the film shows.

    Raises:
        InvalidRequestError: A mesh cannot be drawn, or an owner is not there, or there is no body.
    """
    for mesh in meshes:
        check_mesh(mesh)
        check_looks(mesh)  # of all together, one mesh's missing texture would be another's
    if len(owners) == 0 or not all(0 <= owner < len(meshes) for owner in owners):
        raise InvalidRequestError(
            f"bodies {list(owners)[:8]} must name some of {len(meshes)} meshes", "bodies"
        )
    scene = upload_tables(join_meshes(meshes), device, bounds)
    first_vertices = list(accumulate((len(mesh.vertices) for mesh in meshes[:-1]), initial=0))
    bvhs, bodies = _bodies(scene, np.array(first_vertices))
    used = np.unique(scene.faces).astype(np.int64)
    count, picked = len(owners), np.asarray(owners, np.int64)
    lower, upper = (wp.zeros(count, dtype=wp.vec3, device=device) for _ in range(2))
    crowd = PlacedCrowd(
        replace(scene, meshes=bvhs),
        picked,
        used,
        np.searchsorted(used, first_vertices),
        wp.zeros(count, dtype=wp.transform, device=device),
        lower,
        upper,
        wp.Bvh(lower, upper),
        wp.array([bodies[owner] for owner in picked], dtype=Body, device=device),
    )
    _point_view_at(crowd, device)
    return crowd


def join_meshes(meshes: Sequence[PartMesh]) -> PartMesh:
    """One mesh of several as they stand; colours and coordinates that only some have are filled in."""
    vertices = list(accumulate((len(mesh.vertices) for mesh in meshes), initial=0))
    parts = list(accumulate((len(mesh.surfaces) for mesh in meshes), initial=0))
    textures = list(accumulate((len(mesh.textures) for mesh in meshes), initial=0))
    has_color = any(mesh.corner_color is not None for mesh in meshes)
    has_place = any(mesh.corner_uv is not None for mesh in meshes)
    each = list(zip(meshes, vertices, parts, textures, strict=False))
    return PartMesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + np.int32(first) for mesh, first, _, _ in each]),
        np.concatenate([mesh.face_part + np.int32(first) for mesh, _, first, _ in each]),
        tuple(_retextured(surface, mesh, first) for mesh, _, _, first in each for surface in mesh.surfaces),
        np.concatenate([_corner_color(mesh) for mesh in meshes]) if has_color else None,
        np.concatenate([_corner_uv(mesh) for mesh in meshes]) if has_place else None,
        tuple(texture for mesh in meshes for texture in mesh.textures),
    )


def _retextured(surface: Surface, mesh: PartMesh, first: int) -> Surface:
    has_texture = surface.texture >= 0 and mesh.corner_uv is not None
    return replace(surface, texture=surface.texture + first if has_texture else -1)


def _corner_color(mesh: PartMesh) -> NDArray[np.float32]:
    if mesh.corner_color is not None:
        return mesh.corner_color
    colors = np.array([surface.base_color for surface in mesh.surfaces], np.float32)
    return np.repeat(colors[mesh.face_part][:, None], 3, axis=1)


def _corner_uv(mesh: PartMesh) -> NDArray[np.float32]:
    return np.zeros((len(mesh.faces), 3, 2), np.float32) if mesh.corner_uv is None else mesh.corner_uv


def _bodies(scene: Scene, first_vertices: NDArray[np.int64]) -> tuple[tuple[wp.Mesh, ...], list[Body]]:
    """The BVHs of all meshes, and what a body of each mesh is."""
    bvhs: list[wp.Mesh] = []
    bodies = [Body() for _ in first_vertices]
    solid_count = scene.view.solid_count
    owner = np.searchsorted(first_vertices, scene.faces[:, 0], side="right") - 1
    for index, body in enumerate(bodies):
        body.first_solid, solid_end = np.searchsorted(owner[:solid_count], [index, index + 1]).tolist()
        first_glass, glass_end = np.searchsorted(owner[solid_count:], [index, index + 1]).tolist()
        body.first_glass = solid_count + first_glass
        solid = build_bvh(scene, slice(body.first_solid, solid_end))
        glass = build_bvh(scene, slice(body.first_glass, solid_count + glass_end))
        body.solid, body.glass = (part.id if part else 0 for part in (solid, glass))
        bvhs += [part for part in (solid, glass) if part]
    return tuple(bvhs), bodies


def _point_view_at(crowd: PlacedCrowd, device: str) -> None:
    row, view = Crowd(), crowd.scene.view
    row.boxes, row.bodies, row.poses = crowd.boxes.id, crowd.bodies, crowd.poses
    view.crowd, view.has_crowd = wp.array([row], dtype=Crowd, device=device), True


def _checked_poses(poses: NDArray[np.floating], count: int) -> NDArray[np.float64]:
    sound = np.asarray(poses, np.float64)
    if sound.shape != (count, 7):
        raise InvalidRequestError(f"poses of shape {list(sound.shape)} are not [{count}, 7]", "poses")
    is_lost = ~np.isfinite(sound).all(axis=1) | (np.abs(sound[:, :3]) > FARTHEST_M).any(axis=1)
    if is_lost.any():
        body = int(is_lost.argmax())
        raise InvalidRequestError(
            f"the pose of body {body} is {sound[body].tolist()}: the simulation has lost it", "poses"
        )
    lengths = np.linalg.norm(sound[:, 3:], axis=1, keepdims=True)
    if (lengths < 1e-6).any():
        raise InvalidRequestError(f"the rotation of body {int(lengths.argmin())} has no length", "poses")
    return np.concatenate([sound[:, :3], sound[:, 3:] / lengths], axis=1)


def _world_boxes(
    lower: NDArray[np.float64], upper: NDArray[np.float64], poses: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The boxes around turned boxes, [B, 3] each (Arvo, Graphics Gems, 1990), with a little to spare."""
    x, y, z, w = poses[:, 3:].T
    turns = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    ).transpose(2, 0, 1)
    middle = np.einsum("bij,bj->bi", turns, (lower + upper) / 2) + poses[:, :3]
    half = np.einsum("bij,bj->bi", np.abs(turns), (upper - lower) / 2)
    spare = 1e-5 * (half.max(axis=1, keepdims=True) + np.abs(middle).max(axis=1, keepdims=True))
    return middle - half - spare, middle + half + spare


def _box_corners(lower: NDArray[np.float64], upper: NDArray[np.float64]) -> NDArray[np.float32]:
    picks = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)], bool)
    return np.where(picks, upper, lower).astype(np.float32)
