"""The atlas: which texels the faces of a mesh fill, and how the others are filled from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.geometry.warp_setup import ensure_warp
from serve.render.baking.kernels.raster import claim_texels, flood_step

__all__ = ["Atlas", "nearest_filled", "rasterise"]

_UNCLAIMED = np.iinfo(np.int64).max
_FACE_BITS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """The texels that faces fill, row by row.

    Args:
        size: Texels on a side.
        texels: int32 [N, 2], row and column of each.
        faces: int32 [N], the face that fills it: the one around its centre, or within a texel of it.
    """

    size: int
    texels: NDArray[np.int32]
    faces: NDArray[np.int32]


def rasterise(corner_uv: NDArray[np.float32], size: int, device: str = "cpu") -> Atlas:
    """Which face each texel of an atlas belongs to.

    Args:
        corner_uv: float32 [F, 3, 2], within the unit square.
        size: Texels on a side.
        device: A Warp device.
    """
    ensure_warp()
    places = wp.array(corner_uv.reshape(-1, 2) * np.float32(size), dtype=wp.vec2, device=device)
    claims = wp.full((size, size), _UNCLAIMED, dtype=wp.int64, device=device)
    wp.launch(claim_texels, dim=len(corner_uv), inputs=[places, claims], device=device)
    claimed = claims.numpy()
    rows, columns = np.nonzero(claimed != _UNCLAIMED)
    faces = claimed[rows, columns] & ((1 << _FACE_BITS) - 1)
    return Atlas(size, np.stack([rows, columns], axis=1).astype(np.int32), faces.astype(np.int32))


def nearest_filled(atlas: Atlas, device: str = "cpu") -> NDArray[np.int32]:
    """For every texel int32 [size, size] the index of the nearest filled one: its own where it is filled.

    So a gutter takes each chart's colour up to half its way, and no mip level mixes in a background.
    """
    seeds = np.full((atlas.size, atlas.size, 2), -1, np.int32)
    rows, columns = atlas.texels.T
    seeds[rows, columns] = atlas.texels
    nearest = wp.array(seeds, dtype=wp.vec2i, device=device)
    stride = 1 << (atlas.size - 1).bit_length()
    # One more pass of stride 1 at the end mends most of what jump flooding misses.
    for step in [*(stride >> k for k in range(1, stride.bit_length())), 1]:
        found = wp.zeros_like(nearest)
        wp.launch(flood_step, dim=nearest.shape, inputs=[nearest, step], outputs=[found], device=device)
        nearest = found
    indices = np.zeros((atlas.size, atlas.size), np.int32)
    indices[rows, columns] = np.arange(len(rows), dtype=np.int32)
    at = nearest.numpy()
    return np.asarray(indices[at[..., 0], at[..., 1]])
