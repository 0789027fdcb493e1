"""CIEDE2000: how different two colours look (Sharma, Wu and Dalal 2005, Color Research & Application 30(1)).

1 is about what one can just see, side by side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ciede2000", "lab_from_linear"]

# From linear sRGB to XYZ under D65 (IEC 61966-2-1), and that white.
_XYZ = np.array([
    [0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041],
])  # fmt: skip
_WHITE = _XYZ.sum(axis=1)
_25_TO_7 = 25.0**7


def lab_from_linear(rgb: ArrayLike) -> NDArray[np.float64]:
    """CIE L*, a*, b* [..., 3] of linear sRGB [..., 3] in [0, 1], D65."""
    ratios = np.asarray(rgb, np.float64) @ _XYZ.T / _WHITE
    cut = 6.0 / 29.0
    roots = np.where(ratios > cut**3, np.cbrt(ratios), ratios / (3.0 * cut**2) + 4.0 / 29.0)
    x, y, z = np.moveaxis(roots, -1, 0)
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def ciede2000(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """The difference [...] between CIE L*a*b* colours [..., 3]."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(lab, np.float64), -1, 0) for lab in (first, second))
    stretch = 1.0 + 0.5 * (1.0 - _seventh((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2.0))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = _hue(stretch * a1, b1), _hue(stretch * a2, b2)
    turn, mean_hue = _hue_turn_and_mean(h1, h2, c1 * c2 == 0.0)
    mean_l, mean_c = (l1 + l2) / 2.0, (c1 + c2) / 2.0
    s_l = 1.0 + 0.015 * (mean_l - 50.0) ** 2 / np.sqrt(20.0 + (mean_l - 50.0) ** 2)
    s_c, s_h = 1.0 + 0.045 * mean_c, 1.0 + 0.015 * mean_c * _hue_weight(mean_hue)
    by_l, by_c = (l2 - l1) / s_l, (c2 - c1) / s_c
    by_h = 2.0 * np.sqrt(c1 * c2) * np.sin(turn / 2.0) / s_h
    blue = np.radians(60.0) * np.exp(-(((np.degrees(mean_hue) - 275.0) / 25.0) ** 2))
    rotation = -2.0 * _seventh(mean_c) * np.sin(blue)
    return np.asarray(np.sqrt(np.maximum(by_l**2 + by_c**2 + by_h**2 + rotation * by_c * by_h, 0.0)))


def _seventh(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(chroma**7 / (chroma**7 + _25_TO_7)))


def _hue(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Radians in [0, 2 pi); 0 for grey."""
    return np.asarray(np.mod(np.arctan2(b, a), 2.0 * np.pi))


def _hue_turn_and_mean(
    h1: NDArray[np.float64], h2: NDArray[np.float64], is_grey: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The shorter way from one hue to the other, and the hue in its middle; a grey has none of its own."""
    apart = h2 - h1
    turn = np.where(apart > np.pi, apart - 2.0 * np.pi, np.where(apart < -np.pi, apart + 2.0 * np.pi, apart))
    total = h1 + h2
    beyond = np.where(total < 2.0 * np.pi, 2.0 * np.pi, -2.0 * np.pi)
    mean = np.where(np.abs(apart) > np.pi, (total + beyond) / 2.0, total / 2.0)
    return np.where(is_grey, 0.0, turn), np.where(is_grey, total, mean)


def _hue_weight(hue: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(
        1.0
        - 0.17 * np.cos(hue - np.radians(30.0))
        + 0.24 * np.cos(2.0 * hue)
        + 0.32 * np.cos(3.0 * hue + np.radians(6.0))
        - 0.20 * np.cos(4.0 * hue - np.radians(63.0))
    )
