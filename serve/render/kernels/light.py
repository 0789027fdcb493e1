"""What shines without being hit: sun, sky and soft boxes, or the surroundings; and the backdrop."""
# ruff: noqa: UP018 - float(1.0) declares a variable in Warp, 1.0 a constant
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.environment import drawn_direction, surrounding_light
from serve.render.kernels.sampling import SUN, cone_direction, draw_pair
from serve.render.kernels.structs import Beam, Sampling, Studio
from serve.render.kernels.visibility import FAR

__all__ = ["backdrop_radiance", "beam_share", "draw_beam", "is_uneven", "mean_sky", "met_sky"]

PI = wp.constant(3.141592653589793)


@wp.func
def draw_beam(studio: Studio, sampling: Sampling, pixel: int, sample: int) -> Beam:
    """A direction within the sun's disc, or one of the surroundings by how much it shines."""
    point = draw_pair(sampling.seed, pixel, SUN, sample)
    beam = Beam()
    beam.reach = FAR
    if studio.has_surroundings:
        beam.direction = drawn_direction(studio.surroundings[0], point)
        light = surrounding_light(studio.surroundings[0], beam.direction)
        if light[3] > 0.0 and not (studio.has_floor and beam.direction[1] < 0.0):
            beam.density = light[3]
            beam.light = _rgb(light) / (PI * light[3])
    else:
        beam.direction = cone_direction(studio.sun_direction, studio.sun_cosine, point)
        beam.light = studio.sun
    return beam


@wp.func
def is_uneven(studio: Studio) -> bool:
    """Whether beams are weighted against the surfaces' own rays, which then know their density."""
    return studio.has_surroundings or studio.panel_count > 0


@wp.func
def beam_share(beam: Beam, density: float) -> float:
    """The weight of a beam along which a surface's own rays go with this density (balance heuristic)."""
    share = float(1.0)
    if beam.density > 0.0:
        share = beam.density / (beam.density + density)
    return share


@wp.func
def met_sky(studio: Studio, direction: wp.vec3, density: float) -> wp.vec3:
    """The sky for a ray that a surface sends with this density, weighted against the beams."""
    if studio.has_surroundings:
        light = surrounding_light(studio.surroundings[0], direction)
        return _rgb(light) * (density / wp.max(density + light[3], 1.0e-20))
    return _sky_radiance(studio, direction)


@wp.func
def _sky_radiance(studio: Studio, direction: wp.vec3) -> wp.vec3:
    """The studio's gradient with its soft boxes, from a unit direction; below the horizon it is the floor."""
    height = direction[1]
    open_sky = wp.lerp(studio.horizon, studio.zenith, wp.smoothstep(0.0, 1.0, height))
    radiance = wp.lerp(studio.floor, open_sky, wp.smoothstep(-0.12, 0.06, height))
    key = wp.smoothstep(studio.key_cosines[1], studio.key_cosines[0], wp.dot(direction, studio.key_direction))
    rim = wp.smoothstep(studio.rim_cosines[1], studio.rim_cosines[0], wp.dot(direction, studio.rim_direction))
    return radiance + studio.key * key + studio.rim * rim


@wp.func
def mean_sky(studio: Studio, normal: wp.vec3) -> wp.vec3:
    """About what a surface gathers from the studio's sky and floor together, without a ray; 0 elsewhere."""
    if studio.has_surroundings:
        return wp.vec3(0.0)
    upward = 0.5 + 0.5 * normal[1]
    boxes = studio.key * (1.0 - studio.key_cosines[0]) + studio.rim * (1.0 - studio.rim_cosines[0])
    above = 0.5 * (studio.horizon + studio.zenith) + boxes
    return wp.lerp(studio.floor, above, upward)


@wp.func
def backdrop_radiance(studio: Studio, x: float, y: float, direction: wp.vec3) -> wp.vec3:
    """What the camera sees behind everything; x and y run from -1 to 1 over the picture, y up."""
    if studio.shows_surroundings:
        return _rgb(surrounding_light(studio.surroundings[0], direction))
    away = wp.sqrt(x * x + (y + 0.15) * (y + 0.15))
    return wp.lerp(studio.backdrop, studio.backdrop_edge, wp.smoothstep(0.25, 1.75, away))


@wp.func
def _rgb(light: wp.vec4) -> wp.vec3:
    return wp.vec3(light[0], light[1], light[2])
