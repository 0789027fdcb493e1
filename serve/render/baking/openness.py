"""Ambient occlusion for the texels of an atlas."""

from __future__ import annotations

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.stage import Spread
from serve.geometry.launching import launch_spans, spans_of
from serve.render.baking.atlas import Atlas
from serve.render.baking.kernels.occlusion import gather_openness, mean_of_blocks, soften
from serve.render.baking.kernels.structs import Findings, TargetView
from serve.render.scene import Scene

__all__ = ["measure_openness"]

# What is as far as this share of the scene's radius leaves a point as open as the sky does.
_REACH_SHARE = 0.6
# Largest texture side -> rays of a texel, and the side of the block of texels that share a sequence: finer
# texels are closer together, so more of them may share.
_EFFORTS = ((1024, 4, 4), (4096, 1, 8))
_SPAN_RAY_COUNT = 65_536


def measure_openness(
    scene: Scene,
    target: TargetView,
    findings: Findings,
    atlas: Atlas,
    *,
    spread: Spread,
    device: str,
) -> NDArray[np.float32]:
    """What shading multiplies ambient light by, float32 [N] in [0, 1], one for each of the atlas's texels.

    The cosine-weighted mean over the hemisphere of how far a ray gets, as a share of a reach beyond which
    everything counts as sky: soft where surfaces meet, and not black in every hollow. Only the source itself
    is in the way, and glass is not.
    """
    openness = wp.full(len(atlas.texels), 1.0, dtype=float, device=device)
    if scene.view.solid_count == 0:
        return np.asarray(openness.numpy())
    ray_count, block = next((rays, side) for size, rays, side in _EFFORTS if atlas.size <= size)
    reach = _REACH_SHARE * scene.view.radius
    launch_spans(
        gather_openness,
        spans_of(len(atlas.texels), _SPAN_RAY_COUNT // ray_count),
        lambda texels: [scene.view, findings, target.texels, texels.start, ray_count, block, reach, openness],
        spread=spread,
        device=device,
    )
    return _smoothed(openness, target, findings, atlas, block=block, reach=reach, device=device)


def _smoothed(
    openness: wp.array,
    target: TargetView,
    findings: Findings,
    atlas: Atlas,
    *,
    block: int,
    reach: float,
    device: str,
) -> NDArray[np.float32]:
    indices = np.full((atlas.size, atlas.size), -1, np.int32)
    indices[atlas.texels[:, 0], atlas.texels[:, 1]] = np.arange(len(atlas.texels), dtype=np.int32)
    rows = wp.array(indices, dtype=wp.int32, device=device)
    means, softened = wp.zeros_like(openness), wp.zeros_like(openness)
    shape, inputs = len(atlas.texels), [target.texels, rows, findings, reach]
    wp.launch(mean_of_blocks, dim=shape, inputs=[*inputs, block, openness], outputs=[means], device=device)
    wp.launch(soften, dim=shape, inputs=[*inputs, means], outputs=[softened], device=device)
    return np.asarray(softened.numpy())
