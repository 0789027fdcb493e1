"""Light that leaves a point towards the viewer."""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# ruff: noqa: UP018 - float(1.0) declares a variable in Warp, 1.0 a constant
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.bounce import arriving_light
from serve.render.kernels.ggx import (
    ggx_reflectance,
    reflection_density,
    schlick,
    shadowing_ratio,
    visible_half_vector,
)
from serve.render.kernels.light import beam_share, draw_beam, is_uneven, mean_sky, met_sky
from serve.render.kernels.panels import draw_glow, glow_beam, met_panels
from serve.render.kernels.sampling import AMBIENT, GLOSS, cosine_direction, draw_pair
from serve.render.kernels.structs import Beam, Glimpse, Glow, Sampling, SceneView, Spot, Studio
from serve.render.kernels.visibility import FAR, passes_by, transmittance

__all__ = ["floor_seen", "reflected_light", "surface_radiance"]

PI = wp.constant(3.141592653589793)
# Above this roughness a dielectric's faint reflection takes the sky, dimmed by the ambient rays, unseen.
MIRRORED_ROUGHNESS = wp.constant(0.6)
# A mirror is a little rough, or no beam would ever meet its one direction.
ALPHA_LIMIT = wp.constant(1.0e-3)
GLOSS_LIMIT = wp.constant(8.0)


@wp.func
def ambient_direction(normal: wp.vec3, sampling: Sampling, pixel: int, index: int) -> wp.vec3:
    """A direction about the normal; `index` counts over all samples of the pixel."""
    return cosine_direction(normal, draw_pair(sampling.seed, pixel, AMBIENT, index))


@wp.func
def ambient_density(sampling: Sampling, cosine: float) -> float:
    """How often the ambient rays of a sample together go along a direction with this cosine, 1/sr."""
    return float(sampling.ambient_sample_count) * wp.max(cosine, 0.0) / PI


@wp.func
def floor_seen(
    scene: SceneView, studio: Studio, sampling: Sampling, start: wp.vec3, pixel: int, sample: int
) -> Glimpse:
    """The light on a point of the floor and on the open floor: shadow, contact and color bleeding.

    Both sums take the same rays, so they are equal where nothing covers the point.
    """
    up = wp.vec3(0.0, 1.0, 0.0)
    beam = draw_beam(studio, sampling, pixel, sample)
    weight = beam_share(beam, ambient_density(sampling, beam.direction[1]))
    whole = beam.light * (wp.max(beam.direction[1], 0.0) * weight)
    lit = wp.cw_mul(whole, transmittance(scene, start, beam.direction, beam.reach))
    glow = draw_glow(studio, sampling, pixel, sample)
    if studio.panel_count > 0:
        near = glow_beam(glow, start)
        weight = beam_share(near, ambient_density(sampling, near.direction[1]))
        light = near.light * (wp.max(near.direction[1], 0.0) * weight)
        whole += light
        lit += wp.cw_mul(light, transmittance(scene, start, near.direction, near.reach))
    share = 1.0 / float(sampling.ambient_sample_count)
    for k in range(sampling.ambient_sample_count):
        direction = ambient_direction(up, sampling, pixel, sample * sampling.ambient_sample_count + k)
        density = ambient_density(sampling, direction[1])
        sky = share * met_sky(studio, direction, density)
        if studio.panel_count > 0:
            sky += share * met_panels(studio, start, direction, FAR, density)
        whole += sky
        if passes_by(scene, start, direction):
            lit += sky
        else:
            lit += share * arriving_light(scene, studio, start, direction, density, beam, glow)
    seen = Glimpse()
    seen.lit = lit
    seen.whole = whole
    return seen


@wp.func
def gathered_light(
    scene: SceneView,
    studio: Studio,
    sampling: Sampling,
    spot: Spot,
    beam: Beam,
    glow: Glow,
    pixel: int,
    sample: int,
) -> wp.vec3:
    """Mean radiance over the hemisphere, weighted by the cosine: the sky, and one bounce."""
    if spot.cover < 1.0:
        return mean_sky(studio, spot.normal)  # the faint haze of glass is worth no ray
    total = wp.vec3(0.0)
    for k in range(sampling.ambient_sample_count):
        direction = ambient_direction(
            spot.normal, sampling, pixel, sample * sampling.ambient_sample_count + k
        )
        direction -= 2.0 * wp.min(wp.dot(direction, spot.facing), 0.0) * spot.facing
        density = ambient_density(sampling, wp.dot(spot.normal, direction))
        total += arriving_light(scene, studio, spot.start, direction, density, beam, glow)
    return total / float(sampling.ambient_sample_count) * spot.occlusion


