"""Puts the lighting on the device: the studio's lamps as numbers, or the surroundings as a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import warp as wp

from serve.render.environment import EnvironmentLighting, PlacedEnvironment, place_environment
from serve.render.kernels.structs import Studio
from serve.render.lighting import Lighting, SoftBox

__all__ = ["PlacedStudio", "place_studio"]


@dataclass(frozen=True, slots=True)
class PlacedStudio:
    """Lighting on the device.

    Args:
        view: What the kernels read.
        environment: The owner of the surroundings, if any; it must outlive every launch.
    """

    view: Studio
    environment: PlacedEnvironment | None = None


def place_studio(lighting: Lighting | EnvironmentLighting, device: str) -> PlacedStudio:
    """The lighting with unit directions, and with cosines in the place of angles."""
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
    return PlacedStudio(studio)


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


def _unit(direction: tuple[float, float, float]) -> wp.vec3:
    return wp.vec3(*(np.asarray(direction) / np.linalg.norm(direction)))
