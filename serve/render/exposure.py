"""Runs the kernels over a picture in bands of rows, so that it can be stopped between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import warp as wp

from serve.contracts.errors import CancelledJobError
from serve.render.camera import Camera
from serve.render.environment import EnvironmentLighting
from serve.render.film import blank_film
from serve.render.kernels.structs import Film, Sampling
from serve.render.kernels.trace import trace_colors, trace_rows
from serve.render.lighting import Lighting
from serve.render.scene import Scene, upload_lens
from serve.render.settings import PictureSettings
from serve.render.studio import place_studio

__all__ = ["expose", "expose_colors"]

# Rays between two looks at `should_stop`: about a quarter of a second on one CPU core, or on one GPU.
CPU_BAND_RAY_COUNT = 1_000_000
CUDA_BAND_RAY_COUNT = 300_000_000


def expose(
    scene: Scene,
    camera: Camera,
    settings: PictureSettings,
    lighting: Lighting | EnvironmentLighting,
    *,
    should_stop: Callable[[], bool] | None,
    device: str,
) -> Film:
    """The film after all samples, still with its grain.

    Raises:
        CancelledJobError: `should_stop` said so.
    """
    studio, lens = place_studio(lighting, device), upload_lens(camera, settings.width, settings.height)
    film = blank_film(settings.height, settings.width, device)
    ray_count = settings.sample_count * (2 + settings.ambient_sample_count)
    for first_row, height in _bands(settings, ray_count, should_stop, device):
        inputs = [scene.view, studio.view, lens, _sampling(settings), first_row, film]
        wp.launch(trace_rows, dim=(height, settings.width), inputs=inputs, device=device)
    return film


def expose_colors(
    scene: Scene,
    camera: Camera,
    settings: PictureSettings,
    *,
    should_stop: Callable[[], bool] | None,
    device: str,
) -> tuple[wp.array, wp.array]:
    """Linear base colour vec3 [H, W] of the nearest surface, and the share [H, W] of rays that met one.

    Raises:
        CancelledJobError: `should_stop` said so.
    """
    lens, shape = upload_lens(camera, settings.width, settings.height), (settings.height, settings.width)
    color = wp.zeros(shape, dtype=wp.vec3, device=device)
    coverage = wp.zeros(shape, dtype=float, device=device)
    for first_row, height in _bands(settings, settings.sample_count, should_stop, device):
        inputs = [scene.view, lens, _sampling(settings), first_row]
        outputs = [color, coverage]
        wp.launch(trace_colors, dim=(height, settings.width), inputs=inputs, outputs=outputs, device=device)
    return color, coverage


def _bands(
    settings: PictureSettings, ray_count: int, should_stop: Callable[[], bool] | None, device: str
) -> Iterator[tuple[int, int]]:
    """The first row and the height of each band; `ray_count` rays a pixel decide how many rows."""
    budget = CUDA_BAND_RAY_COUNT if wp.get_device(device).is_cuda else CPU_BAND_RAY_COUNT
    step = max(1, min(settings.height, budget // (settings.width * ray_count)))
    for first_row in range(0, settings.height, step):
        _stop_if_asked(should_stop, first_row, settings.height)
        yield first_row, min(step, settings.height - first_row)
        # Launches on a GPU only queue the work: without the wait, nobody could stop it any more.
        wp.synchronize_device(device)


def _stop_if_asked(should_stop: Callable[[], bool] | None, row: int, height: int) -> None:
    if should_stop is not None and should_stop():
        raise CancelledJobError(f"the picture was cancelled at row {row} of {height}")


def _sampling(settings: PictureSettings) -> Sampling:
    sampling = Sampling()
    for name in ("width", "height", "sample_count", "ambient_sample_count", "seed", "shared_jitter"):
        setattr(sampling, name, getattr(settings, name))
    return sampling
