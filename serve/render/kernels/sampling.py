"""Random numbers by (seed, pixel, purpose, sample), and the directions they become.

Each purpose in a pixel walks its own Kronecker sequence, which fills the unit square far more evenly than
independent numbers, from a start that a counter-based generator gives: no state passes between pixels.
"""
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

__all__ = ["AMBIENT", "GLOSS", "PIXEL", "SUN", "around", "cone_direction", "cosine_direction", "draw_pair"]

PIXEL = wp.constant(0)
SUN = wp.constant(1)
GLOSS = wp.constant(2)
AMBIENT = wp.constant(3)
PURPOSE_COUNT = wp.constant(4)

TWO_PI = wp.constant(6.283185307179586)

# Fractional parts of irrational numbers times 2^32. The plastic number's pair is the most even one in two
# dimensions (Roberts, 2018) and serves the ambient rays, which are the most; the others take
# square roots of primes.
STEP_X = wp.constant(wp.vec4ui(1779033703, 1013904242, 1359893119, 3242174889))
STEP_Y = wp.constant(wp.vec4ui(3144134277, 2773480762, 2600822924, 2447445414))


@wp.func
def draw_pair(seed: int, pixel: int, purpose: int, index: int) -> wp.vec2:
    """The index-th point of the unit square for this purpose in this pixel."""
    state = wp.rand_init(seed, pixel * PURPOSE_COUNT + purpose)
    x = wp.randu(state) + wp.uint32(index) * STEP_X[purpose]
    y = wp.randu(state) + wp.uint32(index) * STEP_Y[purpose]
    return wp.vec2(_unit_interval(x), _unit_interval(y))


@wp.func
def _unit_interval(bits: wp.uint32) -> float:
    """The upper 24 bits as a float in [0, 1): all of them fit its mantissa."""
    return float(bits >> wp.uint32(8)) * 5.9604644775390625e-8


@wp.func
def around(axis: wp.vec3, local: wp.vec3) -> wp.vec3:
    """Turn `local`, given about +Z, to be about the unit `axis` (Duff et al., JCGT 2017)."""
    sign = wp.where(axis[2] < 0.0, -1.0, 1.0)
    a = -1.0 / (sign + axis[2])
    b = axis[0] * axis[1] * a
    tangent = wp.vec3(1.0 + sign * axis[0] * axis[0] * a, sign * b, -sign * axis[0])
    bitangent = wp.vec3(b, sign + axis[1] * axis[1] * a, -axis[1])
    return local[0] * tangent + local[1] * bitangent + local[2] * axis


@wp.func
def cosine_direction(normal: wp.vec3, point: wp.vec2) -> wp.vec3:
    """A unit direction about `normal`, with density cosine / pi (Malley's method)."""
    radius = wp.sqrt(point[0])
    turn = TWO_PI * point[1]
    local = wp.vec3(radius * wp.cos(turn), radius * wp.sin(turn), wp.sqrt(1.0 - point[0]))
    return around(normal, local)


@wp.func
def cone_direction(axis: wp.vec3, cosine: float, point: wp.vec2) -> wp.vec3:
    """A unit direction, uniform over the cone about `axis` whose half angle has this cosine."""
    height = 1.0 - point[0] * (1.0 - cosine)
    radius = wp.sqrt(wp.max(0.0, 1.0 - height * height))
    turn = TWO_PI * point[1]
    return around(axis, wp.vec3(radius * wp.cos(turn), radius * wp.sin(turn), height))
