"""Light that arrives from a direction: the sky, or the first thing in the way, lit without further rays."""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.light import mean_sky, sky_radiance
from serve.render.kernels.structs import Hit, SceneView, Studio
from serve.render.kernels.visibility import (
    FLOOR,
    SOLID,
    corner,
    nearest,
    panes_between,
    transmittance,
)

__all__ = ["arriving_light"]

# What remains of the sky where a second bounce would find it half covered.
INDIRECT_SHARE = wp.constant(0.6)
# The floor is dark where a ray reaches it after less than this part of the scene's radius.
CONTACT_SHARE = wp.constant(0.05)


@wp.func
def arriving_light(
    scene: SceneView, studio: Studio, origin: wp.vec3, direction: wp.vec3, sun: wp.vec3
) -> wp.vec3:
    """Radiance at `origin` from a unit direction."""
    hit = nearest(scene, studio, origin, direction, False)
    if hit.kind == SOLID:
        radiance = _solid_light(scene, studio, origin, direction, sun, hit)
    elif hit.kind == FLOOR:
        radiance = _floor_light(scene, studio, origin, direction, sun, hit.distance)
    else:
        radiance = sky_radiance(studio, direction)
    if scene.glass_count > 0:
        radiance = wp.cw_mul(radiance, panes_between(scene, origin, direction, hit.distance))
    return radiance


@wp.func
def _solid_light(
    scene: SceneView, studio: Studio, origin: wp.vec3, direction: wp.vec3, sun: wp.vec3, hit: Hit
) -> wp.vec3:
    """A solid face as a matt one: the sun with its shadow, and the sky without."""
    normal = wp.normalize(corner(scene.corner_normals, hit.face, hit.u, hit.v))
    normal = wp.where(wp.dot(normal, direction) > 0.0, -normal, normal)
    light = INDIRECT_SHARE * mean_sky(studio, normal)
    cosine = wp.dot(normal, sun)
    if cosine > 0.0 and studio.sun[0] > 0.0:
        start = origin + hit.distance * direction + scene.gap * normal
        light += wp.cw_mul(studio.sun, transmittance(scene, start, sun)) * cosine
    return wp.cw_mul(scene.base_color[scene.face_part[hit.face]], light)


@wp.func
def _floor_light(
    scene: SceneView, studio: Studio, origin: wp.vec3, direction: wp.vec3, sun: wp.vec3, distance: float
) -> wp.vec3:
    """The floor with the sun's shadow; near its origin the ray's own surface covers the sky there."""
    start = origin + distance * direction + wp.vec3(0.0, scene.gap, 0.0)
    open_sky = distance / (distance + CONTACT_SHARE * scene.radius)
    shadow = transmittance(scene, start, sun) * studio.floor_sun_share
    return wp.cw_mul(studio.floor, shadow + wp.vec3((1.0 - studio.floor_sun_share) * open_sky))
