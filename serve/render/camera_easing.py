"""How a camera's move begins and ends: the share of its way by the share of its time, both in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from serve.contracts.camera import Easing

__all__ = ["ease"]

Floats = NDArray[np.float64]

_WAYS: Mapping[Easing, Callable[[Floats], Floats]] = {
    Easing.LINEAR: lambda share: share,
    Easing.IN: lambda share: share**2,
    Easing.OUT: lambda share: share * (2.0 - share),
    Easing.IN_OUT: lambda share: share**2 * (3.0 - 2.0 * share),
}


def ease(easing: Easing, shares: Floats) -> Floats:
    """The shares of the way at shares [N] of the time; the speed is 0 wherever the easing has it rest."""
    return _WAYS[easing](shares)
