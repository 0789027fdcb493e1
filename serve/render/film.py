"""The film in the camera: blank, then exposed, then freed of grain."""

from __future__ import annotations

import warp as wp

from serve.render.kernels.smooth import smooth_pixels
from serve.render.kernels.structs import Film

__all__ = ["blank_film", "smooth_film"]

# Doubling strides reach 15 pixels to each side with nine taps a pass.
STRIDES_PX = (1, 2, 4, 8)


def blank_film(height: int, width: int, device: str) -> Film:
    """A film of zeros, [height, width] pixels."""
    film = Film()
    film.radiance = wp.zeros((height, width), dtype=wp.vec3, device=device)
    film.variance = wp.zeros((height, width), dtype=float, device=device)
    film.normal = wp.zeros((height, width), dtype=wp.vec3, device=device)
    film.color = wp.zeros((height, width), dtype=wp.vec4, device=device)
    return film


def smooth_film(film: Film, device: str) -> wp.array:
    """The film's radiance without grain, vec3 [H, W]; light that all samples agree on stays as it is."""
    radiance, variance = film.radiance, film.variance
    for stride in STRIDES_PX:
        smoothed, smoothed_variance = wp.zeros_like(radiance), wp.zeros_like(variance)
        inputs = [radiance, variance, film.normal, film.color, stride]
        outputs = [smoothed, smoothed_variance]
        wp.launch(smooth_pixels, dim=radiance.shape, inputs=inputs, outputs=outputs, device=device)
        radiance, variance = smoothed, smoothed_variance
    return radiance
