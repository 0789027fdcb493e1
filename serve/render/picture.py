"""Takes a picture of a mesh: trace, develop, encode."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import warp as wp
from numpy.typing import NDArray
from PIL import Image

from serve.contracts.errors import CancelledJobError
from serve.geometry.mesh import PartMesh
from serve.render.camera import Camera
from serve.render.film import blank_film, smooth_film
from serve.render.kernels.structs import Film, Sampling
from serve.render.kernels.trace import trace_rows
from serve.render.lighting import LIGHTINGS, Lighting
from serve.render.scene import upload_lens, upload_scene, upload_studio
from serve.render.settings import PictureSettings
from serve.render.tone import develop

__all__ = ["encode_png", "render_picture", "trace_linear"]

# Rays between two looks at `should_stop`: about a quarter of a second on one CPU core, or on one GPU.
CPU_BAND_RAY_COUNT = 1_000_000
CUDA_BAND_RAY_COUNT = 300_000_000


def render_picture(
    mesh: PartMesh,
    camera: Camera,
    settings: PictureSettings,
    *,
    should_stop: Callable[[], bool] | None = None,
    device: str = "cpu",
) -> NDArray[np.uint8]:
    """Picture a mesh on the studio floor; equal arguments give equal bytes on one kind of device.

    Args:
        mesh: At least one face.
        camera: Such as `frame_bounds(*mesh.bounds, ...)` gives.
        settings: Size, effort, seed and background.
        should_stop: Asked between bands of rows.
        device: A Warp device: `cpu`, `cuda:0`.

    Returns:
        uint8 [H, W, 3], sRGB, the top row first.

    Raises:
        InvalidRequestError: The mesh has no faces, a vertex that is not finite, or no size.
        CancelledJobError: `should_stop` said so.
    """
    lighting = LIGHTINGS[settings.background]
    film = _expose(mesh, camera, settings, lighting, should_stop=should_stop, device=device)
    return develop(_pixels(smooth_film(film, device)))


def trace_linear(
    mesh: PartMesh,
    camera: Camera,
    settings: PictureSettings,
    lighting: Lighting,
    *,
    should_stop: Callable[[], bool] | None = None,
    device: str = "cpu",
) -> NDArray[np.float32]:
    """The linear RGB radiance float32 [H, W, 3] of each pixel, before the tone is mapped.

    Takes and raises what `render_picture` does; `lighting` replaces the background's own.
    """
    return _pixels(_expose(mesh, camera, settings, lighting, should_stop=should_stop, device=device).radiance)


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """A PNG file of uint8 [H, W, 3] sRGB; without time or text, so equal pictures give equal bytes."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="PNG", compress_level=6)
    return file.getvalue()


def _expose(
    mesh: PartMesh,
    camera: Camera,
    settings: PictureSettings,
    lighting: Lighting,
    *,
    should_stop: Callable[[], bool] | None,
    device: str,
) -> Film:
    scene = upload_scene(mesh, device)
    lens, studio = upload_lens(camera, settings.width, settings.height), upload_studio(lighting)
    film, band_height = blank_film(settings.height, settings.width, device), _band_height(settings, device)
    for first_row in range(0, settings.height, band_height):
        _stop_if_asked(should_stop, first_row, settings.height)
        shape = (min(band_height, settings.height - first_row), settings.width)
        inputs = [scene.view, studio, lens, _sampling(settings), first_row, film]
        wp.launch(trace_rows, dim=shape, inputs=inputs, device=device)
        # Launches on a GPU only queue the work: without the wait, nobody could stop it any more.
        wp.synchronize_device(device)
    return film


def _pixels(radiance: wp.array) -> NDArray[np.float32]:
    return np.asarray(radiance.numpy(), dtype=np.float32)


def _sampling(settings: PictureSettings) -> Sampling:
    sampling = Sampling()
    for name in ("width", "height", "sample_count", "ambient_sample_count", "seed"):
        setattr(sampling, name, getattr(settings, name))
    return sampling


def _band_height(settings: PictureSettings, device: str) -> int:
    ray_count = settings.width * settings.sample_count * (2 + settings.ambient_sample_count)
    budget = CUDA_BAND_RAY_COUNT if wp.get_device(device).is_cuda else CPU_BAND_RAY_COUNT
    return max(1, min(settings.height, budget // ray_count))


def _stop_if_asked(should_stop: Callable[[], bool] | None, row: int, height: int) -> None:
    if should_stop is not None and should_stop():
        raise CancelledJobError(f"the picture was cancelled at row {row} of {height}")
