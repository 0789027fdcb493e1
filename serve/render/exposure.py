"""Runs the kernels over a picture in bands of rows, between which it can be stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import warp as wp

from serve.contracts.stage import Spread
from serve.geometry.launching import launch_spans, record_spans, run_launches, spans_of
from serve.render.camera import Camera
from serve.render.environment import EnvironmentLighting
from serve.render.film import blank_film
from serve.render.kernels.refine import refine_rows
from serve.render.kernels.structs import Film, Lens, Sampling
from serve.render.kernels.trace import trace_colors, trace_rows
from serve.render.lighting import Lighting
from serve.render.scene import Scene, upload_lens
from serve.render.settings import PictureSettings
from serve.render.studio import PlacedStudio, place_studio

__all__ = ["Shot", "expose", "expose_colors", "expose_shots", "refine_shot"]

# Rays of a band: about ten milliseconds on one CPU core, about a quarter of a second on a GPU.
CPU_BAND_RAY_COUNT = 40_000
CUDA_BAND_RAY_COUNT = 300_000_000


@dataclass(frozen=True, slots=True)
class Shot:
    """A film in a camera under lights, ready to be exposed."""

    lens: Lens
    studio: PlacedStudio
    film: Film


def expose(
    scene: Scene,
    views: Sequence[tuple[Camera, Lighting | EnvironmentLighting]],
    settings: PictureSettings,
    *,
    spread: Spread,
    device: str,
) -> list[Film]:
    """The film of each view after all samples, still with its grain; the views are taken together."""
    width, height = settings.width, settings.height
    shots = [
        Shot(
            upload_lens(camera, width, height),
            place_studio(lighting, scene.extent, device),
            blank_film(height, width, device),
        )
        for camera, lighting in views
    ]
    expose_shots(scene, shots, settings, spread=spread, device=device)
    return [shot.film for shot in shots]


def expose_shots(
    scene: Scene,
    shots: Sequence[Shot],
    settings: PictureSettings,
    *,
    is_interleaved: bool = False,
    spread: Spread,
    device: str,
) -> None:
    """Expose the film of each shot; the shots are taken together.

    Args:
        scene: What stands there.
        shots: Of blank films.
        settings: Size and effort.
        is_interleaved: Light every second pixel alone; `refine_shot` must lend the others theirs.
        spread: Runs the bands of rows.
        device: A Warp device.
    """
    sampling = _sampling(settings)
    sampling.interleaved = is_interleaved
    ray_count = settings.sample_count * (2 + settings.ambient_sample_count)

    def launches(shot: Shot) -> Iterator[wp.Launch]:
        return record_spans(
            trace_rows,
            _bands(settings, ray_count, device),
            lambda rows: [scene.view, shot.studio.view, shot.lens, sampling, rows.start, shot.film],
            width=(settings.width,),
            device=device,
        )

    run_launches(chain.from_iterable(launches(shot) for shot in shots), spread=spread, device=device)


def refine_shot(
    scene: Scene,
    shot: Shot,
    settings: PictureSettings,
    edge_sample_count: int,
    *,
    spread: Spread,
    device: str,
) -> Film:
    """A film with more samples along the outlines of surfaces, which few leave in steps, and without specks.

    Pixels that were left without light get it: there from samples, elsewhere from their neighbours.

    Args:
        scene: What was exposed.
        shot: Exposed with these settings.
        settings: As in `expose_shots`.
        edge_sample_count: Camera rays more for each pixel there; 0 gives the shot's own film.
        spread: Runs the bands of rows.
        device: A Warp device.
    """
    if edge_sample_count == 0:
        return shot.film
    is_layered = shot.film.clear.shape[0] > 0
    finer = blank_film(settings.height, settings.width, device, is_layered=is_layered)
    given = (scene.view, shot.studio.view, shot.lens, _sampling(settings), edge_sample_count)
    # A tenth of the pixels is about what has an outline.
    ray_count = max(1, edge_sample_count * (2 + settings.ambient_sample_count) // 10)
    launch_spans(
        refine_rows,
        _bands(settings, ray_count, device),
        lambda rows: [*given, rows.start, shot.film, finer],
        width=(settings.width,),
        spread=spread,
        device=device,
    )
    return finer


def expose_colors(
    scene: Scene, camera: Camera, settings: PictureSettings, *, spread: Spread, device: str
) -> tuple[wp.array, wp.array]:
    """Linear base colour vec3 [H, W] of the nearest surface, and the share [H, W] of rays that met one."""
    lens, shape = upload_lens(camera, settings.width, settings.height), (settings.height, settings.width)
    color = wp.zeros(shape, dtype=wp.vec3, device=device)
    coverage = wp.zeros(shape, dtype=float, device=device)
    sampling = _sampling(settings)
    launch_spans(
        trace_colors,
        _bands(settings, settings.sample_count, device),
        lambda rows: [scene.view, lens, sampling, rows.start, color, coverage],
        width=(settings.width,),
        spread=spread,
        device=device,
    )
    return color, coverage


def _bands(settings: PictureSettings, ray_count: int, device: str) -> Iterator[slice]:
    """The rows of each band; `ray_count` rays a pixel decide how many."""
    budget = CUDA_BAND_RAY_COUNT if wp.get_device(device).is_cuda else CPU_BAND_RAY_COUNT
    return spans_of(settings.height, budget // (settings.width * ray_count))


def _sampling(settings: PictureSettings) -> Sampling:
    sampling = Sampling()
    for name in ("width", "height", "sample_count", "ambient_sample_count", "seed", "shared_jitter"):
        setattr(sampling, name, getattr(settings, name))
    return sampling
