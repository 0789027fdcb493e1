"""Puts the mesh that gets the textures on the device."""

from __future__ import annotations

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.geometry.creases import corner_normals
from serve.geometry.mesh import PartMesh, check_finite
from serve.geometry.tangents import corner_tangents
from serve.render.baking.atlas import Atlas
from serve.render.baking.kernels.structs import TargetView

__all__ = ["check_target", "upload_target"]


def check_target(target: PartMesh) -> None:
    """Refuse what cannot be baked on.

    Raises:
        InvalidRequestError: There are no faces, or no texture coordinates within the unit square.
    """
    if len(target.faces) == 0:
        raise InvalidRequestError("the mesh has no faces, so there is nothing to bake")
    uv = target.corner_uv
    if uv is None or not (np.isfinite(uv).all() and uv.min() >= 0.0 and uv.max() <= 1.0):
        raise InvalidRequestError(
            "the mesh has no texture coordinates within the unit square: unwrap it first"
        )
    check_finite(target)


def upload_target(target: PartMesh, source: PartMesh, atlas: Atlas, device: str) -> TargetView:
    """The target's corners and texels, and which part of the source each of its parts is."""
    assert target.corner_uv is not None
    view = TargetView()
    places = target.corner_uv.reshape(-1, 2) * np.float32(atlas.size)
    normals = corner_normals(target.vertices, target.faces)
    view.corner_places = wp.array(places, dtype=wp.vec2, device=device)
    view.corner_points = _rows(target.vertices[target.faces], wp.vec3, device)
    view.corner_normals = _rows(normals, wp.vec3, device)
    view.corner_tangents = _rows(corner_tangents(target), wp.vec4, device)
    view.face_part = wp.array(target.face_part, dtype=wp.int32, device=device)
    view.source_part = wp.array(_source_parts(target, source), dtype=wp.int32, device=device)
    is_glass = np.array([surface.opacity < 1.0 for surface in target.surfaces], np.int32)
    view.is_glass = wp.array(is_glass, dtype=wp.int32, device=device)
    view.texels = wp.array(atlas.texels, dtype=wp.vec2i, device=device)
    view.texel_faces = wp.array(atlas.faces, dtype=wp.int32, device=device)
    return view


def _source_parts(target: PartMesh, source: PartMesh) -> NDArray[np.int32]:
    """The source's part of the same name for each of the target's, int32 [P]; -1 where no face has it."""
    used = set(source.face_part.tolist())
    known = {surface.name: index for index, surface in enumerate(source.surfaces) if index in used}
    return np.array([known.get(surface.name, -1) for surface in target.surfaces], np.int32)


def _rows(values: NDArray[np.float32], dtype: type, device: str) -> wp.array:
    flat = np.ascontiguousarray(values.reshape(-1, values.shape[-1]), dtype=np.float32)
    return wp.array(flat, dtype=dtype, device=device)