@wp.func
def beamed_light(
    scene: SceneView, studio: Studio, sampling: Sampling, spot: Spot, matt: wp.vec3, beam: Beam
) -> wp.vec3:
    """The beam that leaves towards the viewer, matt and glossy together."""
    cosine = wp.dot(spot.normal, beam.direction)
    result = wp.vec3(0.0)
    if cosine > 0.0 and wp.max(beam.light) > 0.0:
        light = wp.cw_mul(beam.light, transmittance(scene, spot.start, beam.direction, beam.reach))
        alpha = spot.roughness * spot.roughness
        matt_share = float(1.0)
        gloss_share = float(1.0)
        if beam.density > 0.0:
            alpha = wp.max(alpha, ALPHA_LIMIT)
            gloss_share = beam_share(beam, reflection_density(alpha, spot.normal, spot.view, beam.direction))
            if spot.cover == 1.0:
                matt_share = beam_share(beam, ambient_density(sampling, cosine)) * spot.occlusion
        else:
            # A smooth surface mirrors the whole disc; widening the lobe to its size replaces many samples.
            alpha = wp.max(alpha, 0.5 * wp.acos(studio.sun_cosine))
        glossy = ggx_reflectance(spot.f0, alpha, spot.normal, spot.view, beam.direction)
        glossy = wp.cw_mul(glossy, spot.balance) * gloss_share
        result = wp.cw_mul(light, matt * (cosine * matt_share) + PI * glossy)
    return result


@wp.func
def reflected_light(
    scene: SceneView,
    studio: Studio,
    sampling: Sampling,
    spot: Spot,
    beam: Beam,
    glow: Glow,
    pixel: int,
    sample: int,
) -> wp.vec3:
    """Sky and scene in the glossy surface: one reflected ray."""
    alpha = wp.max(spot.roughness * spot.roughness, ALPHA_LIMIT)
    point = draw_pair(sampling.seed, pixel, GLOSS, sample)
    half = visible_half_vector(spot.normal, spot.view, alpha, point)
    light = 2.0 * wp.dot(spot.view, half) * half - spot.view
    cosine = wp.dot(spot.normal, light)
    result = wp.vec3(0.0)
    if cosine > 0.0:
        fresnel = wp.cw_mul(schlick(spot.f0, wp.dot(spot.view, half)), spot.balance)
        density = float(0.0)
        if is_uneven(studio):
            density = reflection_density(alpha, spot.normal, spot.view, light)
        below = wp.min(wp.dot(light, spot.facing), 0.0)
        light -= 2.0 * below * spot.facing
        seen = arriving_light(scene, studio, spot.start, light, density, beam, glow)
        result = wp.cw_mul(fresnel, seen) * shadowing_ratio(spot.view_cosine, cosine, alpha)
    return wp.min(result, wp.vec3(GLOSS_LIMIT))


@wp.func
def surface_radiance(
    scene: SceneView, studio: Studio, sampling: Sampling, spot: Spot, pixel: int, sample: int
) -> wp.vec3:
    """All light from a solid point: matt where the gloss leaves energy for it, plus the gloss."""
    beam = draw_beam(studio, sampling, pixel, sample)
    matt = wp.cw_mul(spot.base_color, wp.vec3(1.0) - spot.reflectance) * ((1.0 - spot.metallic) * spot.cover)
    glow = draw_glow(studio, sampling, pixel, sample)
    total = beamed_light(scene, studio, sampling, spot, matt, beam)
    if studio.panel_count > 0:
        total += beamed_light(scene, studio, sampling, spot, matt, glow_beam(glow, spot.start))
    # Surroundings may be too uneven for the ambient rays to stand in for those along the gloss.
    mirrors = spot.roughness <= MIRRORED_ROUGHNESS or is_uneven(studio)
    if spot.metallic < 1.0:
        gathered = gathered_light(scene, studio, sampling, spot, beam, glow, pixel, sample)
        total += wp.cw_mul(matt, gathered)
        if not mirrors:
            total += wp.cw_mul(spot.reflectance, gathered) * (1.0 - spot.metallic)
    if spot.metallic > 0.0 or mirrors:
        weight = wp.where(mirrors, 1.0, spot.metallic)
        total += weight * reflected_light(scene, studio, sampling, spot, beam, glow, pixel, sample)
    return total
