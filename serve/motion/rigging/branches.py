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

_SAMPLE_COUNT = 16
_LENGTH_SHARE = 0.14  # of the longest side: what sticks out less is a bump
_CHECK_CELLS = 10_000  # added between two checks: some hundredths of a second
_SLENDER = 2.2  # times a limb's radius: the corners of a box are shorter


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
    order = np.argsort(-away, kind="stable")
    tree = _JoinTree(volume)
    for place, cell in enumerate(order[away[order] < UNREACHED_M].tolist()):
        if place % _CHECK_CELLS == 0:
            check()
        tree.add(cell, float(away[cell]))
    limbs = []
    for piece in sorted(tree.limbs, key=lambda piece: (-piece.peak_m, piece.cells[0])):
        is_limb = np.zeros(len(away), bool)
        is_limb[piece.cells] = True
        limbs.append(is_limb)
    return limbs


class _JoinTree:
    """Pieces of a solid that grow as its cells are added, the farthest first.

    Args:
        volume: The solid.

    Attributes:
        limbs: The pieces that stuck out when they met another that did, or a stem.
    """

    def __init__(self, volume: Volume) -> None:
        self.limbs: list[_Piece] = []
        self._links = volume.links.tolist()
        self._piece_of: list[_Piece | None] = [None] * len(volume.cells)
        self._cell_m3 = volume.step**3
        self._least_m = _LENGTH_SHARE * volume.step * float(np.ptp(volume.cells, axis=0).max())

    def add(self, cell: int, away_m: float) -> None:
        """Add a cell, nearer to the middle than all before."""
        near = [piece for end in self._links[cell] if end >= 0 and (piece := self._piece_of[end]) is not None]
        pieces = sorted({id(piece): piece for piece in near}.values(), key=lambda piece: -len(piece.cells))
        kept = pieces[0] if pieces else _Piece(away_m, is_stem=False)
        for other in pieces[1:]:
            self._join(kept, other, away_m)
        kept.cells.append(cell)
        self._piece_of[cell] = kept

    def _join(self, kept: _Piece, other: _Piece, away_m: float) -> None:
        """Add one piece to another that it meets at a distance: two that stick out make a stem."""
        if all(piece.is_stem or self._sticks_out(piece, away_m) for piece in (kept, other)):
            ended = [piece for piece in (kept, other) if not piece.is_stem]
            self.limbs += [_Piece(piece.peak_m, is_stem=False, cells=list(piece.cells)) for piece in ended]
            kept.is_stem = True
        kept.is_stem = kept.is_stem or other.is_stem
        kept.peak_m = max(kept.peak_m, other.peak_m)
        for cell in other.cells:
            self._piece_of[cell] = kept
        kept.cells += other.cells

    def _sticks_out(self, piece: _Piece, away_m: float) -> bool:
        """Whether a piece is long enough, by itself and for its thickness, that of a rod of its volume."""
        length_m = piece.peak_m - away_m
        thickness_m = np.sqrt(len(piece.cells) * self._cell_m3 / (np.pi * max(length_m, 1e-12)))
        return bool(length_m >= self._least_m and length_m >= _SLENDER * thickness_m)
