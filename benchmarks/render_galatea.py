"""Our ray tracer as `benchmarks.render` times it: as in a film, where the scene is on the device already."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.render_taking import Opened, Order, Way
from deployments.crew import Crew
from serve.contracts.stage import Spread
from serve.render import Environment, EnvironmentLighting, PictureSettings
from serve.render.exposure import expose
from serve.render.film import smooth_films
from serve.render.film_settings import FILM_SAMPLE_COUNTS
from serve.render.kernels.structs import Film
from serve.render.scene import upload_scene

__all__ = ["crew_spread", "open_galatea"]

_SKY_COUNTS = dict(FILM_SAMPLE_COUNTS.values())
_MANY_COUNT = 64


def crew_spread(thread_count: int) -> Spread:
    """What runs tasks as a stage does, on so many threads."""
    crew = Crew(thread_count)

    def spread(tasks: Iterable[Callable[[], None]]) -> None:
        crew.run(tasks, lambda: None)

    return spread


def open_galatea(order: Order) -> Opened:
    """Raw and filtered, at the numbers of samples of the films' tiers; raw also at one more."""
    scene = upload_scene(order.scene.mesh, "cpu", order.scene.bounds)
    lighting = EnvironmentLighting(Environment.from_picture(order.scene.surroundings))
    spread, side_px = crew_spread(order.thread_count), order.side_px

    def film(sample_count: int, seed: int) -> Film:
        sky_count = _SKY_COUNTS.get(sample_count, 1)
        is_tier = sample_count in _SKY_COUNTS
        settings = PictureSettings(side_px, side_px, sample_count, sky_count, seed, shared_jitter=is_tier)
        return expose(scene, [(order.scene.camera, lighting)], settings, spread=spread, device="cpu")[0]

    def raw(sample_count: int, seed: int) -> NDArray[np.float32]:
        return np.asarray(film(sample_count, seed).radiance.numpy(), np.float32)

    def filtered(sample_count: int, seed: int) -> NDArray[np.float32]:
        (smooth,) = smooth_films([film(sample_count, seed)], spread=spread, device="cpu")
        return np.asarray(smooth.radiance.numpy(), np.float32)

    counts = tuple(_SKY_COUNTS)
    ways = {"Galatea": Way(raw, (*counts, _MANY_COUNT)), "Galatea, filtered": Way(filtered, counts)}
    return Opened(ways, raw)
