"""Which parts of a solid stick out: limbs, told by shape alone.

The distance through the solid from its middle has a peak at the tip of each limb. Taken from the farthest
cell inwards, limbs are pieces that grow until they meet: the join tree of the distance (Carr, Snoeyink and
Axen 2003), cut where two pieces that both have grown long enough meet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from serve.motion.rigging.distances import UNREACHED_M, distances_from
from serve.motion.rigging.volume import Volume

__all__ = ["find_branches", "middle_cell"]

_SAMPLE_COUNT = 24
_LENGTH_SHARE = 0.14  # of the longest side: what sticks out less is a bump


@dataclass(slots=True)
class _Piece:
    """Cells that hang together so far; a stem is where limbs have met."""

    peak_m: float
    is_stem: bool
    cells: list[int] = field(default_factory=list)


def middle_cell(volume: Volume, check: Callable[[], None] = lambda: None, device: str = "cpu") -> int:
    """The cell from which the ways to all others are shortest on the mean: in a body, within the trunk."""
    count = len(volume.cells)
    chosen = np.unique(np.linspace(0, count - 1, _SAMPLE_COUNT).astype(int))
    starts = np.full((len(chosen), count), np.inf)
    starts[np.arange(len(chosen)), chosen] = 0.0
    away = distances_from(volume, starts, check=check, device=device)
    reached = away < UNREACHED_M
    largest = reached.sum(axis=0) == reached.sum(axis=0).max()
    means = np.where(reached, away, 0.0).sum(axis=0) / np.maximum(reached.sum(axis=0), 1)
    return int(np.argmin(np.where(largest, means - 0.5 * volume.depth, np.inf)))


def find_branches(
    volume: Volume, middle: int, check: Callable[[], None] = lambda: None, device: str = "cpu"
) -> list[NDArray[np.bool_]]:
    """The limbs of a solid, bool [N] each, the longest first.

    Args:
        volume: The solid.
        middle: The cell that distances are measured from.
        check: Called now and then; may raise.
        device: A Warp device.
    """
    start = np.full((1, len(volume.cells)), np.inf)
    start[0, middle] = 0.0
    away = distances_from(volume, start, check=check, device=device)[0]
    least = _LENGTH_SHARE * volume.step * float(np.ptp(volume.cells, axis=0).max())
    order = np.argsort(-away, kind="stable")
    found = _joined(volume, away, order[away[order] < UNREACHED_M].tolist(), least)
    limbs = []
    for piece in sorted(found, key=lambda piece: (-piece.peak_m, piece.cells[0])):
        is_limb = np.zeros(len(away), bool)
        is_limb[piece.cells] = True
        limbs.append(is_limb)
    return limbs


def _joined(volume: Volume, away: NDArray[np.float64], order: list[int], least: float) -> list[_Piece]:
    """The pieces that were long enough when they met another such; cells are taken in order."""
    piece_of: list[_Piece | None] = [None] * len(away)
    links, metres = volume.links.tolist(), away.tolist()
    limbs: list[_Piece] = []
    for cell in order:
        near = {id(piece): piece for end in links[cell] if end >= 0 and (piece := piece_of[end]) is not None}
        pieces = sorted(near.values(), key=lambda piece: (-len(piece.cells), piece.cells[0]))
        if not pieces:
            pieces = [_Piece(metres[cell], is_stem=False)]
        kept = pieces[0]
        for other in pieces[1:]:
            kept = _met(kept, other, metres[cell] + least, limbs, piece_of)
        kept.cells.append(cell)
        piece_of[cell] = kept
    return limbs


def _met(
    first: _Piece, second: _Piece, long_m: float, limbs: list[_Piece], piece_of: list[_Piece | None]
) -> _Piece:
    """One piece of two that meet; those that stick out this far are limbs, and the rest is a stem."""
    both = (first, second)
    lasting = [piece for piece in both if piece.is_stem or piece.peak_m >= long_m]
    kept, other = (first, second) if len(first.cells) >= len(second.cells) else (second, first)
    if len(lasting) == 2:
        limbs += [
            _Piece(piece.peak_m, is_stem=False, cells=list(piece.cells))
            for piece in both
            if not piece.is_stem
        ]
        kept.is_stem = True
    else:
        kept.is_stem = first.is_stem or second.is_stem
    kept.peak_m = max(first.peak_m, second.peak_m)
    for cell in other.cells:
        piece_of[cell] = kept
    kept.cells += other.cells
    return kept
