"""The path of a camera ray: through any glass, to the first solid or the backdrop."""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# ruff: noqa: RUF046, UP018 - int(0) declares a variable in Warp; 0 is a constant
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.ggx import albedo_terms
from serve.render.kernels.looks import color_at, finish_at, normal_at
from serve.render.kernels.shading import floor_seen, surface_radiance
from serve.render.kernels.structs import Glimpse, Hit, Sampling, SceneView, Spot, Studio
from serve.render.kernels.visibility import (
    FLOOR,
    GLASS,
    NOTHING,
    PANE_LIMIT,
    nearest,
    pane_cover,
    pane_tint,
)

__all__ = ["floor_share", "look"]


@wp.func
def spot_at(scene: SceneView, position: wp.vec3, direction: wp.vec3, hit: Hit) -> Spot:
    """The surface at a hit, turned towards the viewer."""
    if scene.has_crowd:
        pose = scene.crowd[0].poses[hit.body]
        inward = wp.transform_inverse(pose)
        along = wp.transform_vector(inward, direction)
        return moved(pose, own_spot_at(scene, wp.transform_point(inward, position), along, hit))
    return own_spot_at(scene, position, direction, hit)


@wp.func
def moved(pose: wp.transform, spot: Spot) -> Spot:
    """A spot from its body's space to the world."""
    spot.start = wp.transform_point(pose, spot.start)
    spot.normal = wp.transform_vector(pose, spot.normal)
    spot.facing = wp.transform_vector(pose, spot.facing)
    spot.view = wp.transform_vector(pose, spot.view)
    return spot


@wp.func
def own_spot_at(scene: SceneView, position: wp.vec3, direction: wp.vec3, hit: Hit) -> Spot:
    """The spot in the space of the mesh itself."""
    a = scene.corner_points[3 * hit.face]
    edge = scene.corner_points[3 * hit.face + 1] - a
    facing = wp.normalize(wp.cross(edge, scene.corner_points[3 * hit.face + 2] - a))
    side = wp.where(wp.dot(facing, direction) > 0.0, -1.0, 1.0)
    spot = Spot()
    spot.facing = side * facing
    spot.view = -direction
    normal = side * normal_at(scene, hit)
    # A smooth normal may turn away from a viewer who sees the face at a slant: bend it back.
    spot.normal = wp.normalize(normal + wp.max(0.01 - wp.dot(normal, spot.view), 0.0) * spot.view)
    spot.view_cosine = wp.clamp(wp.dot(spot.normal, spot.view), 1.0e-3, 1.0)
    spot.start = lifted(scene, position, hit, side) + scene.gap * spot.facing
    return finished(scene, hit, spot)


@wp.func
def lifted(scene: SceneView, position: wp.vec3, hit: Hit, side: float) -> wp.vec3:
    """The point raised to the round surface that its normals pretend, against a jagged shadow terminator.

    Hanika, "Hacking the Shadow Terminator" (Ray Tracing Gems II, 2021).
    """
    offset = wp.vec3(0.0)
    for k in range(3):
        normal = side * scene.corner_normals[3 * hit.face + k]
        depth = wp.min(wp.dot(position - scene.corner_points[3 * hit.face + k], normal), 0.0)
        weight = wp.where(k == 0, hit.u, wp.where(k == 1, hit.v, 1.0 - hit.u - hit.v))
        offset -= weight * depth * normal
    return position + offset


@wp.func
def finished(scene: SceneView, hit: Hit, spot: Spot) -> Spot:
    """The spot with its material and the two totals that keep its energy (Fdez-Aguera, JCGT 2019)."""
    finish = finish_at(scene, hit)
    spot.base_color = color_at(scene, hit)
    spot.occlusion = finish[0]
    spot.roughness = finish[1]
    spot.metallic = finish[2]
    # Glass is a thin clear wall with a little haze; at opacity 1 it is as solid as any other.
    spot.cover = pane_cover(finish[3])
    spot.f0 = wp.lerp(wp.vec3(0.04), spot.base_color, spot.metallic)
    terms = albedo_terms(scene.albedo, spot.view_cosine, spot.roughness)
    lost = 1.0 / (terms[0] + terms[1]) - 1.0
    spot.balance = wp.vec3(1.0) + lost * spot.f0
    spot.reflectance = wp.cw_mul(spot.f0 * terms[0] + wp.vec3(terms[1]), spot.balance)
    return spot


@wp.func
def look(
    scene: SceneView,
    studio: Studio,
    sampling: Sampling,
    origin: wp.vec3,
    direction: wp.vec3,
    backdrop: wp.vec3,
    pixel: int,
    sample: int,
    is_lit: bool,
) -> Glimpse:
    """Follow one camera ray through any panes of glass to the first solid or the backdrop.

    A ray that is not to be lit only tells which surfaces it meets; the backdrop needs no light.
    """
    seen = Glimpse()
    through = wp.vec3(1.0)
    start = origin
    pane = int(0)
    while pane <= PANE_LIMIT:
        hit = nearest(scene, studio, start, direction, pane < PANE_LIMIT)
        position = start + hit.distance * direction
        pane += 1
        if hit.kind == NOTHING or hit.kind == FLOOR:  # noqa: PLR1714 - Warp has no `in`
            bare = wp.dot(through, wp.vec3(1.0)) / 3.0
            if hit.kind == FLOOR and not is_lit:
                seen.lacks_light = True
            elif hit.kind == FLOOR:
                above = position + wp.vec3(0.0, scene.gap, 0.0)
                floor = floor_seen(scene, studio, sampling, above, pixel, sample)
                seen.lit = floor.lit
                seen.whole = floor.whole
                seen.behind = wp.cw_mul(through, backdrop)
                through = wp.cw_mul(through, floor_share(floor))
            seen.light += wp.cw_mul(through, backdrop)
            seen.clear = wp.vec4(through[0], through[1], through[2], bare)
            pane = PANE_LIMIT + 1
        else:
            spot = spot_at(scene, position, direction, hit)
            if is_lit:
                light = surface_radiance(scene, studio, sampling, spot, pixel, sample)
                seen.light += wp.cw_mul(through, light)
            else:
                seen.lacks_light = True
            seen = noted(seen, spot, wp.length(position - origin) / scene.size)
            if hit.kind == GLASS:
                through = wp.cw_mul(through, pane_tint(scene, hit, spot.view_cosine))
                start = position + scene.gap * direction
            else:
                pane = PANE_LIMIT + 1
    return seen


@wp.func
def floor_share(seen: Glimpse) -> wp.vec3:
    """How much of the open floor's light the floor gets, by color."""
    return wp.cw_div(seen.lit, wp.max(seen.whole, wp.vec3(1.0e-6)))


@wp.func
def noted(seen: Glimpse, spot: Spot, distance: float) -> Glimpse:
    """Remember which surface a ray has met; panes before it leave a trace of their own."""
    seen.normal = 0.5 * seen.normal + spot.normal
    color = spot.base_color
    seen.color = 0.5 * seen.color + wp.vec4(color[0], color[1], color[2], distance)
    return seen
