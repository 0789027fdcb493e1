"""How far a noisy picture is from the truth, and what time an equal error takes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["relative_mse", "seconds_to_error"]

_KEPT_SHARE = 0.999


def relative_mse(picture: NDArray[np.float32], reference: NDArray[np.float32]) -> float:
    """The mean of (x - r)^2 / (r^2 + 0.01) over pixels and channels (Rousselle et al., SIGGRAPH Asia 2011).

    What lies above the 99.9 % quantile counts as that quantile: else a few fireflies decide the number.

    Args:
        picture: [H, W, 3], linear radiance.
        reference: [H, W, 3], likewise.
    """
    truth = reference.astype(np.float64)
    errors = (picture - truth) ** 2 / (truth**2 + 0.01)
    return float(np.minimum(errors, np.quantile(errors, _KEPT_SHARE)).mean())


def seconds_to_error(errors: Sequence[float], walls_s: Sequence[float], wanted: float) -> float | None:
    """What time an error takes, on the polyline of the logarithms through what was measured.

    Args:
        errors: Of each measurement, falling or rising.
        walls_s: The seconds of each.
        wanted: An error.

    Returns:
        Seconds; None where `wanted` lies outside of what was measured.
    """
    points = sorted(zip(errors, walls_s, strict=True))
    if not points or not points[0][0] <= wanted <= points[-1][0]:
        return None
    logs = np.log(np.array(points))
    return float(np.exp(np.interp(math.log(wanted), logs[:, 0], logs[:, 1])))
