"""An asset from all sides: pictures of a full turn, side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.contracts.stage import Spread, one_by_one
from serve.geometry.mesh import PartMesh
from serve.render.camera import frame_turntable
from serve.render.environment import EnvironmentLighting
from serve.render.exposure import expose
from serve.render.film import smooth_films
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
    turned = [lights.turned(360.0 * view / view_count) for view in range(view_count)]
    films = expose(scene, list(zip(cameras, turned, strict=True)), settings, spread=spread, device=device)
    smooth = smooth_films(films, spread=spread, device=device)
    return np.concatenate([develop(film.radiance.numpy()) for film in smooth], axis=1)
