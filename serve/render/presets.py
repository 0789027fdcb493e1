"""The lights that a film can be asked for by name."""

from __future__ import annotations

from serve.contracts.video import LightPreset
from serve.render.lighting import LIGHTINGS, Lighting, Panel, SoftBox

__all__ = ["LIGHT_PRESETS"]

_DAYLIGHT = Lighting(
    sun_direction=(-0.7, 1.1, 0.55),
    sun=(1.62, 1.52, 1.34),
    sun_radius_deg=2.0,
    zenith=(0.20, 0.34, 0.62),
    horizon=(0.44, 0.52, 0.62),
    floor=(0.40, 0.39, 0.37),
    floor_sun_share=0.68,
    key=SoftBox((-0.7, 1.1, 0.55), (0.9, 0.85, 0.75), 10.0, 40.0),
    rim=SoftBox((0.8, 0.5, -0.6), (0.50, 0.62, 0.82), 14.0, 45.0),
    backdrop=(0.74, 0.79, 0.86),
    backdrop_edge=(0.42, 0.55, 0.74),
)

_SUNSET = Lighting(
    sun_direction=(-0.95, 0.42, 0.35),
    sun=(1.75, 0.86, 0.36),
    sun_radius_deg=3.5,
    zenith=(0.16, 0.18, 0.34),
    horizon=(0.52, 0.30, 0.22),
    floor=(0.30, 0.20, 0.16),
    floor_sun_share=0.62,
    key=SoftBox((-0.95, 0.30, 0.35), (2.6, 1.25, 0.5), 14.0, 45.0),
    rim=SoftBox((0.9, 0.35, -0.5), (0.62, 0.42, 0.72), 16.0, 45.0),
    backdrop=(0.74, 0.46, 0.30),
    backdrop_edge=(0.24, 0.14, 0.20),
)

_OVERCAST = Lighting(
    sun_direction=(-0.25, 1.0, 0.25),
    sun=(0.42, 0.43, 0.45),
    sun_radius_deg=28.0,
    zenith=(0.80, 0.83, 0.88),
    horizon=(0.42, 0.44, 0.47),
    floor=(0.34, 0.34, 0.34),
    floor_sun_share=0.28,
    key=SoftBox((-0.3, 1.0, 0.5), (0.35, 0.36, 0.38), 30.0, 70.0),
    rim=SoftBox((0.9, 0.4, -0.3), (0.25, 0.26, 0.28), 20.0, 45.0),
    backdrop=(0.60, 0.62, 0.65),
    backdrop_edge=(0.36, 0.38, 0.41),
)

_NIGHT = Lighting(
    sun_direction=(0.6, 0.9, 0.35),
    sun=(0.40, 0.50, 0.72),
    sun_radius_deg=3.0,
    zenith=(0.060, 0.080, 0.150),
    horizon=(0.040, 0.050, 0.090),
    floor=(0.022, 0.025, 0.036),
    floor_sun_share=0.7,
    key=SoftBox((0.6, 0.9, 0.35), (0.9, 1.1, 1.6), 8.0, 24.0),
    rim=SoftBox((-0.5, 0.6, -0.9), (0.7, 0.8, 1.1), 14.0, 34.0),
    backdrop=(0.032, 0.042, 0.080),
    backdrop_edge=(0.006, 0.008, 0.018),
    # A lit window to the left.
    panels=(Panel.towards_middle((-1.9, 0.6, 1.1), 1.0, 1.4, (6.0, 3.1, 1.2)),),
)

LIGHT_PRESETS: dict[LightPreset, Lighting] = {
    LightPreset.STUDIO: LIGHTINGS["light"],
    LightPreset.DARK: LIGHTINGS["dark"],
    LightPreset.DAYLIGHT: _DAYLIGHT,
    LightPreset.SUNSET: _SUNSET,
    LightPreset.OVERCAST: _OVERCAST,
    LightPreset.NIGHT: _NIGHT,
}
"""What belongs to each name; linear RGB, where 1 is the white of the display."""
