"""What is put behind a film's asset after it was traced: a colour, a gradient, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.contracts.stage import Spread
from serve.geometry.launching import spans_of
from serve.render.tone import develop, dithered, linear_to_srgb, srgb_to_linear, tone_map

__all__ = ["FilmBackground", "Gradient", "develop_frame"]

Floats = NDArray[np.float32]
Vector = tuple[float, float, float]

# Levels so near to a whole one are meant to be it: what a float32 loses on the way to light and back.
_LEVEL_ERROR = 0.01
_BAND_PIXEL_COUNT = 32_768  # whose values stay in a core's cache from step to step


@dataclass(frozen=True, slots=True)
class Gradient:
    """From the top of the picture to its bottom, evenly in sRGB as in CSS; the same twice is one colour.

    Args:
        top: sRGB, each in [0, 1].
        bottom: sRGB, each in [0, 1].

    Raises:
        InvalidRequestError: A number is out of range.
    """

    top: Vector
    bottom: Vector

    def __post_init__(self) -> None:
        ends = np.array([self.top, self.bottom], np.float64)
        if ends.shape != (2, 3) or not ((ends >= 0.0) & (ends <= 1.0)).all():
            raise InvalidRequestError(f"{self} must hold sRGB colours within [0, 1]", "background")

    @classmethod
    def from_hex(cls, top: str, bottom: str | None = None) -> Gradient:
        """Of colours such as `#c0d8ff`; without a bottom, the top's colour all over.

        Raises:
            InvalidRequestError: One is no such colour.
        """
        return cls(_from_hex(top), _from_hex(top if bottom is None else bottom))

    def rows(self, height: int) -> Floats:
        """The sRGB colour of each row, float32 [height, 3], at the rows' middles."""
        share = ((np.arange(height) + 0.5) / height)[:, None]
        colors = (1.0 - share) * np.array(self.top) + share * np.array(self.bottom)
        return np.asarray(colors, dtype=np.float32)


FilmBackground = Gradient | Literal["light", "transparent"]
"""`light` is what belongs to the light; `transparent` keeps the asset and its shadow alone."""


def develop_frame(
    radiance: Floats, clear: Floats, background: FilmBackground, spread: Spread
) -> NDArray[np.uint8]:
    """A frame as it is shown, from what was traced.

    Args:
        radiance: float32 [H, W, 3], linear; before a white backdrop, but with the background `light`.
        clear: float32 [H, W, 4]: the share of the backdrop that comes through, by colour and with the
            floor's shadow, and the share that no surface covers; not read with the background `light`.
        background: What lies behind.
        spread: Runs the bands of rows.

    Returns:
        uint8 [H, W, 4], sRGB with straight alpha.
    """
    height, width = radiance.shape[:2]
    frame = np.full((height, width, 4), 255, np.uint8)
    behind = background.rows(height) if isinstance(background, Gradient) else None

    def fill(rows: slice) -> None:
        light = radiance[rows]
        if background == "light":
            frame[rows, :, :3] = develop(light, rows.start)
            return
        through = clear[rows]
        surfaces = light - through[..., :3]
        if behind is None:
            frame[rows] = _alone(surfaces, through, rows.start)
        else:
            frame[rows, :, :3] = _over(surfaces, through, behind[rows], rows.start)

    spread(partial(fill, rows) for rows in spans_of(height, _BAND_PIXEL_COUNT // width))
    return frame


def _over(surfaces: Floats, clear: Floats, behind: Floats, first_row: int) -> NDArray[np.uint8]:
    """Lay surfaces over sRGB colours of rows, which stay as they are where nothing covers or shades them."""
    covered = 1.0 - clear[..., 3:]
    linear = covered * _shown(surfaces, covered) + clear[..., :3] * srgb_to_linear(behind)[:, None]
    return _rounded(linear_to_srgb(np.clip(linear, 0.0, 1.0)), first_row)


def _alone(surfaces: Floats, clear: Floats, first_row: int) -> NDArray[np.uint8]:
    """Surfaces with straight alpha; the floor is there as shadow alone.

    Programs blend encoded values. So the shadow's alpha is such that it darkens an encoded background as much
    as the shadow darkens its light.
    """
    covered = 1.0 - clear[..., 3:]
    shade = clear[..., :3].mean(axis=-1, keepdims=True) / np.maximum(clear[..., 3:], 1e-4)
    alpha = 1.0 - clear[..., 3:] * linear_to_srgb(np.clip(shade, 0.0, 1.0))
    color = linear_to_srgb(_shown(surfaces, covered)) * covered / np.maximum(alpha, 1e-4)
    rounded = _rounded(np.clip(color, 0.0, 1.0), first_row)
    return np.concatenate([rounded, np.rint(255.0 * alpha).astype(np.uint8)], axis=-1)


def _shown(surfaces: Floats, covered: Floats) -> Floats:
    """The linear colour in [0, 1) that surfaces have on the display, without the background's share."""
    radiance = np.maximum(surfaces, 0.0) / np.maximum(covered, 1e-4)
    return tone_map(np.asarray(radiance, dtype=np.float32))


def _rounded(encoded: Floats, first_row: int) -> NDArray[np.uint8]:
    levels = 255.0 * encoded
    levels = np.where(np.abs(levels - np.rint(levels)) < _LEVEL_ERROR, np.rint(levels), levels)
    return dithered(levels, first_row)


def _from_hex(color: str) -> Vector:
    try:
        red, green, blue = bytes.fromhex(color.removeprefix("#"))
    except ValueError as error:
        raise InvalidRequestError(f"{color!r} is no colour such as #c0d8ff", "background") from error
    return red / 255, green / 255, blue / 255
