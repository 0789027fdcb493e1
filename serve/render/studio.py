"""Puts the lighting on the device: the studio's lamps as numbers, or the surroundings as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import warp as wp
from numpy.typing import ArrayLike

from serve.render.environment import EnvironmentLighting, PlacedEnvironment, place_environment
from serve.render.kernels.structs import Panel, Studio
from serve.render.lighting import Lighting, SoftBox
from serve.render.lighting import Panel as LitPanel
from serve.render.scene import Extent

__all__ = ["PlacedStudio", "place_studio"]


@dataclass(frozen=True, slots=True)
class PlacedStudio:
    """Lighting on the device.

    Args:
        view: What the kernels read.
        environment: The owner of the surroundings, if any; it must outlive every launch.
        panels: [N] of Panel, likewise.
    """

    view: Studio
    environment: PlacedEnvironment | None = None
    panels: wp.array | None = None


def place_studio(lighting: Lighting | EnvironmentLighting, extent: Extent, device: str) -> PlacedStudio:
    """The lighting with unit directions, cosines in the place of angles, and metres in that of radii."""
    if isinstance(lighting, EnvironmentLighting):
        return _surrounded(lighting, device)
    studio = Studio()
    for name in ("sun", "zenith", "horizon", "floor", "backdrop", "backdrop_edge"):
        setattr(studio, name, wp.vec3(*getattr(lighting, name)))
    studio.sun_direction = _unit(lighting.sun_direction)
    studio.sun_cosine = math.cos(math.radians(lighting.sun_radius_deg))
    studio.floor_sun_share, studio.has_floor = lighting.floor_sun_share, lighting.has_floor
    studio.key_direction, studio.key, studio.key_cosines = _soft_box(lighting.key)
    studio.rim_direction, studio.rim, studio.rim_cosines = _soft_box(lighting.rim)
    panels = _place_panels(lighting.panels, extent, device)
    studio.panel_count, studio.panels = len(lighting.panels), panels
    return PlacedStudio(studio, panels=panels)


def _place_panels(panels: Sequence[LitPanel], extent: Extent, device: str) -> wp.array:
    """The panels in metres, each drawn as often as it shines."""
    rows = [_panel(panel, extent) for panel in panels]
    powers = np.array([row.area * max(*row.radiance, 1e-6) for row in rows])
    for row, power in zip(rows, powers, strict=True):
        row.chance = power / powers.sum()
    return wp.array(rows, dtype=Panel, device=device) if rows else wp.zeros(0, dtype=Panel, device=device)


def _panel(panel: LitPanel, extent: Extent) -> Panel:
    row, scale = Panel(), extent.radius
    centre, right, up = (
        scale * np.array(side) for side in (panel.centre, panel.half_width, panel.half_height)
    )
    across = np.cross(right, up)
    row.centre, row.half_width, row.half_height = (
        wp.vec3(*(centre + extent.middle)),
        wp.vec3(*right),
        wp.vec3(*up),
    )
    row.normal, row.radiance = _unit(across), wp.vec3(*panel.radiance)
    row.area = 4.0 * float(np.linalg.norm(across))
    return row


def _surrounded(lighting: EnvironmentLighting, device: str) -> PlacedStudio:
    studio, environment = Studio(), place_environment(lighting, device)
    studio.surroundings, studio.has_surroundings = environment.table, True
    studio.shows_surroundings = lighting.backdrop is None
    if lighting.backdrop is not None:
        studio.backdrop, studio.backdrop_edge = (wp.vec3(*color) for color in lighting.backdrop)
    studio.has_floor = lighting.floor is not None
    if lighting.floor is not None:
        studio.floor = wp.vec3(*lighting.floor)
    return PlacedStudio(studio, environment)


def _soft_box(box: SoftBox) -> tuple[wp.vec3, wp.vec3, wp.vec2]:
    cosines = wp.vec2(math.cos(math.radians(box.inner_deg)), math.cos(math.radians(box.outer_deg)))
    return _unit(box.direction), wp.vec3(*box.radiance), cosines


def _unit(direction: ArrayLike) -> wp.vec3:
    return wp.vec3(*(np.asarray(direction) / np.linalg.norm(direction)))
