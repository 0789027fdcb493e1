"""Distances inside a solid: the way from one cell to another without leaving it.

The eikonal equation on the cells, solved by sweeping: Zhao 2005, "A Fast Sweeping Method for Eikonal
Equations".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.geometry.slicing import slices_of
from serve.geometry.warp_setup import ensure_warp
from serve.motion.rigging.volume import Volume
from serve.motion.rigging.volume_kernels import sweep_kernel

__all__ = ["UNREACHED_M", "distances_from", "limited_links"]

UNREACHED_M = 1e29
"""Distances above this are of cells that no way leads to."""

_MOST_ROUNDS = 12


def distances_from(
    volume: Volume,
    starts: NDArray[np.float64],
    links: NDArray[np.int32] | None = None,
    check: Callable[[], None] = lambda: None,
    device: str = "cpu",
) -> NDArray[np.float64]:
    """How far each cell is from the places where each of some fields starts.

    Args:
        volume: The solid.
        starts: float64 [J, N], metres; what is known at the cells where a field starts, infinite elsewhere.
        links: In the place of the volume's, such as `limited_links` gives.
        check: Called now and then; may raise.
        device: A Warp device.

    Returns:
        float64 [J, N], metres; above `UNREACHED_M` where no way leads.
    """
    ensure_warp()
    orders = wp.array(_orders(volume.cells), dtype=wp.int32, device=device)
    taken = wp.array(volume.links if links is None else links, dtype=wp.int32, device=device)
    fields = wp.array(np.minimum(starts, 1e30).astype(np.float32), dtype=float, device=device)
    for part in slices_of(len(starts), check, first_count=1):
        inputs = [orders, taken, volume.step, _MOST_ROUNDS, fields[part]]
        wp.launch(sweep_kernel, dim=part.stop - part.start, inputs=inputs, device=device)
    return np.asarray(fields.numpy().astype(np.float64))


def limited_links(volume: Volume, is_kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The links int32 [N, 6] between those cells alone that bool [N] keeps."""
    ends = volume.links
    return np.where((ends >= 0) & is_kept[:, None] & is_kept[ends], ends, -1).astype(np.int32)


def _orders(cells: NDArray[np.int32]) -> NDArray[np.int32]:
    """Four orders int32 [4, N] of the cells; with their reverses the eight in which to sweep."""
    x, y, z = cells.T
    signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
    return np.stack([np.lexsort((b * z, a * y, x)) for a, b in signs]).astype(np.int32)
