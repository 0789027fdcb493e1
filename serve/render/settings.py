"""What a picture shall be: its size, its effort, its seed and its background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from serve.contracts.errors import InvalidRequestError

__all__ = ["Background", "PictureSettings"]

Background = Literal["light", "dark"]

SIZE_RANGE_PX = (16, 4096)
SAMPLE_COUNT_RANGE = (1, 1024)
AMBIENT_SAMPLE_COUNT_RANGE = (1, 64)
SEED_RANGE = (0, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """How to take a picture.

    Args:
        width: Pixels, 16 to 4096.
        height: Pixels, 16 to 4096.
        sample_count: Camera rays for each pixel, 1 to 1024.
        ambient_sample_count: Rays towards the sky for each camera ray that hits, 1 to 64.
        seed: Of the random numbers; equal seeds give equal bytes.
        background: `light` or `dark`, a seamless studio backdrop.
        shared_jitter: Whether every pixel takes its samples at the same places within it. Few samples then
            give even outlines, and patterns finer than a pixel may show moiré in the place of grain.

    Raises:
        InvalidRequestError: A field is out of range; the message names it and its value.
    """

    width: int = 512
    height: int = 512
    sample_count: int = 8
    ambient_sample_count: int = 4
    seed: int = 0
    background: Background = "light"
    shared_jitter: bool = False

    def __post_init__(self) -> None:
        _check_range("width", self.width, SIZE_RANGE_PX)
        _check_range("height", self.height, SIZE_RANGE_PX)
        _check_range("sample_count", self.sample_count, SAMPLE_COUNT_RANGE)
        _check_range("ambient_sample_count", self.ambient_sample_count, AMBIENT_SAMPLE_COUNT_RANGE)
        _check_range("seed", self.seed, SEED_RANGE)
        if self.background not in get_args(Background):
            known = ", ".join(get_args(Background))
            raise InvalidRequestError(
                f"background = {self.background!r} is unknown; take {known}", "background"
            )


def _check_range(field: str, value: int, limits: tuple[int, int]) -> None:
    if not limits[0] <= value <= limits[1]:
        raise InvalidRequestError(f"{field} = {value} must lie in [{limits[0]}, {limits[1]}]", field)
