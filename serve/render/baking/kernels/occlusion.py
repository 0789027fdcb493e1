"""How open each texel is: few rays from each, of which a block of neighbours shares the rest."""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# ruff: noqa: UP018 - float(0.0) declares a variable in Warp, 0.0 a constant
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.baking.kernels.structs import Findings
from serve.render.kernels.sampling import cosine_direction
from serve.render.kernels.structs import SceneView

__all__ = ["gather_openness", "mean_of_blocks", "soften"]

# The most even sequence of points in the unit square that a lattice gives (Roberts 2018).
STEP_X = wp.constant(0.7548776662466927)
STEP_Y = wp.constant(0.5698402909980532)
# Neighbours whose normals turn by more than about 30 degrees see another part of the world.
NORMAL_SHARPNESS = wp.constant(12.0)
# Neighbours in the atlas that lie farther apart than this share of the rays' reach are of two charts.
TOGETHER = wp.constant(0.1)


@wp.kernel(enable_backward=False)
def gather_openness(
    scene: SceneView,
    findings: Findings,
    texels: wp.array[wp.vec2i],
    first: int,
    ray_count: int,
    block: int,
    reach: float,
    openness: wp.array[float],
) -> None:
    """The mean over a texel's rays, cosine-weighted, of 1 where nothing is near, towards 0 where it touches.

    A block of block * block texels shares one sequence of directions: each texel takes its own run of it.
    """
    index = first + wp.tid()
    texel = texels[index]
    run = (texel[0] % block) * block + texel[1] % block
    facing = findings.facing[index]
    normal = findings.normal[index]
    total = float(0.0)
    for k in range(ray_count):
        step = float(run + k * block * block) + 0.5
        x = step * STEP_X
        y = step * STEP_Y
        direction = cosine_direction(normal, wp.vec2(x - wp.floor(x), y - wp.floor(y)))
        below = wp.min(wp.dot(direction, facing), 0.0)
        direction = wp.normalize(direction - 2.0 * below * facing)
        found = wp.mesh_query_ray(scene.solid, findings.start[index], direction, reach)
        total += wp.where(found.result, found.t / reach, 1.0)
    openness[index] = total / float(ray_count)


@wp.func
def likeness(findings: Findings, own: int, other: int, reach: float) -> float:
    """1 where two texels lie together and look the same way, towards 0 where they do not."""
    bend = wp.length_sq(findings.normal[own] - findings.normal[other])
    apart = wp.length(findings.start[own] - findings.start[other])
    return wp.where(apart < TOGETHER * reach, wp.exp(-NORMAL_SHARPNESS * bend), 0.0)


@wp.kernel(enable_backward=False)
def mean_of_blocks(
    texels: wp.array[wp.vec2i],
    rows: wp.array2d[int],
    findings: Findings,
    reach: float,
    block: int,
    values: wp.array[float],
    means: wp.array[float],
) -> None:
    """The mean over the block * block texels around: whichever they are, they hold the whole sequence.

    rows: [H, W] index of each texel, or -1.
    """
    index = wp.tid()
    texel = texels[index]
    total = float(0.0)
    weights = float(0.0)
    for k in range(block * block):
        i = texel[0] + k // block - (block - 1) // 2
        j = texel[1] + k % block - (block - 1) // 2
        if i >= 0 and i < rows.shape[0] and j >= 0 and j < rows.shape[1]:
            other = rows[i, j]
            if other >= 0:
                weight = likeness(findings, index, other, reach)
                total += weight * values[other]
                weights += weight
    means[index] = total / weights


@wp.kernel(enable_backward=False)
def soften(
    texels: wp.array[wp.vec2i],
    rows: wp.array2d[int],
    findings: Findings,
    reach: float,
    values: wp.array[float],
    softened: wp.array[float],
) -> None:
    """A 3 by 3 binomial mean: it hides where the blocks' borders ran."""
    index = wp.tid()
    texel = texels[index]
    total = float(0.0)
    weights = float(0.0)
    for k in range(9):
        i = texel[0] + k // 3 - 1
        j = texel[1] + k % 3 - 1
        if i >= 0 and i < rows.shape[0] and j >= 0 and j < rows.shape[1]:
            other = rows[i, j]
            if other >= 0:
                weight = likeness(findings, index, other, reach)
                weight *= wp.where(k // 3 == 1, 1.0, 0.5) * wp.where(k % 3 == 1, 1.0, 0.5)
                total += weight * values[other]
                weights += weight
    softened[index] = total / weights
