"""The film in the camera: blank, then exposed, then freed of grain."""

from __future__ import annotations

import warp as wp

from serve.contracts.stage import Spread
from serve.geometry.launching import launch_spans, spans_of
from serve.render.kernels.smooth import smooth_pixels
from serve.render.kernels.structs import Film

__all__ = ["blank_film", "smooth_film"]

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


def smooth_film(film: Film, *, spread: Spread, device: str) -> wp.array:
    """The film's radiance without grain, vec3 [H, W]; light that all samples agree on stays as it is."""
    radiance, variance = film.radiance, film.variance
    for stride in STRIDES_PX:
        radiance, variance = _smoothed(radiance, variance, film, stride, spread=spread, device=device)
    return radiance


def _smoothed(
    radiance: wp.array, variance: wp.array, film: Film, stride: int, *, spread: Spread, device: str
) -> tuple[wp.array, wp.array]:
    """One pass, with taps at this distance."""
    height, width = radiance.shape
    smoothed, smoothed_variance = wp.zeros_like(radiance), wp.zeros_like(variance)
    given = [radiance, variance, film.normal, film.color, stride, smoothed, smoothed_variance]
    launch_spans(
        smooth_pixels,
        spans_of(height, _SPAN_PIXEL_COUNT // width),
        lambda rows: [rows.start, *given],
        width=(width,),
        spread=spread,
        device=device,
    )
    return smoothed, smoothed_variance
