"""The photo studio: a soft sun, a gradient sky, two soft boxes and a seamless backdrop."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from serve.contracts.errors import InvalidRequestError

__all__ = ["LIGHTINGS", "Lighting", "Panel", "SoftBox", "uniform_lighting"]

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
class Panel:
    """A rectangle that shines evenly to one side; it stops no light, and the camera does not see it.

    Lengths are radii of the scene, and places are about its middle, for a light does not know how large the
    asset is.

    Args:
        centre: Where its middle stands.
        half_width: From the middle to the middle of one side.
        half_height: From the middle to the middle of the side above; perpendicular to `half_width`. It shines
            to where the viewer stands who has `half_width` to the right and this one upwards.
        radiance: Linear RGB.

    Raises:
        InvalidRequestError: The sides are not perpendicular, or have no length.
    """

    centre: Vector
    half_width: Vector
    half_height: Vector
    radiance: Vector

    def __post_init__(self) -> None:
        lengths = math.hypot(*self.half_width) * math.hypot(*self.half_height)
        slant = sum(a * b for a, b in zip(self.half_width, self.half_height, strict=True))
        if not (math.isfinite(lengths) and lengths > 0.0 and abs(slant) <= 1e-3 * lengths):
            raise InvalidRequestError(f"{self} must have two perpendicular sides", "lighting")

    @classmethod
    def towards_middle(cls, centre: Vector, width: float, height: float, radiance: Vector) -> Panel:
        """One that faces the scene's middle and stands upright, of these whole sides."""
        x, y, z = centre
        level, away = math.hypot(x, z), math.hypot(x, y, z)
        right, up = (1.0, 0.0, 0.0), (0.0, 0.0, math.copysign(1.0, y))
        if level > 0.0:
            right = (-z / level, 0.0, x / level)
            up = (-x * y / (level * away), level / away, -z * y / (level * away))
        return cls(centre, _scaled(right, width / 2), _scaled(up, height / 2), radiance)

    def turned(self, angle_deg: float) -> Panel:
        """The same panel turned about the vertical through the scene's middle."""
        return replace(
            self,
            centre=_turned(self.centre, angle_deg),
            half_width=_turned(self.half_width, angle_deg),
            half_height=_turned(self.half_height, angle_deg),
        )


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
        panels: Rectangles near the asset.
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
    panels: tuple[Panel, ...] = ()

    def turned(self, angle_deg: float) -> Lighting:
        """The same lights turned about the vertical, from +Z towards +X: as cameras go by azimuth."""
        return replace(
            self,
            sun_direction=_turned(self.sun_direction, angle_deg),
            key=replace(self.key, direction=_turned(self.key.direction, angle_deg)),
            rim=replace(self.rim, direction=_turned(self.rim.direction, angle_deg)),
            panels=tuple(panel.turned(angle_deg) for panel in self.panels),
        )

    def brightened(self, factor: float) -> Lighting:
        """The same lights and the same backdrop, so many times as bright."""
        return replace(
            self,
            sun=_scaled(self.sun, factor),
            zenith=_scaled(self.zenith, factor),
            horizon=_scaled(self.horizon, factor),
            floor=_scaled(self.floor, factor),
            key=replace(self.key, radiance=_scaled(self.key.radiance, factor)),
            rim=replace(self.rim, radiance=_scaled(self.rim.radiance, factor)),
            backdrop=_scaled(self.backdrop, factor),
            backdrop_edge=_scaled(self.backdrop_edge, factor),
            panels=tuple(replace(panel, radiance=_scaled(panel.radiance, factor)) for panel in self.panels),
        )


def _scaled(radiance: Vector, factor: float) -> Vector:
    red, green, blue = radiance
    return factor * red, factor * green, factor * blue


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
