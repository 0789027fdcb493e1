"""Starts Warp once, quietly, for every package that runs kernels."""

from __future__ import annotations

from functools import cache

import warp as wp

__all__ = ["ensure_warp"]


@cache
def ensure_warp() -> None:
    """Initialise Warp; call it before the first array or launch, as often as you like.

    Compiled kernels are kept in the folder that `WARP_CACHE_PATH` names, or else in the user's cache folder:
    Warp reads the variable itself. Below errors Warp stays silent, because a service's output is its log.
    """
    wp.config.log_level = wp.LOG_ERROR
    # A precompiled header saves a second of a cold compile but leaves a temporary folder for the
    # interpreter's shutdown to warn about.
    wp.config.use_precompiled_headers = False
    wp.init()
