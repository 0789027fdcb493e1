"""How much light a GGX surface reflects in total: the table that keeps the shading's energy balance."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["directional_albedo"]

TABLE_SIZE = 32
SAMPLE_SIDE = 24


@cache
def directional_albedo() -> NDArray[np.float32]:
    """Scale and bias of F0 in the directional albedo: the split sum of Karis (SIGGRAPH 2013 course).

    Each entry averages G2 / G1 over visible normals (Heitz, JCGT 2018), without and with Schlick's fifth
    power, on a regular grid of samples.

    Returns:
        float32 [32, 32, 2]; rows are the cosine to the viewer, columns the perceptual roughness, both
        evenly over [0, 1].
    """
    steps = np.linspace(0.0, 1.0, TABLE_SIZE)
    cosines, roughness = np.meshgrid(steps, steps, indexing="ij")
    cosine, alpha = (np.maximum(grid, 1e-3).reshape(-1, 1) for grid in (cosines, roughness**2))
    light_cosine, half_cosine = _reflected_cosines(cosine, alpha)
    weight = _shadowing_ratio(cosine, light_cosine, alpha)
    fresnel = np.power(1.0 - half_cosine, 5)
    entries = np.stack([(weight * (1.0 - fresnel)).mean(axis=1), (weight * fresnel).mean(axis=1)], axis=1)
    return entries.reshape(TABLE_SIZE, TABLE_SIZE, 2).astype(np.float32)


def _reflected_cosines(
    cosine: NDArray[np.float64], alpha: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cosines of light to normal, and of half vector to viewer, for a grid of visible normals; [N, S]."""
    grid = (np.arange(SAMPLE_SIDE) + 0.5) / SAMPLE_SIDE
    turn, share = (axis.reshape(1, -1) for axis in np.meshgrid(2.0 * np.pi * grid, grid))
    sine = np.sqrt(1.0 - cosine**2)
    length = np.hypot(alpha * sine, cosine)
    view_x, view_z = alpha * sine / length, cosine / length
    cap_z = (1.0 - share) * (1.0 + view_z) - view_z
    cap_r = np.sqrt(np.maximum(1.0 - cap_z**2, 0.0))
    half_x, half_y, half_z = cap_r * np.cos(turn) + view_x, cap_r * np.sin(turn), cap_z + view_z
    half_x, half_y = half_x * alpha, half_y * alpha
    size = np.sqrt(half_x**2 + half_y**2 + half_z**2)
    half_cosine = (half_x * sine + half_z * cosine) / size
    return 2.0 * half_cosine * half_z / size - cosine, np.clip(half_cosine, 0.0, 1.0)


def _shadowing_ratio(
    cosine: NDArray[np.float64], light_cosine: NDArray[np.float64], alpha: NDArray[np.float64]
) -> NDArray[np.float64]:
    """G2 / G1 of height-correlated Smith; 0 where the light lies under the surface."""
    above = np.maximum(light_cosine, 1e-6)
    view_lambda, light_lambda = (np.sqrt(1.0 + alpha**2 * (1.0 / c**2 - 1.0)) for c in (cosine, above))
    return np.where(light_cosine > 0.0, (1.0 + view_lambda) / (view_lambda + light_lambda), 0.0)
