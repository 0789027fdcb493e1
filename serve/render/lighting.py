"""The photo studio: a soft sun, a gradient sky, two soft boxes and a seamless backdrop."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

__all__ = ["LIGHTINGS", "Lighting", "SoftBox", "uniform_lighting"]

Vector = tuple[float, float, float]
BLACK = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class SoftBox:
    """A round bright patch of the sky that fades at its rim.

    Args:
        direction: From the asset towards its centre; any length but 0.
        radiance: Linear RGB added to the sky at its centre.
        inner_deg: Half angle of the even disc.
        outer_deg: Half angle at which it has faded out.
    """

    direction: Vector
    radiance: Vector
    inner_deg: float
    outer_deg: float


NO_BOX = SoftBox((0.0, 1.0, 0.0), BLACK, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Lighting:
    """All light in a picture; linear RGB, where 1 is the white of the display.

    Args:
        sun_direction: From the asset towards the sun; any length but 0.
        sun: Radiance of a white matt surface that faces the sun (irradiance divided by pi).
        sun_radius_deg: Half angle of the sun's disc: wider is softer.
        zenith: Sky radiance straight up.
        horizon: Sky radiance at the horizon.
        floor: Radiance of the open floor, as surfaces see it.
        floor_sun_share: Part of the floor's light that comes from the sun, in [0, 1].
        key: Large soft box above, on the sun's side.
        rim: Soft box from behind, on the other side.
        backdrop: What the camera sees behind the asset and on the open floor, at the centre of the picture.
        backdrop_edge: The same in the corners.
        has_floor: Whether a floor lies under the mesh's lowest point.
    """

    sun_direction: Vector
    sun: Vector
    sun_radius_deg: float
    zenith: Vector
    horizon: Vector
    floor: Vector
    floor_sun_share: float
    key: SoftBox
    rim: SoftBox
    backdrop: Vector
    backdrop_edge: Vector
    has_floor: bool = True

    def turned(self, angle_deg: float) -> Lighting:
        """The same lights turned about the vertical, from +Z towards +X: as cameras go by azimuth."""
        return replace(
            self,
            sun_direction=_turned(self.sun_direction, angle_deg),
            key=replace(self.key, direction=_turned(self.key.direction, angle_deg)),
            rim=replace(self.rim, direction=_turned(self.rim.direction, angle_deg)),
        )


def _turned(direction: Vector, angle_deg: float) -> Vector:
    sine, cosine = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    x, y, z = direction
    return cosine * x + sine * z, y, cosine * z - sine * x


def uniform_lighting(radiance: float) -> Lighting:
    """The same radiance from every direction, no sun and no floor: the white furnace."""
    even = (radiance, radiance, radiance)
    return Lighting(
        (0.0, 1.0, 0.0), BLACK, 1.0, even, even, even, 0.0, NO_BOX, NO_BOX, even, even, has_floor=False
    )


_LIGHT = Lighting(
    sun_direction=(-0.65, 1.25, 0.45),
    sun=(1.02, 0.975, 0.91),
    sun_radius_deg=6.0,
    zenith=(0.40, 0.41, 0.43),
    horizon=(0.30, 0.30, 0.30),
    floor=(0.46, 0.445, 0.425),
    floor_sun_share=0.5,
    key=SoftBox((-0.75, 0.6, 0.5), (2.2, 2.15, 2.05), 16.0, 27.0),
    rim=SoftBox((0.9, 0.4, -0.3), (1.6, 1.65, 1.7), 14.0, 28.0),
    backdrop=(0.70, 0.685, 0.66),
    backdrop_edge=(0.47, 0.455, 0.435),
)

_DARK = Lighting(
    sun_direction=_LIGHT.sun_direction,
    sun=_LIGHT.sun,
    sun_radius_deg=_LIGHT.sun_radius_deg,
    zenith=(0.30, 0.30, 0.32),
    horizon=(0.12, 0.12, 0.13),
    floor=(0.075, 0.074, 0.075),
    floor_sun_share=0.6,
    key=_LIGHT.key,
    rim=SoftBox((0.9, 0.4, -0.3), (3.0, 3.1, 3.3), 14.0, 28.0),
    backdrop=(0.085, 0.083, 0.083),
    backdrop_edge=(0.022, 0.022, 0.023),
)

LIGHTINGS: dict[str, Lighting] = {"dark": _DARK, "light": _LIGHT}
