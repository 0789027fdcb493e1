"""Light from all around: a picture of the surroundings, in the place of the studio's sun and sky.

The picture is equirectangular and linear, as .hdr and .exr files hold it. The ray tracer draws directions
from it by how much shines there (Pharr, Jakob and Humphreys, "Physically Based Rendering", section 14.2.4),
and weighs them against the rays of surfaces by the balance heuristic (Veach and Guibas, SIGGRAPH 1995).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.render.kernels.structs import Surroundings

__all__ = ["Environment", "EnvironmentLighting", "PlacedEnvironment", "place_environment"]

Vector = tuple[float, float, float]
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """The surroundings, ready to draw directions from.

    Args:
        radiance: float32 [H, W, 3], linear RGB; the top row is straight up, and the middle column lies behind
            an asset that is seen from its front (towards -Z), with +X to its right.
        row_sums: float32 [H + 1], from 0 to 1: the share of all light above each row.
        column_sums: float32 [H, W + 1], from 0 to 1 in each row: the share of its light left of each column.
    """

    radiance: NDArray[np.float32]
    row_sums: NDArray[np.float32]
    column_sums: NDArray[np.float32]

    @classmethod
    def from_picture(cls, radiance: NDArray[np.floating]) -> Environment:
        """Add up the light of a picture.

        Args:
            radiance: [H, W, 3], linear RGB, at least 0; twice as wide as high, but that is not asked for.

        Raises:
            InvalidRequestError: It is no such picture, or all black.
        """
        picture = np.ascontiguousarray(radiance, dtype=np.float32)
        if picture.ndim != 3 or picture.shape[2] != 3 or min(picture.shape) == 0:
            raise InvalidRequestError(
                f"an environment of shape {picture.shape} is no [H, W, 3]", "environment"
            )
        if not np.isfinite(picture).all() or (picture < 0.0).any() or not picture.any():
            raise InvalidRequestError(
                "the environment must be finite, at least 0 and somewhere more than 0", "environment"
            )
        weights = _light_of_texels(picture)
        return cls(picture, _running_share(weights.sum(axis=1)), _running_share(weights))

    def rows_above(self) -> NDArray[np.float32]:
        """The `row_sums` of the upper half alone, for a floor hides the lower one."""
        upper = self.row_sums[len(self.row_sums) // 2]
        return np.minimum(self.row_sums / upper, np.float32(1.0)) if upper > 0.0 else self.row_sums


@dataclass(frozen=True, slots=True, eq=False)
class EnvironmentLighting:
    """An environment as all light in a picture.

    Args:
        environment: The surroundings.
        rotation_deg: They are turned by it about the vertical, from +Z towards +X: as cameras go by azimuth.
        intensity: They shine by it brighter than they are; 1 is the white of the display.
        backdrop: What the camera sees behind the asset, linear RGB, at the centre of the picture and in its
            corners; None shows the surroundings themselves.
        floor: Linear base colour of a floor under the asset's lowest point, which shows as shadow on the
            backdrop and shines back at the asset; None for no floor.

    Raises:
        InvalidRequestError: The intensity is not positive or the rotation not finite.
    """

    environment: Environment
    rotation_deg: float = 0.0
    intensity: float = 1.0
    backdrop: tuple[Vector, Vector] | None = None
    floor: Vector | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.intensity) and self.intensity > 0.0):
            raise InvalidRequestError(f"intensity = {self.intensity} must be positive", "intensity")
        if not math.isfinite(self.rotation_deg):
            raise InvalidRequestError(f"rotation_deg = {self.rotation_deg} must be finite", "rotation_deg")

    def turned(self, angle_deg: float) -> EnvironmentLighting:
        """The same surroundings turned further about the vertical, from +Z towards +X."""
        return replace(self, rotation_deg=self.rotation_deg + angle_deg)

    def brightened(self, factor: float) -> EnvironmentLighting:
        """The same surroundings, so many times as bright."""
        return replace(self, intensity=self.intensity * factor)


@dataclass(frozen=True, slots=True)
class PlacedEnvironment:
    """Surroundings on the device.

    Args:
        table: [1] of Surroundings.
        owners: Of the memory that the table points into; they must outlive every launch.
    """

    table: wp.array
    owners: tuple[wp.array, ...]


def place_environment(lighting: EnvironmentLighting, device: str) -> PlacedEnvironment:
    """Upload the surroundings; on the CPU, they are read where they are."""
    environment, surroundings = lighting.environment, Surroundings()
    row_sums = environment.row_sums if lighting.floor is None else environment.rows_above()
    arrays = (
        wp.array(environment.radiance, dtype=wp.vec3, device=device, copy=False),
        wp.array(row_sums, dtype=float, device=device, copy=False),
        wp.array(environment.column_sums, dtype=float, device=device, copy=False),
    )
    surroundings.radiance, surroundings.row_sums, surroundings.column_sums = arrays
    surroundings.turn = math.fmod(lighting.rotation_deg, 360.0) / 360.0
    surroundings.intensity = lighting.intensity
    return PlacedEnvironment(wp.array([surroundings], dtype=Surroundings, device=device), arrays)


def _light_of_texels(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """The luminance that each texel sends, float64 [H, W], up to a factor."""
    sine = np.sin(np.pi * (np.arange(len(picture)) + 0.5) / len(picture))
    return np.asarray((picture.astype(np.float64) @ LUMINANCE) * sine[:, None], dtype=np.float64)


def _running_share(weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Running sums over the last axis as shares of the whole, from 0 on; even steps where there is none."""
    sums = np.cumsum(weights, axis=-1)
    even = np.arange(1, weights.shape[-1] + 1) / weights.shape[-1]
    whole = sums[..., -1:]
    shares = np.where(whole > 0.0, sums / np.where(whole > 0.0, whole, 1.0), even)
    return np.concatenate([np.zeros_like(whole), shares], axis=-1).astype(np.float32)
