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

_Light = tuple[wp.array, wp.array]  # radiance and the variance of its mean
# Doubling strides reach 15 pixels to each side with nine taps a pass.
STRIDES_PX = (1, 2, 4, 8)
_SPAN_PIXEL_COUNT = 8_192  # some milliseconds on one CPU core


def blank_film(height: int, width: int, device: str) -> Film:
    """A film of zeros, [height, width] pixels."""
    film = Film()
    film.radiance = wp.zeros((height, width), dtype=wp.vec3, device=device)
    film.variance = wp.zeros((height, width), dtype=float, device=device)
    film.normal = wp.zeros((height, width), dtype=wp.vec3, device=device)
    film.color = wp.zeros((height, width), dtype=wp.vec4, device=device)
    return film


def smooth_films(films: Sequence[Film], *, spread: Spread, device: str) -> list[wp.array]:
    """Each film's radiance without grain, vec3 [H, W]; light that all samples agree on stays as it is."""
    passed = [(film.radiance, film.variance) for film in films]
    for stride in STRIDES_PX:
        blank = [(wp.zeros_like(radiance), wp.zeros_like(variance)) for radiance, variance in passed]
        launches = chain.from_iterable(
            _smoothing(film, stride, given, blanks, device)
            for film, given, blanks in zip(films, passed, blank, strict=True)
        )
        run_launches(launches, spread=spread, device=device)
        passed = blank
    return [radiance for radiance, _ in passed]


def _smoothing(film: Film, stride: int, given: _Light, blank: _Light, device: str) -> Iterator[wp.Launch]:
    """One pass over one film, with taps at this distance."""
    height, width = film.radiance.shape
    return record_spans(
        smooth_pixels,
        spans_of(height, _SPAN_PIXEL_COUNT // width),
        lambda rows: [rows.start, *given, film.normal, film.color, stride, *blank],
        width=(width,),
        device=device,
    )
