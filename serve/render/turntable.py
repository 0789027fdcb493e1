"""An asset from all sides: pictures of a full turn, side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.contracts.stage import Spread, one_by_one
from serve.geometry.mesh import PartMesh
from serve.render.camera import frame_turntable
from serve.render.environment import EnvironmentLighting
from serve.render.exposure import expose
from serve.render.film import smooth_film
from serve.render.lighting import LIGHTINGS, Lighting
from serve.render.scene import upload_scene
from serve.render.settings import PictureSettings
from serve.render.tone import develop

__all__ = ["render_turntable"]


def render_turntable(
    mesh: PartMesh,
    settings: PictureSettings,
    view_count: int,
    *,
    azimuth_deg: float = 30.0,
    elevation_deg: float = 20.0,
    lighting: Lighting | EnvironmentLighting | None = None,
    spread: Spread = one_by_one,
    device: str = "cpu",
) -> NDArray[np.uint8]:
    """Picture a mesh that turns on a table; camera and lights stand still, and the mesh is uploaded once.

    Args:
        mesh: At least one face.
        settings: Size and effort of each view, seed and background.
        view_count: Views in a full turn, at least 1.
        azimuth_deg: Of the first view, as in `serve.render.camera.frame_bounds`; the others follow by
            360 / view_count degrees each.
        elevation_deg: How far above the ground the camera looks down.
        lighting: In the place of the background's own.
        spread: Runs the bands of rows of each view; raises to stop.
        device: A Warp device: `cpu`, `cuda:0`.

    Returns:
        uint8 [H, view_count * W, 3], sRGB, the top row first and the first view on the left.

    Raises:
        InvalidRequestError: As in `render_picture`, or the camera has no direction.
    """
    scene, lights = upload_scene(mesh, device), lighting or LIGHTINGS[settings.background]
    aspect = settings.width / settings.height
    used = mesh.vertices[np.unique(mesh.faces)]
    cameras = frame_turntable(used, view_count, azimuth_deg, elevation_deg, aspect=aspect)
    strip = np.zeros((settings.height, view_count * settings.width, 3), dtype=np.uint8)
    for view, camera in enumerate(cameras):
        turned = lights.turned(360.0 * view / view_count)
        film = expose(scene, camera, settings, turned, spread=spread, device=device)
        columns = slice(view * settings.width, (view + 1) * settings.width)
        strip[:, columns] = develop(smooth_film(film, spread=spread, device=device).numpy())
    return strip
