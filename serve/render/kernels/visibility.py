"""What a ray meets, and how much light comes through."""

# ruff: noqa: RUF046, UP018 - int(0) and float(0.0) declare variables in Warp; 0 and 0.0 are constants
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.crowd import (
    FLOOR,
    GLASS,
    NOTHING,
    SOLID,
    is_blocked,
    nearer,
    nearest_body,
    nearest_pane,
)
from serve.render.kernels.looks import color_at
from serve.render.kernels.structs import Hit, SceneView, Studio

__all__ = [
    "FAR",
    "FLOOR",
    "GLASS",
    "NOTHING",
    "PANE_LIMIT",
    "SOLID",
    "nearest",
    "pane_cover",
    "pane_tint",
    "panes_between",
    "passes_by",
    "transmittance",
]

FAR = wp.constant(1.0e30)
PANE_LIMIT = wp.constant(8)


@wp.func
def nearest(scene: SceneView, studio: Studio, origin: wp.vec3, direction: wp.vec3, sees_glass: bool) -> Hit:
    """The first solid face, pane of glass (if asked for) or point of the floor along a unit direction."""
    hit = Hit()
    hit.kind = NOTHING
    hit.distance = FAR
    if studio.has_floor and direction[1] < -1.0e-6 and origin[1] > scene.floor_height:
        hit.kind = FLOOR
        hit.distance = (scene.floor_height - origin[1]) / direction[1]
    if not passes_by(scene, origin, direction):
        if scene.has_crowd:
            hit = nearest_body(scene.crowd[0], origin, direction, sees_glass, hit)
        else:
            if scene.solid_count > 0:
                hit = nearer(scene.solid, SOLID, 0, origin, direction, hit)
            if sees_glass and scene.glass_count > 0:
                hit = nearer(scene.glass, GLASS, scene.solid_count, origin, direction, hit)
    return hit


@wp.func
def passes_by(scene: SceneView, origin: wp.vec3, direction: wp.vec3) -> bool:
    """Whether the ray misses the sphere around the mesh: most rays from the floor do."""
    offset = scene.centre - origin
    along = wp.dot(offset, direction)
    outside = wp.dot(offset, offset) - scene.radius * scene.radius
    return outside > 0.0 and (along < 0.0 or outside > along * along)


@wp.func
def transmittance(scene: SceneView, origin: wp.vec3, direction: wp.vec3, reach: float) -> wp.vec3:
    """The share of light from this far that arrives, by color: 0 behind solids, a tint behind glass."""
    through = wp.vec3(1.0)
    if not passes_by(scene, origin, direction):
        if scene.has_crowd:
            if is_blocked(scene.crowd[0], origin, direction, reach):
                through = wp.vec3(0.0)
        elif scene.solid_count > 0 and wp.mesh_query_ray_anyhit(scene.solid, origin, direction, reach):
            through = wp.vec3(0.0)
        if scene.glass_count > 0 and through[0] > 0.0:
            through = panes_between(scene, origin, direction, reach)
    return through


@wp.func
def panes_between(scene: SceneView, origin: wp.vec3, direction: wp.vec3, distance: float) -> wp.vec3:
    """The tint of all glass within a distance."""
    through = wp.vec3(1.0)
    travelled = float(0.0)
    count = int(0)
    while count < PANE_LIMIT:
        start = origin + travelled * direction
        pane = Hit()
        pane.kind = NOTHING
        pane.distance = distance - travelled
        if scene.has_crowd:
            pane = nearest_pane(scene.crowd[0], start, direction, pane)
        else:
            pane = nearer(scene.glass, GLASS, scene.solid_count, start, direction, pane)
        if pane.kind == GLASS:
            through = wp.cw_mul(through, pane_tint(scene, pane, _pane_cosine(scene, direction, pane)))
            travelled += pane.distance + scene.gap
            count += 1
        else:
            count = PANE_LIMIT
    return through


@wp.func
def _pane_cosine(scene: SceneView, direction: wp.vec3, pane: Hit) -> float:
    """How straight a ray goes through a pane."""
    a = scene.corner_points[3 * pane.face]
    edge = scene.corner_points[3 * pane.face + 1] - a
    facing = wp.normalize(wp.cross(edge, scene.corner_points[3 * pane.face + 2] - a))
    if scene.has_crowd:
        facing = wp.transform_vector(scene.crowd[0].poses[pane.body], facing)
    return wp.abs(wp.dot(facing, direction))


@wp.func
def pane_tint(scene: SceneView, pane: Hit, cosine: float) -> wp.vec3:
    """What one wall of glass lets through at this cosine: Fresnel, cover and color.

    The slanted path through the wall is longer, so the rims are darker.
    """
    opacity = scene.finish[scene.face_part[pane.face]][2]
    clear = 1.0 - pane_cover(opacity)
    slant = wp.min(1.0 / wp.max(cosine, 0.05), 4.0)
    tint = wp.lerp(wp.vec3(0.985), color_at(scene, pane), 0.5 * opacity)
    fresnel = 0.04 + 0.96 * wp.pow(1.0 - wp.min(cosine, 1.0), 5.0)
    return (
        wp.vec3(wp.pow(tint[0], slant), wp.pow(tint[1], slant), wp.pow(tint[2], slant))
        * clear
        * (1.0 - fresnel)
    )


@wp.func
def pane_cover(opacity: float) -> float:
    """The share of a wall that is haze: next to none in clear glass, all at opacity 1."""
    squared = opacity * opacity
    return squared * squared
