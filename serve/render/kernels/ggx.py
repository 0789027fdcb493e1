"""The microfacet reflection of metals and varnished things: GGX, Smith height-correlated, Schlick.

`alpha` is the perceptual roughness squared (Burley, SIGGRAPH 2012 course; glTF 2.0, appendix B).
"""
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.sampling import TWO_PI, around

__all__ = [
    "albedo_terms",
    "ggx_reflectance",
    "reflection_density",
    "schlick",
    "shadowing_ratio",
    "visible_half_vector",
]

PI = wp.constant(3.141592653589793)


@wp.func
def schlick(f0: wp.vec3, cosine: float) -> wp.vec3:
    """Fresnel reflectance at this cosine between the viewer and the facet (Schlick, 1994)."""
    rest = wp.clamp(1.0 - cosine, 0.0, 1.0)
    squared = rest * rest
    return f0 + (wp.vec3(1.0) - f0) * (squared * squared * rest)


@wp.func
def ggx_reflectance(f0: wp.vec3, alpha: float, normal: wp.vec3, view: wp.vec3, light: wp.vec3) -> wp.vec3:
    """Reflected radiance for unit irradiance along `light`: D V F cos, 1/sr (Heitz, JCGT 2014)."""
    half = wp.normalize(view + light)
    light_cosine = wp.max(wp.dot(normal, light), 1.0e-4)
    view_cosine = wp.max(wp.dot(normal, view), 1.0e-4)
    half_cosine = wp.dot(normal, half)
    squared = alpha * alpha
    spread = half_cosine * half_cosine * (squared - 1.0) + 1.0
    density = squared / (PI * spread * spread)
    toward_view = light_cosine * wp.sqrt(view_cosine * view_cosine * (1.0 - squared) + squared)
    toward_light = view_cosine * wp.sqrt(light_cosine * light_cosine * (1.0 - squared) + squared)
    visibility = 0.5 / (toward_view + toward_light)
    return schlick(f0, wp.dot(view, half)) * (density * visibility * light_cosine)


@wp.func
def visible_half_vector(normal: wp.vec3, view: wp.vec3, alpha: float, point: wp.vec2) -> wp.vec3:
    """A facet normal as the viewer sees them: spherical caps (Dupuy and Benyoub, 2023)."""
    x = around(normal, wp.vec3(1.0, 0.0, 0.0))
    y = around(normal, wp.vec3(0.0, 1.0, 0.0))
    stretched = wp.normalize(
        wp.vec3(alpha * wp.dot(view, x), alpha * wp.dot(view, y), wp.max(wp.dot(view, normal), 1.0e-4))
    )
    height = (1.0 - point[1]) * (1.0 + stretched[2]) - stretched[2]
    radius = wp.sqrt(wp.clamp(1.0 - height * height, 0.0, 1.0))
    turn = TWO_PI * point[0]
    half = wp.vec3(radius * wp.cos(turn), radius * wp.sin(turn), height) + stretched
    return wp.normalize(alpha * half[0] * x + alpha * half[1] * y + wp.max(half[2], 1.0e-6) * normal)


@wp.func
def reflection_density(alpha: float, normal: wp.vec3, view: wp.vec3, light: wp.vec3) -> float:
    """How often the reflection off a visible facet goes along `light`, 1/sr: D G1 / (4 cos)."""
    view_cosine = wp.max(wp.dot(normal, view), 1.0e-4)
    half_cosine = wp.dot(normal, wp.normalize(view + light))
    squared = alpha * alpha
    spread = half_cosine * half_cosine * (squared - 1.0) + 1.0
    return squared / (PI * spread * spread) / (2.0 * view_cosine * (1.0 + _smith(view_cosine, alpha)))


@wp.func
def shadowing_ratio(view_cosine: float, light_cosine: float, alpha: float) -> float:
    """G2 / G1: the weight of a reflection off a visible facet, before Fresnel."""
    toward_view = _smith(view_cosine, alpha)
    return (1.0 + toward_view) / (toward_view + _smith(light_cosine, alpha))


@wp.func
def _smith(cosine: float, alpha: float) -> float:
    """1 + 2 Lambda of Smith's shadowing."""
    return wp.sqrt(1.0 + alpha * alpha * (1.0 / wp.max(cosine * cosine, 1.0e-8) - 1.0))


@wp.func
def albedo_terms(table: wp.array2d[wp.vec2], cosine: float, roughness: float) -> wp.vec2:
    """Scale and bias of F0 in the directional albedo, between the entries of the table."""
    size = table.shape[0]
    last = float(size - 1)
    x = wp.clamp(cosine, 0.0, 1.0) * last
    y = wp.clamp(roughness, 0.0, 1.0) * last
    row = wp.min(int(x), size - 2)
    column = wp.min(int(y), size - 2)
    share = y - float(column)
    near = wp.lerp(table[row, column], table[row, column + 1], share)
    far = wp.lerp(table[row + 1, column], table[row + 1, column + 1], share)
    return wp.lerp(near, far, x - float(row))
