"""Newton's camera sensor as `benchmarks.render` times it: a ray a pixel, flat shading, a sun with a shadow.

It knows no gloss, no glass and no bounce, so its error says what such a picture leaves out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.render_taking import Opened, Order, Way
from serve.render.tone import linear_to_srgb

__all__ = ["open_newton"]


def open_newton(order: Order) -> Opened:
    """The shared scene as bodies that stand still."""
    import newton  # type: ignore[import-not-found]
    import warp as wp
    from newton.sensors import SensorCamera  # type: ignore[import-not-found]

    model = _model(newton, order)
    state, window = model.state(), order.scene.window()
    sensor = SensorCamera(model)
    sensor.create_default_light(
        direction=wp.vec3(*(-part for part in window.direction)), color=(window.white,) * 3
    )
    sensor.set_ambient_light((window.ambient,) * 3)
    config = SensorCamera.RenderConfig(enable_shadows=True)
    side_px = order.side_px
    rays = SensorCamera.compute_camera_rays_pinhole(
        side_px, side_px, camera_fov=float(np.radians(order.scene.camera.fov_deg)), device=model.device
    )
    places = wp.array([_place(wp, order)], dtype=wp.transformf, device=model.device)
    picture = sensor.allocate_image_color_hdr(1, side_px, side_px)

    def take(sample_count: int, seed: int) -> NDArray[np.float32]:
        del sample_count, seed
        sensor.update(state, places, rays, hdr_color_image=picture, render_config=config)
        seen = np.asarray(picture.numpy()[0], np.float32)
        return np.where(seen.any(axis=-1, keepdims=True), seen, np.float32(window.ambient))

    return Opened({"Newton SensorCamera": Way(take, (1,))})


def _model(newton: Any, order: Order) -> Any:
    builder = newton.ModelBuilder(up_axis=newton.Axis.Y)
    for part in order.scene.parts():
        color = tuple(linear_to_srgb(np.array(part.surface.base_color, np.float32)).tolist())
        mesh = newton.Mesh(
            part.points, part.faces.ravel(), normals=part.normals, compute_inertia=False, color=color
        )
        builder.add_shape_mesh(body=-1, mesh=mesh, color=color)
    model = builder.finalize(device="cpu")
    model.bvh_refit_shapes(model.state())
    return model


def _place(wp: Any, order: Order) -> Any:
    right, up, forward = order.scene.camera.axes()
    turn = wp.quat_from_matrix(wp.mat33(*np.stack([right, up, -forward], axis=1).ravel().tolist()))
    return wp.transformf(wp.vec3(*order.scene.camera.eye), turn)
