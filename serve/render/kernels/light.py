"""What shines without being hit: the sky with its soft boxes, and the backdrop."""
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.structs import Studio

__all__ = ["backdrop_radiance", "mean_sky", "sky_radiance"]


@wp.func
def sky_radiance(studio: Studio, direction: wp.vec3) -> wp.vec3:
    """Radiance from a unit direction; below the horizon it is that of the floor."""
    height = direction[1]
    open_sky = wp.lerp(studio.horizon, studio.zenith, wp.smoothstep(0.0, 1.0, height))
    radiance = wp.lerp(studio.floor, open_sky, wp.smoothstep(-0.12, 0.06, height))
    key = wp.smoothstep(studio.key_cosines[1], studio.key_cosines[0], wp.dot(direction, studio.key_direction))
    rim = wp.smoothstep(studio.rim_cosines[1], studio.rim_cosines[0], wp.dot(direction, studio.rim_direction))
    return radiance + studio.key * key + studio.rim * rim


@wp.func
def mean_sky(studio: Studio, normal: wp.vec3) -> wp.vec3:
    """About what a surface gathers from sky and floor together, without a ray."""
    upward = 0.5 + 0.5 * normal[1]
    boxes = studio.key * (1.0 - studio.key_cosines[0]) + studio.rim * (1.0 - studio.rim_cosines[0])
    above = 0.5 * (studio.horizon + studio.zenith) + boxes
    return wp.lerp(studio.floor, above, upward)


@wp.func
def backdrop_radiance(studio: Studio, x: float, y: float) -> wp.vec3:
    """What the camera sees behind everything; x and y run from -1 to 1 over the picture, y up."""
    away = wp.sqrt(x * x + (y + 0.15) * (y + 0.15))
    return wp.lerp(studio.backdrop, studio.backdrop_edge, wp.smoothstep(0.25, 1.75, away))
