"""Removes the grain that few samples leave, and nothing that the samples are sure of."""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# ruff: noqa: UP018 - float(0.0) declares a variable in Warp, 0.0 a constant
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

__all__ = ["smooth_pixels"]

# How many standard errors two pixels may differ by and still count as the same light.
TOLERANCE = wp.constant(3.0)
NORMAL_SHARPNESS = wp.constant(24.0)
COLOR_SHARPNESS = wp.constant(400.0)
DISTANCE_SHARPNESS = wp.constant(40.0)
# A standard error of a third of a percent of the light is a quarter of a step of eight bits.
CERTAINTY = wp.constant(1.0e-5)
# exp(-16) is less than what a 16 bit channel shows.
NEGLIGIBLE = wp.constant(16.0)


@wp.func
def unlikeness(normal: wp.vec3, color: wp.vec4, other_normal: wp.vec3, other_color: wp.vec4) -> float:
    """0 where two pixels show the same surface, and the larger the less they do; exp(-x) is a weight."""
    bend = wp.length_sq(normal - other_normal)
    change = color - other_color
    tint = change[0] * change[0] + change[1] * change[1] + change[2] * change[2]
    step = change[3] * change[3]
    return NORMAL_SHARPNESS * bend + COLOR_SHARPNESS * tint + DISTANCE_SHARPNESS * step


@wp.func
def kernel_weight(row_offset: int, column_offset: int) -> float:
    """The 3 by 3 binomial kernel, 1 in the middle."""
    weight = float(1.0)
    if row_offset != 0:
        weight *= 0.5
    if column_offset != 0:
        weight *= 0.5
    return weight


@wp.func
def error_near(variance: wp.array2d[float], row: int, column: int) -> float:
    """The variance averaged over the neighbours: a single pixel's own is too unsure to be believed."""
    total = float(0.0)
    weights = float(0.0)
    for k in range(9):
        i = row + k // 3 - 1
        j = column + k % 3 - 1
        if i >= 0 and i < variance.shape[0] and j >= 0 and j < variance.shape[1]:
            weight = kernel_weight(k // 3 - 1, k % 3 - 1)
            total += weight * variance[i, j]
            weights += weight
    return total / weights


@wp.kernel(enable_backward=False)
def smooth_pixels(
    first_row: int,
    radiance: wp.array2d[wp.vec3],
    variance: wp.array2d[float],
    normal: wp.array2d[wp.vec3],
    color: wp.array2d[wp.vec4],
    clear: wp.array2d[wp.vec4],
    stride: int,
    smoothed: wp.array2d[wp.vec3],
    smoothed_variance: wp.array2d[float],
    smoothed_clear: wp.array2d[wp.vec4],
) -> None:
    """One pass of an edge-avoiding a-trous filter (Dammertz et al., HPG 2010), steered by variance.

    All arrays are [H, W]: linear radiance, the variance of its mean, and what the pixel shows (normal; base
    color and distance); what is clear is averaged as the radiance is, or is [0, 0]. `stride` is the distance
    of the taps in pixels; the grid begins at `first_row`.
    """
    band_row, column = wp.tid()
    row = first_row + band_row
    own = radiance[row, column]
    error = error_near(variance, row, column)
    is_layered = clear.shape[0] > 0
    if error <= CERTAINTY * wp.length_sq(own):
        smoothed[row, column] = own
        smoothed_variance[row, column] = variance[row, column]
        if is_layered:
            smoothed_clear[row, column] = clear[row, column]
        return
    total = wp.vec3(0.0)
    weights = float(0.0)
    spread = float(0.0)
    through = wp.vec4(0.0)
    for k in range(9):
        i = row + (k // 3 - 1) * stride
        j = column + (k % 3 - 1) * stride
        if i >= 0 and i < radiance.shape[0] and j >= 0 and j < radiance.shape[1]:
            gap = unlikeness(normal[row, column], color[row, column], normal[i, j], color[i, j])
            if gap < NEGLIGIBLE:
                doubt = TOLERANCE * TOLERANCE * (error + variance[i, j]) + 1.0e-8
                gap += wp.length_sq(radiance[i, j] - own) / doubt
                weight = kernel_weight(k // 3 - 1, k % 3 - 1) * wp.exp(-gap)
                total += weight * radiance[i, j]
                spread += weight * weight * variance[i, j]
                weights += weight
                if is_layered:
                    through += weight * clear[i, j]
    smoothed[row, column] = total / weights
    smoothed_variance[row, column] = spread / (weights * weights)
    if is_layered:
        smoothed_clear[row, column] = through / weights
