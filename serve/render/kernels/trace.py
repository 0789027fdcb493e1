"""The kernels that average camera rays over each pixel."""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# ruff: noqa: UP018 - float(0.0) declares a variable in Warp; 0.0 is a constant
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.light import backdrop_radiance, is_uneven
from serve.render.kernels.looks import color_at
from serve.render.kernels.path import floor_share, look
from serve.render.kernels.sampling import PIXEL, draw_pair
from serve.render.kernels.structs import Exposure, Film, Glimpse, Lens, Sampling, SceneView, Studio
from serve.render.kernels.visibility import NOTHING, nearest

__all__ = ["UNLIT", "exposed", "trace_colors", "trace_rows"]

# A single sample brighter than this would leave a speck that no neighbour explains.
SAMPLE_LIMIT = wp.constant(8.0)
# The variance of a pixel whose light is still to be found.
UNLIT = wp.constant(-1.0)


@wp.func
def picture_place(sampling: Sampling, row: int, column: int, sample: int) -> wp.vec2:
    """Where a sample of a pixel lies in the picture: x and y in [-1, 1], y up."""
    pixel = wp.where(sampling.shared_jitter, 0, row * sampling.width + column)
    jitter = draw_pair(sampling.seed, pixel, PIXEL, sample)
    x = 2.0 * (float(column) + jitter[0]) / float(sampling.width) - 1.0
    y = 1.0 - 2.0 * (float(row) + jitter[1]) / float(sampling.height)
    return wp.vec2(x, y)


@wp.func
def view_direction(lens: Lens, x: float, y: float) -> wp.vec3:
    """The unit direction of a ray through the picture at x, y in [-1, 1], y up."""
    return wp.normalize(lens.forward + x * lens.right + y * lens.up)


@wp.struct
class Walk:
    """Which sequence of random points the light of a pixel takes, and which points of it."""

    number: int
    first: int
    stride: int


@wp.func
def walk_of(sampling: Sampling, row: int, column: int) -> Walk:
    """A pixel's own sequence; in an interleaved picture every 16th point of one that its tile shares.

    Pixels that are smoothed together then take points that together are even. Their turns are those of
    Bayer's index matrix (ICC 1973), whose first half falls to the black squares of a chessboard.
    """
    walk = Walk()
    walk.number = row * sampling.width + column
    walk.stride = 1
    if sampling.interleaved:
        walk.number = row // 4 * sampling.width + column // 4
        walk.stride = 16
        for bit in range(2):
            x = (column >> bit) & 1
            y = (row >> bit) & 1
            walk.first += (2 * (x ^ y) + y) << (2 * (1 - bit))
    return walk


@wp.func
def exposed(
    scene: SceneView,
    studio: Studio,
    lens: Lens,
    sampling: Sampling,
    row: int,
    column: int,
    first_sample: int,
    sample_count: int,
    is_lit: bool,
    is_layered: bool,
) -> Exposure:
    """What some samples of a pixel bring on average; a layered film stands before a white backdrop."""
    walk = walk_of(sampling, row, column)
    total = Glimpse()
    apart = wp.vec3(0.0)
    squares = float(0.0)
    for k in range(sample_count):
        sample = first_sample + k
        place = picture_place(sampling, row, column, sample)
        direction = view_direction(lens, place[0], place[1])
        backdrop = backdrop_radiance(studio, place[0], place[1], direction)
        backdrop = wp.where(is_layered, wp.vec3(1.0), wp.min(backdrop, wp.vec3(SAMPLE_LIMIT)))
        step = walk.first + walk.stride * sample
        seen = look(scene, studio, sampling, lens.eye, direction, backdrop, walk.number, step, is_lit)
        total.lacks_light = total.lacks_light or seen.lacks_light
        light = wp.min(seen.light, wp.vec3(SAMPLE_LIMIT))
        total.light += light
        total.lit += seen.lit
        total.whole += seen.whole
        total.behind += seen.behind
        total.clear += seen.clear
        apart += wp.cw_mul(seen.behind, floor_share(seen))
        total.normal += seen.normal
        total.color += seen.color
        squares += wp.length_sq(light)
    count = float(sample_count)
    mean = total.light / count
    found = Exposure()
    found.radiance = mean
    if is_uneven(studio):
        # Samples draw unequal parts of the light: the pixel's sums make a better share than each alone.
        joined = wp.cw_mul(total.behind, floor_share(total)) - apart
        found.radiance = wp.max(mean + joined / count, wp.vec3(0.0))
        total.clear += wp.vec4(joined[0], joined[1], joined[2], 0.0)
    found.clear = total.clear / count
    found.normal = total.normal / count
    found.color = total.color / count
    found.variance = wp.max(squares / count - wp.length_sq(mean), 0.0) / wp.max(count - 1.0, 1.0)
    if total.lacks_light:
        found.variance = UNLIT
    return found


@wp.kernel(enable_backward=False)
def trace_rows(
    scene: SceneView, studio: Studio, lens: Lens, sampling: Sampling, first_row: int, film: Film
) -> None:
    """Expose each pixel of a band of rows."""
    band_row, column = wp.tid()
    row = first_row + band_row
    is_layered = film.clear.shape[0] > 0
    count = sampling.sample_count
    is_lit = not sampling.interleaved or (row + column) % 2 == 0
    found = exposed(scene, studio, lens, sampling, row, column, 0, count, is_lit, is_layered)
    film.radiance[row, column] = found.radiance
    film.variance[row, column] = found.variance
    film.normal[row, column] = found.normal
    film.color[row, column] = found.color
    if is_layered:
        film.clear[row, column] = found.clear


@wp.kernel(enable_backward=False)
def trace_colors(
    scene: SceneView,
    lens: Lens,
    sampling: Sampling,
    first_row: int,
    color: wp.array2d[wp.vec3],
    coverage: wp.array2d[float],
) -> None:
    """The base color of the nearest surfaces for each pixel of a band of rows, and how much they cover."""
    band_row, column = wp.tid()
    row = first_row + band_row
    total = wp.vec3(0.0)
    count = float(0.0)
    for sample in range(sampling.sample_count):
        place = picture_place(sampling, row, column, sample)
        hit = nearest(scene, Studio(), lens.eye, view_direction(lens, place[0], place[1]), True)
        if hit.kind != NOTHING:
            total += color_at(scene, hit)
            count += 1.0
    color[row, column] = total / wp.max(count, 1.0)
    coverage[row, column] = count / float(sampling.sample_count)
