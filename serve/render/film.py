"""The film in the camera: blank, then exposed, then freed of grain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import warp as wp

from serve.contracts.stage import Spread
from serve.geometry.launching import record_spans, run_launches, spans_of
from serve.render.kernels.smooth import smooth_pixels
from serve.render.kernels.structs import Film

__all__ = ["blank_film", "smooth_films"]

# Doubling strides reach 15 pixels to each side with nine taps a pass.
STRIDES_PX = (1, 2, 4, 8)
_SPAN_PIXEL_COUNT = 8_192  # some milliseconds on one CPU core


def blank_film(height: int, width: int, device: str, *, is_layered: bool = False) -> Film:
    """A film of zeros, [height, width] pixels; a layered one records what is clear."""
    film = Film()
    film.radiance = wp.zeros((height, width), dtype=wp.vec3, device=device)
    film.variance = wp.zeros((height, width), dtype=float, device=device)
    film.normal = wp.zeros((height, width), dtype=wp.vec3, device=device)
    film.color = wp.zeros((height, width), dtype=wp.vec4, device=device)
    film.clear = wp.zeros((height, width) if is_layered else (0, 0), dtype=wp.vec4, device=device)
    return film


def smooth_films(films: Sequence[Film], *, spread: Spread, device: str) -> list[Film]:
    """Each film without grain in its light; light that all samples agree on stays as it is."""
    passed = list(films)
    for stride in STRIDES_PX:
        blank = [_blank_like(film) for film in passed]
        launches = chain.from_iterable(
            _smoothing(given, smoothed, stride, device) for given, smoothed in zip(passed, blank, strict=True)
        )
        run_launches(launches, spread=spread, device=device)
        passed = blank
    return passed


def _blank_like(film: Film) -> Film:
    """A film for smoothed light, that shows the same surfaces."""
    blank = Film()
    blank.normal, blank.color = film.normal, film.color
    for name in ("radiance", "variance", "clear"):
        setattr(blank, name, wp.zeros_like(getattr(film, name)))
    return blank


def _smoothing(film: Film, smoothed: Film, stride: int, device: str) -> Iterator[wp.Launch]:
    """One pass over one film, with taps at this distance."""
    height, width = film.radiance.shape
    given = (film.radiance, film.variance, film.normal, film.color, film.clear)
    return record_spans(
        smooth_pixels,
        spans_of(height, _SPAN_PIXEL_COUNT // width),
        lambda rows: [
            rows.start,
            *given,
            stride,
            smoothed.radiance,
            smoothed.variance,
            smoothed.clear,
        ],
        width=(width,),
        device=device,
    )
