"""What film is asked for, and whether it can be made."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from serve.contracts.errors import InvalidRequestError
from serve.contracts.quality import Quality
from serve.contracts.video import (
    CONTAINERS,
    MAX_FRAME_COUNT,
    MAX_PIXEL_COUNT,
    MAX_SIDE_PX,
    TRANSPARENT_CODECS,
    Codec,
    Container,
)

__all__ = ["MEDIA_TYPES", "VideoFormat", "frame_rate"]

MIN_SIDE_PX = 16
FPS_RANGE = (1, 120)
# Broadcast rates are whole numbers slowed by 1000/1001, and written with two or three decimals.
_SLOWED = Fraction(1000, 1001)
_SLOWED_TOLERANCE = 0.005
_MAX_DENOMINATOR = 1000
MEDIA_TYPES = {
    Container.MP4: ("video/mp4", "mp4"),
    Container.WEBM: ("video/webm", "webm"),
    Codec.GIF: ("image/gif", "gif"),
    Codec.PNG: ("application/zip", "zip"),
}
"""What a film's file is -> its media type, as IANA has it, and how its name ends."""


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """A film to be written.

    Args:
        width: Of the frames, pixels, 16 to 4096.
        height: Pixels, 16 to 4096; 4096 x 2304 pixels in all are the most.
        fps: Frames a second, 1 to 120; see `frame_rate`.
        frame_count: 1 to 3,600.
        codec: How frames are coded.
        container: The file around them; `auto` is the codec's usual one.
        quality: How exactly, and how slowly.
        transparent: Whether the film keeps the frames' alpha: VP9, GIF (on or off) and PNG can.
        matte: sRGB, `#rrggbb`: what lies under frames with alpha in a film without.

    Raises:
        InvalidRequestError: A field is out of range, or two do not go together.
    """

    width: int
    height: int
    fps: float
    frame_count: int
    codec: Codec = Codec.H264
    container: Container = Container.AUTO
    quality: Quality = Quality.MEDIUM
    transparent: bool = False
    matte: str = "#ffffff"

    def __post_init__(self) -> None:
        _check_range("width", self.width, MIN_SIDE_PX, MAX_SIDE_PX)
        _check_range("height", self.height, MIN_SIDE_PX, MAX_SIDE_PX)
        if self.width * self.height > MAX_PIXEL_COUNT:
            raise InvalidRequestError(
                f"{self.width} x {self.height} is more than {MAX_PIXEL_COUNT:,} pixels: ask for less", "width"
            )
        _check_range("fps", self.fps, *FPS_RANGE)
        _check_range("frame_count", self.frame_count, 1, MAX_FRAME_COUNT)
        _check_container(self.codec, self.container)
        if self.transparent and self.codec not in TRANSPARENT_CODECS:
            able = ", ".join(sorted(TRANSPARENT_CODECS))
            raise InvalidRequestError(f"codec {self.codec} keeps no transparency; take {able}", "codec")
        if self.transparent and self.container is Container.MP4:
            raise InvalidRequestError("an MP4 keeps no transparency; take container webm", "container")
        if not re.fullmatch("#[0-9A-Fa-f]{6}", self.matte):
            raise InvalidRequestError(f"matte {self.matte!r} is no colour such as #c0d8ff", "matte")

    @property
    def frame_rate(self) -> Fraction:
        """Frames a second, exactly."""
        return frame_rate(self.fps)

    @property
    def duration_s(self) -> float:
        """Seconds for which its frames are seen."""
        return float(self.frame_count / self.frame_rate)

    @property
    def holder(self) -> Codec | Container:
        """What the file is: the container, or the codec that is a file of its own."""
        if self.container is not Container.AUTO:
            return self.container
        return next(iter(CONTAINERS[self.codec]), self.codec)

    @property
    def media_type(self) -> str:
        """Of the file, as IANA has it."""
        return MEDIA_TYPES[self.holder][0]

    @property
    def file_ext(self) -> str:
        """How the file's name ends, without the dot."""
        return MEDIA_TYPES[self.holder][1]

    @property
    def channel_count(self) -> int:
        """Bytes of a pixel that the film keeps: 4 with alpha."""
        return 4 if self.transparent else 3


def frame_rate(fps: float) -> Fraction:
    """The exact rate that a decimal means: 23.976 (or 23.98) is 24000/1001, 12.5 is 25/2.

    Args:
        fps: Frames a second; other rates are taken to the nearest fraction with a denominator up to 1000.
    """
    slowed = round(fps / _SLOWED) * _SLOWED
    if not float(fps).is_integer() and abs(slowed - Fraction(fps)) <= _SLOWED_TOLERANCE:
        return slowed
    return Fraction(fps).limit_denominator(_MAX_DENOMINATOR)


def _check_range(name: str, value: float, least: int, most: int) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise InvalidRequestError(f"{name} = {value} is outside {least:,} to {most:,}", name)


def _check_container(codec: Codec, container: Container) -> None:
    fitting = CONTAINERS[codec]
    if container is not Container.AUTO and container not in fitting:
        able = " or ".join(fitting) or "a file of its own"
        raise InvalidRequestError(
            f"container {container} does not hold codec {codec}, which goes into {able}", "container"
        )
