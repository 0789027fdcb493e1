"""Rectangles that shine: points drawn on them, and what a ray meets of them.

Points are drawn evenly over the area (Pharr, Jakob and Humphreys, "Physically Based Rendering", section
12.2.5), and weighed against the surfaces' own rays by the balance heuristic (Veach and Guibas, SIGGRAPH
1995).
"""
# ruff: noqa: RUF046, UP018 - int(0) declares a variable in Warp; 0 is a constant
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.sampling import SUN, draw_pair
from serve.render.kernels.structs import Beam, Glow, Sampling, Studio

__all__ = ["draw_glow", "glow_beam", "met_panels"]

PI = wp.constant(3.141592653589793)
# Of the surface: a shadow ray must end before the panel's own place, where something else may stand.
REACH_SHARE = wp.constant(0.9999)
# Takes other random numbers than the sun, whose even steps serve the panels too.
PANEL_SEED = wp.constant(0x2545F491)


@wp.func
def draw_glow(studio: Studio, sampling: Sampling, pixel: int, sample: int) -> Glow:
    """A point of one panel, chosen by how much each shines."""
    glow = Glow()
    if studio.panel_count > 0:
        point = draw_pair(sampling.seed + PANEL_SEED, pixel, SUN, sample)
        index = int(0)
        rest = point[0]
        while index < studio.panel_count - 1 and rest >= studio.panels[index].chance:
            rest -= studio.panels[index].chance
            index += 1
        panel = studio.panels[index]
        x = 2.0 * wp.min(rest / panel.chance, 1.0) - 1.0
        glow.point = panel.centre + x * panel.half_width + (2.0 * point[1] - 1.0) * panel.half_height
        glow.normal = panel.normal
        glow.radiance = panel.radiance
        glow.density = panel.chance / panel.area
    return glow


@wp.func
def glow_beam(glow: Glow, position: wp.vec3) -> Beam:
    """The light from a drawn point to a position: none behind the panel."""
    away = glow.point - position
    distance = wp.max(wp.length(away), 1.0e-6)
    beam = Beam()
    beam.direction = away / distance
    cosine = -wp.dot(beam.direction, glow.normal)
    if cosine > 1.0e-4:
        beam.density = glow.density * distance * distance / cosine
        beam.light = glow.radiance / (PI * beam.density)
        beam.reach = REACH_SHARE * distance
    return beam


@wp.func
def met_panels(studio: Studio, origin: wp.vec3, direction: wp.vec3, limit: float, density: float) -> wp.vec3:
    """The panels within a distance on a ray drawn with this density, each weighted against its beams."""
    total = wp.vec3(0.0)
    for k in range(studio.panel_count):
        panel = studio.panels[k]
        cosine = -wp.dot(direction, panel.normal)
        if cosine > 1.0e-4:
            distance = wp.dot(origin - panel.centre, panel.normal) / cosine
            place = origin + distance * direction - panel.centre
            x = wp.dot(place, panel.half_width) / wp.length_sq(panel.half_width)
            y = wp.dot(place, panel.half_height) / wp.length_sq(panel.half_height)
            if distance > 0.0 and distance < limit and wp.abs(x) <= 1.0 and wp.abs(y) <= 1.0:
                drawn = panel.chance / panel.area * distance * distance / cosine
                total += panel.radiance * (density / (density + drawn))
    return total
