"""The solids that a part can be, as distances in the part's own frame: centre at the origin, height along Y.

After Quilez, "Distance functions" (iquilezles.org/articles/distfunctions), generalised to tapered, hollow and
cut solids. The sign is right everywhere; the size is exact for spheres, plain boxes, round cylinders and
round rings, and elsewhere right to first order near the surface.
"""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.geometry.warp_setup import ensure_warp

__all__ = ["box", "cylinder", "ellipsoid", "star", "torus"]

ensure_warp()

# A cone ends in a disc of this share of its width: a point would have no inside to sample.
NARROWEST = wp.constant(0.02)


@wp.func
def _width(taper: float, height: float) -> float:
    """The width's factor at a height in [-1, 1]: 1 at the wide end, 1 - |taper| at the narrow one."""
    share = 0.5 * (1.0 - height)
    if taper >= 0.0:
        share = 0.5 * (height + 1.0)
    return wp.max(1.0 - wp.abs(taper) * share, NARROWEST)


@wp.func
def _slant(width: float, taper: float, half_height: float) -> float:
    """Cosine between a tapered wall and the upright: turns a horizontal gap into a distance."""
    slope = width * wp.abs(taper) / (2.0 * half_height)
    return 1.0 / wp.sqrt(1.0 + slope * slope)


@wp.func
def _hollowed(d: float, side: float, height: float, wall: float, half_height: float) -> float:
    """Take the inside out, but `wall` at the sides and the bottom; `side` is below 0 inside."""
    cavity = wp.max(side + wall, wall - half_height - height)
    return wp.max(d, -cavity)


@wp.func
def box(p: wp.vec3, h: wp.vec3, taper_x: float, taper_z: float, round: float, wall: float) -> float:
    """A rounded box, or a prism, wedge or pyramid by its tapers; hollow where `wall` is above 0."""
    height = wp.clamp(p[1] / h[1], -1.0, 1.0)
    x = (wp.abs(p[0]) - h[0] * _width(taper_x, height)) * _slant(h[0], taper_x, h[1])
    z = (wp.abs(p[2]) - h[2] * _width(taper_z, height)) * _slant(h[2], taper_z, h[1])
    q = wp.vec3(x + round, wp.abs(p[1]) - h[1] + round, z + round)
    out = wp.vec3(wp.max(q[0], 0.0), wp.max(q[1], 0.0), wp.max(q[2], 0.0))
    d = wp.length(out) + wp.min(wp.max(q[0], wp.max(q[1], q[2])), 0.0) - round
    if wall > 0.0:
        d = _hollowed(d, wp.max(x, z), p[1], wall, h[1])
    return d


@wp.func
def _ellipse(x: float, z: float, a: float, b: float) -> float:
    """An ellipse with half axes a and b; no point lies deeper than the shorter of them."""
    far = wp.sqrt(x * x / (a * a) + z * z / (b * b))
    slope = wp.sqrt(x * x / (a * a * a * a) + z * z / (b * b * b * b))
    deepest = -wp.min(a, b)
    if slope < 1.0e-6:
        return deepest
    return wp.max(far * (far - 1.0) / slope, deepest)


@wp.func
def cylinder(p: wp.vec3, h: wp.vec3, taper: float, round: float, wall: float) -> float:
    """An elliptic cylinder, a cone by its taper, hollow where `wall` is above 0."""
    width = _width(taper, wp.clamp(p[1] / h[1], -1.0, 1.0))
    side = _ellipse(p[0], p[2], h[0] * width, h[2] * width) * _slant(wp.min(h[0], h[2]), taper, h[1])
    q = wp.vec2(side + round, wp.abs(p[1]) - h[1] + round)
    d = wp.length(wp.vec2(wp.max(q[0], 0.0), wp.max(q[1], 0.0))) + wp.min(wp.max(q[0], q[1]), 0.0) - round
    if wall > 0.0:
        d = _hollowed(d, side, p[1], wall, h[1])
    return d


@wp.func
def ellipsoid(p: wp.vec3, h: wp.vec3, cut: float, wall: float) -> float:
    """An ellipsoid, a shell where `wall` is above 0; `cut` takes this share of its height off the top."""
    far = wp.length(wp.cw_div(p, h))
    slope = wp.length(wp.cw_div(p, wp.cw_mul(h, h)))
    d = -wp.min(h[0], wp.min(h[1], h[2]))  # no point lies deeper
    if slope > 1.0e-6:
        d = wp.max(far * (far - 1.0) / slope, d)
    if wall > 0.0:
        d = wp.max(d, -d - wall)
    if cut > 0.0:
        d = wp.max(d, p[1] - h[1] * (1.0 - 2.0 * cut))
    return d


@wp.func
def torus(p: wp.vec3, h: wp.vec3, cut: float) -> float:
    """A ring about Y, its tube of radius h.y; `cut` takes away this share of its width from -X."""
    tube = h[1]
    ring = _ellipse(p[0], p[2], wp.max(h[0] - tube, 0.1 * h[0]), wp.max(h[2] - tube, 0.1 * h[2]))
    d = wp.sqrt(ring * ring + p[1] * p[1]) - tube
    if cut > 0.0:
        d = wp.max(d, -(p[0] + h[0] * (1.0 - 2.0 * cut)))
    return d


@wp.func
def star(p: wp.vec3, h: wp.vec3, round: float) -> float:
    """A five-pointed star in the XY plane, extruded along Z; its notches at half the radius."""
    stretch = h[1] / h[0]
    k1 = wp.vec2(0.809016994375, -0.587785252292)
    k2 = wp.vec2(-0.809016994375, -0.587785252292)
    q = wp.vec2(wp.abs(p[0]) * stretch, p[1])
    q = q - 2.0 * wp.max(wp.dot(k1, q), 0.0) * k1
    q = q - 2.0 * wp.max(wp.dot(k2, q), 0.0) * k2
    radius = h[1] - round
    q = wp.vec2(wp.abs(q[0]), q[1] - radius)
    edge = 0.5 * wp.vec2(-k1[1], k1[0]) - wp.vec2(0.0, 1.0)
    share = wp.clamp(wp.dot(q, edge) / wp.dot(edge, edge), 0.0, radius)
    flat = wp.length(q - edge * share) * wp.sign(q[1] * edge[0] - q[0] * edge[1]) / wp.max(stretch, 1.0)
    y = wp.abs(p[2]) - h[2] + round
    return wp.length(wp.vec2(wp.max(flat, 0.0), wp.max(y, 0.0))) + wp.min(wp.max(flat, y), 0.0) - round
