"""Starts Warp once, quietly, for every package that runs kernels."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    with _native_errors_hidden():
        wp.init()


@contextmanager
def _native_errors_hidden() -> Iterator[None]:
    """Warp's native library itself writes to standard error that there is no CUDA driver."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
