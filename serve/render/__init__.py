"""Pictures of assets: a ray tracer as Warp kernels, the same on the CPU and on CUDA.

    camera = frame_bounds(*mesh.bounds, azimuth_deg=30.0, elevation_deg=20.0)
    png = encode_png(render_picture(mesh, camera, PictureSettings(width=512, height=512)))

`camera` frames, `lighting` is the studio and `environment` the picture of another place; `presets` names
lights. `studio` puts those on the device, `scene` the mesh and `looks` its textures; `exposure` runs the
`kernels`, and `tone` develops. Light is estimated, not looked up: each camera ray that hits sends one ray to
a soft sun (or to where the surroundings shine most), several to the sky (which bring one bounce back), and
one along the gloss. `trace_base_color` tells what colour an asset is, without light.

`filming` takes the frames of a film of one scene, which `posing` bends in between.
"""

from __future__ import annotations

from serve.render.backgrounds import FilmBackground, Gradient
from serve.render.camera import Camera, frame_bounds, frame_turntable
from serve.render.environment import Environment, EnvironmentLighting
from serve.render.film_settings import FilmSettings, film_settings
from serve.render.filming import CrowdScene, FilmScene
from serve.render.picture import encode_png, render_picture, trace_base_color, trace_linear
from serve.render.presets import LIGHT_PRESETS
from serve.render.settings import PictureSettings
from serve.render.turntable import render_turntable

__all__ = [
    "LIGHT_PRESETS",
    "Camera",
    "CrowdScene",
    "Environment",
    "EnvironmentLighting",
    "FilmBackground",
    "FilmScene",
    "FilmSettings",
    "Gradient",
    "PictureSettings",
    "encode_png",
    "film_settings",
    "frame_bounds",
    "frame_turntable",
    "render_picture",
    "render_turntable",
    "trace_base_color",
    "trace_linear",
]
