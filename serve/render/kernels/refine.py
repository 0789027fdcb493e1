"""A second look at a film of few samples: more of them along outlines, and no specks.

Outlines that move show each step, and they are few. A speck is a pixel whose few samples agree by chance on
what none of its neighbours found: the smoothing, which believes them, would let it stand.
"""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# ruff: noqa: UP018 - float(0.0) declares a variable in Warp; 0.0 is a constant
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.smooth import unlikeness
from serve.render.kernels.structs import Exposure, Film, Lens, Sampling, SceneView, Studio
from serve.render.kernels.trace import UNLIT, exposed

__all__ = ["refine_rows"]

# Neighbours more unlike than this (a weight of one half) show two surfaces, or one that turns by ten degrees.
EDGE = wp.constant(0.6931472)
# So many must show a pixel's own surface before they overrule it.
QUORUM = wp.constant(4)
# So many times as bright as all of them is no grain that the smoothing would spread, but a speck.
SPECK_CONTRAST = wp.constant(1.5)


@wp.struct
class Vicinity:
    """What those of a pixel's neighbours that have light and show its own surface tell of it."""

    is_edge: bool  # one above, below or beside it shows another surface
    count: int
    most: float  # brightness of the brightest
    radiance: wp.vec3  # mean
    clear: wp.vec4  # mean
    variance: float  # of their light, and the pixel's own if it has any


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

    Pixels whose neighbours show other surfaces get more samples. Of the others, those without light take
    that of their neighbours, and those that far outshine all of these are brought down to them.
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
    near = vicinity_of(film, row, column)
    if near.is_edge:
        count = sampling.sample_count
        more = exposed(scene, studio, lens, sampling, row, column, count, edge_sample_count, True, is_layered)
        if known.variance == UNLIT:
            known = more
        else:
            known = joined_exposures(known, float(count), more, float(edge_sample_count))
    else:
        if known.variance == UNLIT:
            known.radiance = near.radiance
            known.clear = near.clear
        elif near.count >= QUORUM:
            known = calmed(known, near.most)
        if sampling.sample_count == 1:
            known.variance = near.variance
    finer.radiance[row, column] = known.radiance
    finer.variance[row, column] = known.variance
    finer.normal[row, column] = known.normal
    finer.color[row, column] = known.color
    if is_layered:
        finer.clear[row, column] = known.clear


@wp.func
def calmed(known: Exposure, most: float) -> Exposure:
    """A pixel brought down to this brightness, if it is a speck beside it."""
    own = brightness(known.radiance)
    if own > SPECK_CONTRAST * most:
        scale = most / wp.max(own, 1.0e-6)
        known.radiance = scale * known.radiance
        clear = known.clear
        known.clear = wp.vec4(scale * clear[0], scale * clear[1], scale * clear[2], clear[3])
    return known


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
def vicinity_of(film: Film, row: int, column: int) -> Vicinity:
    """What the eight neighbours of a pixel tell of it.

    The variance is what a lone sample cannot tell of itself; spatiotemporal filters find it so before they
    have a history (Schied et al., HPG 2017, section 4.2).
    """
    own = film.radiance[row, column]
    own_normal = film.normal[row, column]
    own_color = film.color[row, column]
    near = Vicinity()
    total = wp.vec3(0.0)
    squares = float(0.0)
    for k in range(9):
        i = row + k // 3 - 1
        j = column + k % 3 - 1
        if k != 4 and i >= 0 and i < film.radiance.shape[0] and j >= 0 and j < film.radiance.shape[1]:
            if unlikeness(own_normal, own_color, film.normal[i, j], film.color[i, j]) > EDGE:
                near.is_edge = near.is_edge or k % 2 == 1
            elif film.variance[i, j] != UNLIT:
                light = film.radiance[i, j]
                near.most = wp.max(near.most, brightness(light))
                near.count += 1
                total += light - own
                squares += wp.length_sq(light - own)
                if film.clear.shape[0] > 0:
                    near.clear += film.clear[i, j]
    share = 1.0 / wp.max(float(near.count), 1.0)
    near.radiance = own + share * total
    near.clear *= share
    if film.variance[row, column] != UNLIT:
        share = 1.0 / float(near.count + 1)
    near.variance = wp.max(squares * share - wp.length_sq(total * share), 0.0)
    return near


@wp.func
def brightness(radiance: wp.vec3) -> float:
    """Luminance of linear sRGB."""
    return 0.2126 * radiance[0] + 0.7152 * radiance[1] + 0.0722 * radiance[2]
