"""A second look at a film of few samples: more of them along outlines, and no specks.

Outlines that move show each step, and they are few. A speck is a pixel whose few samples agree by chance on
what none of its neighbours found: the smoothing, which believes them, would let it stand.
"""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# ruff: noqa: RUF046, UP018 - int(0) and float(0.0) declare variables in Warp; 0 and 0.0 are constants
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.smooth import unlikeness
from serve.render.kernels.structs import Exposure, Film, Lens, Sampling, SceneView, Studio
from serve.render.kernels.trace import exposed

__all__ = ["refine_rows"]

# Neighbours more unlike than this (a weight of one half) show two surfaces, or one that turns by ten degrees.
EDGE = wp.constant(0.6931472)
# So many must show a pixel's own surface before they overrule it.
QUORUM = wp.constant(4)
# So many times as bright as all of them is no grain that the smoothing would spread, but a speck.
SPECK_CONTRAST = wp.constant(1.5)


@wp.kernel(enable_backward=False)
def refine_rows(
    scene: SceneView,
    studio: Studio,
    lens: Lens,
    sampling: Sampling,
    edge_sample_count: int,
    first_row: int,
    film: Film,
    finer: Film,
) -> None:
    """Carry a band of rows over to a finer film.

    Pixels whose neighbours show other surfaces get more samples; of the others, those that far outshine all
    that show their own surface are brought down to them.
    """
    band_row, column = wp.tid()
    row = first_row + band_row
    is_layered = film.clear.shape[0] > 0
    known = Exposure()
    known.radiance = film.radiance[row, column]
    known.variance = film.variance[row, column]
    known.normal = film.normal[row, column]
    known.color = film.color[row, column]
    if is_layered:
        known.clear = film.clear[row, column]
    scale = float(1.0)
    if is_edge(film.normal, film.color, row, column):
        count = sampling.sample_count
        more = exposed(scene, studio, lens, sampling, row, column, count, edge_sample_count, is_layered)
        known = joined_exposures(known, float(count), more, float(edge_sample_count))
    else:
        scale = calming(film, row, column, known.radiance)
        if sampling.sample_count == 1:
            known.variance = variance_around(film, row, column)
    finer.radiance[row, column] = scale * known.radiance
    finer.variance[row, column] = known.variance
    finer.normal[row, column] = known.normal
    finer.color[row, column] = known.color
    if is_layered:
        clear = known.clear
        finer.clear[row, column] = wp.vec4(scale * clear[0], scale * clear[1], scale * clear[2], clear[3])


@wp.func
def joined_exposures(first: Exposure, first_count: float, more: Exposure, more_count: float) -> Exposure:
    """The means over the samples of two exposures together, and the variance of the mean light."""
    whole = first_count + more_count
    share = more_count / whole
    both = Exposure()
    both.radiance = wp.lerp(first.radiance, more.radiance, share)
    both.normal = wp.lerp(first.normal, more.normal, share)
    both.color = wp.lerp(first.color, more.color, share)
    both.clear = wp.lerp(first.clear, more.clear, share)
    within = first_count * wp.max(first_count - 1.0, 1.0) * first.variance
    within += more_count * wp.max(more_count - 1.0, 1.0) * more.variance
    between = share * (1.0 - share) * wp.length_sq(more.radiance - first.radiance)
    both.variance = (within / whole + between) / (whole - 1.0)
    return both


@wp.func
def is_edge(normal: wp.array2d[wp.vec3], color: wp.array2d[wp.vec4], row: int, column: int) -> bool:
    """Whether one of a pixel's four neighbours shows another surface."""
    own_normal = normal[row, column]
    own_color = color[row, column]
    for k in range(4):
        i = wp.clamp(row + (k // 2) * (2 * (k % 2) - 1), 0, normal.shape[0] - 1)
        j = wp.clamp(column + (1 - k // 2) * (2 * (k % 2) - 1), 0, normal.shape[1] - 1)
        if unlikeness(own_normal, own_color, normal[i, j], color[i, j]) > EDGE:
            return True
    return False


@wp.func
def calming(film: Film, row: int, column: int, radiance: wp.vec3) -> float:
    """What brings a pixel that far outshines its alike neighbours down to the brightest of them."""
    own = brightness(radiance)
    most = float(0.0)
    count = int(0)
    for k in range(9):
        i = row + k // 3 - 1
        j = column + k % 3 - 1
        if k != 4 and i >= 0 and i < film.radiance.shape[0] and j >= 0 and j < film.radiance.shape[1]:
            gap = unlikeness(
                film.normal[row, column], film.color[row, column], film.normal[i, j], film.color[i, j]
            )
            if gap <= EDGE:
                most = wp.max(most, brightness(film.radiance[i, j]))
                count += 1
    scale = float(1.0)
    if count >= QUORUM and own > SPECK_CONTRAST * most:
        scale = most / wp.max(own, 1.0e-6)
    return scale


@wp.func
def variance_around(film: Film, row: int, column: int) -> float:
    """What a lone sample cannot tell of itself: how the light of alike pixels near it differs.

    As spatiotemporal filters do before they have a history (Schied et al., HPG 2017, section 4.2).
    """
    total = wp.vec3(0.0)
    squares = float(0.0)
    count = float(0.0)
    for k in range(9):
        i = row + k // 3 - 1
        j = column + k % 3 - 1
        if i >= 0 and i < film.radiance.shape[0] and j >= 0 and j < film.radiance.shape[1]:
            gap = unlikeness(
                film.normal[row, column], film.color[row, column], film.normal[i, j], film.color[i, j]
            )
            if gap <= EDGE:
                light = film.radiance[i, j]
                total += light
                squares += wp.length_sq(light)
                count += 1.0
    mean = total / count
    return wp.max(squares / count - wp.length_sq(mean), 0.0)


@wp.func
def brightness(radiance: wp.vec3) -> float:
    """Luminance of linear sRGB."""
    return 0.2126 * radiance[0] + 0.7152 * radiance[1] + 0.0722 * radiance[2]
