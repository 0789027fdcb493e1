"""Takes a picture of a mesh: trace, develop, encode."""

from __future__ import annotations

import io

import numpy as np
import warp as wp
from numpy.typing import NDArray
from PIL import Image

from serve.contracts.stage import Spread, one_by_one
from serve.geometry.mesh import PartMesh
from serve.render.camera import Camera
from serve.render.environment import EnvironmentLighting
from serve.render.exposure import expose, expose_colors
from serve.render.film import smooth_films
from serve.render.lighting import LIGHTINGS, Lighting
from serve.render.scene import upload_scene
from serve.render.settings import PictureSettings
from serve.render.tone import develop

__all__ = ["encode_png", "render_picture", "trace_base_color", "trace_linear"]


def render_picture(
    mesh: PartMesh,
    camera: Camera,
    settings: PictureSettings,
    *,
    lighting: Lighting | EnvironmentLighting | None = None,
    spread: Spread = one_by_one,
    device: str = "cpu",
) -> NDArray[np.uint8]:
    """Picture a mesh on the studio floor; equal arguments give equal bytes on one kind of device.

    Args:
        mesh: At least one face.
        camera: Such as `frame_bounds(*mesh.bounds, ...)` gives.
        settings: Size, effort, seed and background.
        lighting: In the place of the background's own.
        spread: Runs the bands of rows; raises to stop.
        device: A Warp device: `cpu`, `cuda:0`.

    Returns:
        uint8 [H, W, 3], sRGB, the top row first.

    Raises:
        InvalidRequestError: The mesh has no faces, a number that is not finite, or no size.
    """
    scene = upload_scene(mesh, device)
    light = lighting or LIGHTINGS[settings.background]
    films = expose(scene, [(camera, light)], settings, spread=spread, device=device)
    (smooth,) = smooth_films(films, spread=spread, device=device)
    return develop(_pixels(smooth.radiance))


def trace_linear(
    mesh: PartMesh,
    camera: Camera,
    settings: PictureSettings,
    lighting: Lighting | EnvironmentLighting,
    *,
    spread: Spread = one_by_one,
    device: str = "cpu",
) -> NDArray[np.float32]:
    """The linear RGB radiance float32 [H, W, 3] of each pixel, before the tone is mapped.

    Takes and raises what `render_picture` does; `lighting` replaces the background's own.
    """
    scene = upload_scene(mesh, device)
    (film,) = expose(scene, [(camera, lighting)], settings, spread=spread, device=device)
    return _pixels(film.radiance)


def trace_base_color(
    mesh: PartMesh,
    camera: Camera,
    settings: PictureSettings,
    *,
    spread: Spread = one_by_one,
    device: str = "cpu",
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What colour the mesh is, without light, floor or tone; glass counts as a surface.

    Takes and raises what `render_picture` does; only size, sample count and seed of the settings matter.

    Returns:
        float32 [H, W, 3]: linear base colour, the mean over those rays of a pixel that met the mesh, 0 where
        none did; float32 [H, W]: the share of rays that did, 1 inside the outline and 0 outside.
    """
    scene = upload_scene(mesh, device)
    color, coverage = expose_colors(scene, camera, settings, spread=spread, device=device)
    return _pixels(color), _pixels(coverage)


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """A PNG file of uint8 [H, W, 3] sRGB; without time or text, so equal pictures give equal bytes."""
    file = io.BytesIO()
    Image.fromarray(picture).save(
        file, format="PNG", compress_level=4
    )  # above 4 it takes twice the time for 8 %
    return file.getvalue()


def _pixels(values: wp.array) -> NDArray[np.float32]:
    return np.asarray(values.numpy(), dtype=np.float32)
