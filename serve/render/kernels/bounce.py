"""Light that arrives from a direction: the sky, or the first thing in the way, lit without further rays."""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.light import mean_sky, met_sky
from serve.render.kernels.looks import color_at, corner
from serve.render.kernels.panels import glow_beam, met_panels
from serve.render.kernels.structs import Beam, Glow, Hit, SceneView, Studio
from serve.render.kernels.visibility import (
    FLOOR,
    SOLID,
    nearest,
    panes_between,
    transmittance,
)

__all__ = ["arriving_light"]

# What remains of the sky where a second bounce would find it half covered.
INDIRECT_SHARE = wp.constant(0.6)
# The floor is dark where a ray reaches it after less than this part of the scene's size.
CONTACT_SHARE = wp.constant(0.05)


@wp.func
def arriving_light(
    scene: SceneView,
    studio: Studio,
    origin: wp.vec3,
    direction: wp.vec3,
    density: float,
    beam: Beam,
    glow: Glow,
) -> wp.vec3:
    """Radiance at `origin` from a unit direction that was drawn with this density, 1/sr."""
    hit = nearest(scene, studio, origin, direction, False)
    if hit.kind == SOLID:
        radiance = _solid_light(scene, studio, origin, direction, beam, glow, hit)
    elif hit.kind == FLOOR:
        radiance = _floor_light(scene, studio, origin, direction, beam, hit.distance)
    else:
        radiance = met_sky(studio, direction, density)
    if studio.panel_count > 0:
        radiance += met_panels(studio, origin, direction, hit.distance, density)
    if scene.glass_count > 0:
        radiance = wp.cw_mul(radiance, panes_between(scene, origin, direction, hit.distance))
    return radiance


@wp.func
def _solid_light(
    scene: SceneView,
    studio: Studio,
    origin: wp.vec3,
    direction: wp.vec3,
    beam: Beam,
    glow: Glow,
    hit: Hit,
) -> wp.vec3:
    """A solid face as a matt one: beam and glow with their shadows, and the studio's sky without."""
    normal = wp.normalize(corner(scene.corner_normals, hit.face, hit.u, hit.v))
    if scene.has_crowd:
        normal = wp.transform_vector(scene.crowd[0].poses[hit.body], normal)
    normal = wp.where(wp.dot(normal, direction) > 0.0, -normal, normal)
    light = INDIRECT_SHARE * mean_sky(studio, normal)
    start = origin + hit.distance * direction + scene.gap * normal
    light += _beam_on(scene, start, normal, beam)
    if studio.panel_count > 0:
        light += _beam_on(scene, start, normal, glow_beam(glow, start))
    return wp.cw_mul(color_at(scene, hit), light)


@wp.func
def _beam_on(scene: SceneView, start: wp.vec3, normal: wp.vec3, beam: Beam) -> wp.vec3:
    """What a beam lends to a white matt surface, with its shadow."""
    cosine = wp.dot(normal, beam.direction)
    light = wp.vec3(0.0)
    if cosine > 0.0 and wp.max(beam.light) > 0.0:
        light = wp.cw_mul(beam.light, transmittance(scene, start, beam.direction, beam.reach)) * cosine
    return light


@wp.func
def _floor_light(
    scene: SceneView, studio: Studio, origin: wp.vec3, direction: wp.vec3, beam: Beam, distance: float
) -> wp.vec3:
    """The floor with the beam's shadow; near its origin the ray's own surface covers the sky there."""
    start = origin + distance * direction + wp.vec3(0.0, scene.gap, 0.0)
    shadow = transmittance(scene, start, beam.direction, beam.reach)
    if studio.has_surroundings:
        return wp.cw_mul(studio.floor, wp.cw_mul(beam.light, shadow) * wp.max(beam.direction[1], 0.0))
    open_sky = distance / (distance + CONTACT_SHARE * scene.size)
    shadow *= studio.floor_sun_share
    return wp.cw_mul(studio.floor, shadow + wp.vec3((1.0 - studio.floor_sun_share) * open_sky))
