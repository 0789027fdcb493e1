"""Light that leaves a point towards the viewer."""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.bounce import arriving_light
from serve.render.kernels.ggx import ggx_reflectance, schlick, shadowing_ratio, visible_half_vector
from serve.render.kernels.light import mean_sky, sky_radiance
from serve.render.kernels.sampling import AMBIENT, GLOSS, SUN, cone_direction, cosine_direction, draw_pair
from serve.render.kernels.structs import Sampling, SceneView, Spot, Studio
from serve.render.kernels.visibility import passes_by, transmittance

__all__ = ["floor_share", "reflected_light", "surface_radiance"]

PI = wp.constant(3.141592653589793)
# Above this roughness a dielectric's faint reflection takes the sky, dimmed by the ambient rays, unseen.
MIRRORED_ROUGHNESS = wp.constant(0.6)
GLOSS_LIMIT = wp.constant(8.0)


@wp.func
def sun_sample(studio: Studio, sampling: Sampling, pixel: int, sample: int) -> wp.vec3:
    """A direction within the sun's disc."""
    point = draw_pair(sampling.seed, pixel, SUN, sample)
    return cone_direction(studio.sun_direction, studio.sun_cosine, point)


@wp.func
def ambient_direction(normal: wp.vec3, sampling: Sampling, pixel: int, index: int) -> wp.vec3:
    """A direction about the normal; `index` counts over all samples of the pixel."""
    return cosine_direction(normal, draw_pair(sampling.seed, pixel, AMBIENT, index))


@wp.func
def floor_share(
    scene: SceneView, studio: Studio, sampling: Sampling, start: wp.vec3, pixel: int, sample: int
) -> wp.vec3:
    """How much of the open floor's light a point of it gets, by color: shadow, contact and color bleeding.

    Both sums take the same rays, so a point that nothing covers gets exactly 1.
    """
    up = wp.vec3(0.0, 1.0, 0.0)
    sun = sun_sample(studio, sampling, pixel, sample)
    whole = studio.sun * wp.max(sun[1], 0.0)
    lit = wp.cw_mul(whole, transmittance(scene, start, sun))
    share = 1.0 / float(sampling.ambient_sample_count)
    for k in range(sampling.ambient_sample_count):
        direction = ambient_direction(up, sampling, pixel, sample * sampling.ambient_sample_count + k)
        sky = share * sky_radiance(studio, direction)
        whole += sky
        if passes_by(scene, start, direction):
            lit += sky
        else:
            lit += share * arriving_light(scene, studio, start, direction, sun)
    return wp.cw_div(lit, wp.max(whole, wp.vec3(1.0e-6)))


@wp.func
def gathered_light(
    scene: SceneView, studio: Studio, sampling: Sampling, spot: Spot, sun: wp.vec3, pixel: int, sample: int
) -> wp.vec3:
    """Mean radiance over the hemisphere, weighted by the cosine: the sky, and one bounce."""
    if spot.cover < 1.0:
        return mean_sky(studio, spot.normal)  # the faint haze of glass is worth no ray
    total = wp.vec3(0.0)
    for k in range(sampling.ambient_sample_count):
        direction = ambient_direction(
            spot.normal, sampling, pixel, sample * sampling.ambient_sample_count + k
        )
        below = wp.min(wp.dot(direction, spot.facing), 0.0)
        total += arriving_light(scene, studio, spot.start, direction - 2.0 * below * spot.facing, sun)
    return total / float(sampling.ambient_sample_count)


@wp.func
def sunlight(scene: SceneView, studio: Studio, spot: Spot, matt: wp.vec3, sun: wp.vec3) -> wp.vec3:
    """Sun that leaves towards the viewer, matt and glossy together."""
    cosine = wp.dot(spot.normal, sun)
    result = wp.vec3(0.0)
    if cosine > 0.0 and studio.sun[0] > 0.0:
        light = wp.cw_mul(studio.sun, transmittance(scene, spot.start, sun))
        # A smooth surface mirrors the whole disc; widening the lobe to its size replaces many samples.
        alpha = wp.max(spot.roughness * spot.roughness, 0.5 * wp.acos(studio.sun_cosine))
        glossy = wp.cw_mul(ggx_reflectance(spot.f0, alpha, spot.normal, spot.view, sun), spot.balance)
        result = wp.cw_mul(light, matt * cosine + PI * glossy)
    return result


@wp.func
def reflected_light(
    scene: SceneView, studio: Studio, sampling: Sampling, spot: Spot, sun: wp.vec3, pixel: int, sample: int
) -> wp.vec3:
    """Sky and scene in the glossy surface: one reflected ray."""
    alpha = wp.max(spot.roughness * spot.roughness, 1.0e-3)
    point = draw_pair(sampling.seed, pixel, GLOSS, sample)
    half = visible_half_vector(spot.normal, spot.view, alpha, point)
    light = 2.0 * wp.dot(spot.view, half) * half - spot.view
    cosine = wp.dot(spot.normal, light)
    result = wp.vec3(0.0)
    if cosine > 0.0:
        fresnel = wp.cw_mul(schlick(spot.f0, wp.dot(spot.view, half)), spot.balance)
        below = wp.min(wp.dot(light, spot.facing), 0.0)
        seen = arriving_light(scene, studio, spot.start, light - 2.0 * below * spot.facing, sun)
        result = wp.cw_mul(fresnel, seen) * shadowing_ratio(spot.view_cosine, cosine, alpha)
    return wp.min(result, wp.vec3(GLOSS_LIMIT))


@wp.func
def surface_radiance(
    scene: SceneView, studio: Studio, sampling: Sampling, spot: Spot, pixel: int, sample: int
) -> wp.vec3:
    """All light from a solid point: matt where the gloss leaves energy for it, plus the gloss."""
    sun = sun_sample(studio, sampling, pixel, sample)
    matt = wp.cw_mul(spot.base_color, wp.vec3(1.0) - spot.reflectance) * ((1.0 - spot.metallic) * spot.cover)
    total = sunlight(scene, studio, spot, matt, sun)
    if spot.metallic < 1.0:
        gathered = gathered_light(scene, studio, sampling, spot, sun, pixel, sample)
        total += wp.cw_mul(matt, gathered)
        if spot.roughness > MIRRORED_ROUGHNESS:
            total += wp.cw_mul(spot.reflectance, gathered) * (1.0 - spot.metallic)
    if spot.metallic > 0.0 or spot.roughness <= MIRRORED_ROUGHNESS:
        weight = wp.where(spot.roughness > MIRRORED_ROUGHNESS, spot.metallic, 1.0)
        total += weight * reflected_light(scene, studio, sampling, spot, sun, pixel, sample)
    return total
