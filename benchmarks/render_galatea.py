"""Our ray tracer as `benchmarks.render` times it: as in a film, where the scene is on the device already."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.render_taking import Opened, Order, Way
from deployments.crew import Crew
from serve.contracts.stage import Spread
from serve.render import Environment, EnvironmentLighting, PictureSettings
from serve.render.exposure import expose
from serve.render.film import smooth_films
from serve.render.film_settings import FILM_SAMPLE_COUNTS
from serve.render.scene import upload_scene

__all__ = ["crew_spread", "open_galatea"]

_SKY_COUNTS = dict(FILM_SAMPLE_COUNTS.values())
_MOST_SKY_COUNT = max(_SKY_COUNTS.values())


def crew_spread(thread_count: int) -> Spread:
    """What runs tasks as a stage does, on so many threads."""
    crew = Crew(thread_count)
    return lambda tasks: crew.run(tasks, lambda: None) and None


def open_galatea(order: Order) -> Opened:
    """Raw and without grain, at the numbers of samples of the films' tiers."""
    scene = upload_scene(order.scene.mesh, "cpu", order.scene.bounds)
    views = [(order.scene.camera, EnvironmentLighting(Environment.from_picture(order.scene.surroundings)))]
    spread, side_px = crew_spread(order.thread_count), order.side_px

    def films(sample_count: int, seed: int) -> list[object]:
        rays = _SKY_COUNTS.get(sample_count, _MOST_SKY_COUNT)
        is_film = sample_count in _SKY_COUNTS
        settings = PictureSettings(side_px, side_px, sample_count, rays, seed, shared_jitter=is_film)
        return expose(scene, views, settings, spread=spread, device="cpu")

    def raw(sample_count: int, seed: int) -> NDArray[np.float32]:
        return films(sample_count, seed)[0].radiance.numpy()

    def smooth(sample_count: int, seed: int) -> NDArray[np.float32]:
        return smooth_films(films(sample_count, seed), spread=spread, device="cpu")[0].radiance.numpy()

    counts = tuple(_SKY_COUNTS)
    return Opened({"Galatea": Way(raw, counts), "Galatea, filtered": Way(smooth, counts)}, raw)
