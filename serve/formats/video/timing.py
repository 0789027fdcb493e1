"""When a film's frames begin, in formats whose clock ticks too slowly for their rate."""

from __future__ import annotations

import math
from fractions import Fraction

__all__ = ["GIF_TICK_S", "gif_step", "gif_ticks"]

GIF_TICK_S = Fraction(1, 100)
# Browsers take a delay below two hundredths for one of ten.
_MOST_A_SECOND = 50
_LEAST_DELAY_TICKS = 2


def gif_step(rate: Fraction) -> int:
    """Each how many-th frame a GIF has, so that it has at most 50 a second."""
    return math.ceil(rate / _MOST_A_SECOND)


def gif_ticks(rate: Fraction, frame_count: int) -> list[int]:
    """When the frames of a GIF begin, and at last when the film ends, hundredths of a second.

    The last frame may stand for fewer than those before it; it is seen for two hundredths at least.

    Args:
        rate: Frames a second, before any are left out.
        frame_count: As many, before any are left out.
    """
    firsts = range(0, frame_count, gif_step(rate))
    *begins, end = (
        math.floor(index / rate / GIF_TICK_S + Fraction(1, 2)) for index in (*firsts, frame_count)
    )
    return [*begins, max(end, begins[-1] + _LEAST_DELAY_TICKS)]
