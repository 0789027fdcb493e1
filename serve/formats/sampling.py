"""The colours of an asset at its faces and corners, wherever they come from, for formats without textures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.formats.color import linear
from serve.geometry.mesh import PartMesh

__all__ = ["corner_colors", "face_colors"]

_Colors = NDArray[np.float64]


def corner_colors(mesh: PartMesh) -> _Colors:
    """Linear RGB float64 [F, 3, 3] at the corners of the faces."""
    colors = np.array([surface.base_color for surface in mesh.surfaces])[mesh.face_part]
    corners = np.repeat(colors[:, None], 3, axis=1)
    if mesh.corner_color is not None:
        corners = mesh.corner_color.astype(np.float64)
    return _textured(mesh, corners, mesh.corner_uv)


def face_colors(mesh: PartMesh) -> _Colors:
    """Linear RGB float64 [F, 3] in the middle of the faces."""
    middles = mesh.corner_uv.mean(axis=1, keepdims=True) if mesh.corner_uv is not None else None
    return _textured(mesh, corner_colors(mesh).mean(axis=1, keepdims=True), middles)[:, 0]


def _textured(mesh: PartMesh, colors: _Colors, uv: NDArray[np.float32] | None) -> _Colors:
    """The colours [F, P, 3] with those of textures at uv [F, P, 2] where a face's surface has one."""
    if uv is None:
        return colors
    face_texture = np.array([surface.texture for surface in mesh.surfaces])[mesh.face_part]
    for texture, maps in enumerate(mesh.textures):
        faces = np.flatnonzero(face_texture == texture)
        colors[faces] = _sample(maps.base_color, uv[faces])
    return colors


def _sample(texels: NDArray[np.uint8], uv: NDArray[np.float32]) -> _Colors:
    """Linear RGB at coordinates [..., 2], between the four nearest texels, the picture repeating."""
    height, width = texels.shape[:2]
    place = np.mod(uv.astype(np.float64), 1.0) * [width, height] - 0.5
    corner = np.floor(place)
    share = place - corner
    column, row = corner.astype(np.int64)[..., 0], corner.astype(np.int64)[..., 1]
    found = np.zeros((*uv.shape[:-1], 3))
    for right, below in ((0, 0), (1, 0), (0, 1), (1, 1)):
        weight = np.abs(1 - right - share[..., 0]) * np.abs(1 - below - share[..., 1])
        found += weight[..., None] * linear(texels[(row + below) % height, (column + right) % width])
    return found
