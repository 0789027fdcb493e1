"""Surroundings in a picture: what shines from a direction, and directions drawn by how much."""
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.sampling import TWO_PI
from serve.render.kernels.structs import Surroundings

__all__ = ["drawn_direction", "surrounding_light"]

PI = wp.constant(3.141592653589793)


@wp.func
def surrounding_light(around: Surroundings, direction: wp.vec3) -> wp.vec4:
    """Radiance from a unit direction, and how often `drawn_direction` gives it, 1/sr.

    Both lie between those of the four nearest texels, so that they are in proportion everywhere.
    """
    height = around.radiance.shape[0]
    width = around.radiance.shape[1]
    place = _place(around, direction)
    x = place[0] * float(width) - 0.5
    y = wp.clamp(place[1] * float(height) - 0.5, 0.0, float(height - 1))
    left = int(wp.floor(x))
    row = int(y)
    below = wp.min(row + 1, height - 1)
    column = (left + width) % width
    beside = (left + 1) % width
    upper = wp.lerp(_texel(around, row, column), _texel(around, row, beside), x - float(left))
    lower = wp.lerp(_texel(around, below, column), _texel(around, below, beside), x - float(left))
    light = wp.lerp(upper, lower, y - float(row))
    sine = wp.sqrt(wp.max(1.0 - direction[1] * direction[1], 1.0e-8))
    density = light[3] * float(height) * float(width) / (TWO_PI * PI * sine)
    scale = around.intensity
    return wp.vec4(scale * light[0], scale * light[1], scale * light[2], density)


@wp.func
def drawn_direction(around: Surroundings, point: wp.vec2) -> wp.vec3:
    """A unit direction for a point of the unit square: a texel by its light, a place about its middle."""
    height = around.radiance.shape[0]
    width = around.radiance.shape[1]
    row = wp.clamp(wp.lower_bound(around.row_sums, point[0]) - 1, 0, height - 1)
    columns = around.column_sums[row]
    column = wp.clamp(wp.lower_bound(columns, point[1]) - 1, 0, width - 1)
    y = float(row) + 0.5 + _tent(_share_within(around.row_sums, row, point[0]))
    x = float(column) + 0.5 + _tent(_share_within(columns, column, point[1]))
    # Beyond a pole lies the half of its row that the clamped picture has there.
    polar = PI * (float(height) - wp.abs(float(height) - wp.abs(y))) / float(height)
    turn = TWO_PI * (x / float(width) - 0.5 - around.turn)
    return wp.vec3(wp.sin(polar) * wp.sin(turn), wp.cos(polar), -wp.sin(polar) * wp.cos(turn))


@wp.func
def _texel(around: Surroundings, row: int, column: int) -> wp.vec4:
    """Radiance of a texel, and the share of all draws that take it."""
    share = around.row_sums[row + 1] - around.row_sums[row]
    share *= around.column_sums[row, column + 1] - around.column_sums[row, column]
    radiance = around.radiance[row, column]
    return wp.vec4(radiance[0], radiance[1], radiance[2], share)


@wp.func
def _share_within(sums: wp.array[float], index: int, value: float) -> float:
    """How far a value lies between two neighbours of the running sums, in [0, 1]."""
    width = sums[index + 1] - sums[index]
    return wp.clamp((value - sums[index]) / wp.max(width, 1.0e-20), 0.0, 1.0)


@wp.func
def _tent(share: float) -> float:
    """A place in [-1, 1] whose density falls evenly from 0 to both ends, as a blended texel's weight does."""
    return wp.where(share < 0.5, wp.sqrt(2.0 * share) - 1.0, 1.0 - wp.sqrt(wp.max(2.0 - 2.0 * share, 0.0)))


@wp.func
def _place(around: Surroundings, direction: wp.vec3) -> wp.vec2:
    """Where in the picture a unit direction lies: from the left edge in [0, 1), from the top in [0, 1]."""
    x = 0.5 + wp.atan2(direction[0], -direction[2]) / TWO_PI + around.turn
    y = wp.acos(wp.clamp(direction[1], -1.0, 1.0)) / PI
    return wp.vec2(x - wp.floor(x), y)
