"""Frames as a film takes them: of one size, with alpha or laid over a colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.formats.video.wanted import VideoFormat

__all__ = ["fit_frame"]

Pixels = NDArray[np.uint8]

_OPAQUE = 255


def fit_frame(frame: Pixels, wanted: VideoFormat) -> Pixels:
    """The frame with as many channels as the film keeps, contiguous.

    What has alpha is laid over the film's matte where it keeps none, as a browser lays it over a page: shares
    of sRGB levels.

    Args:
        frame: uint8 [H, W, 3 or 4], sRGB, straight alpha.
        wanted: Says the size.

    Raises:
        InvalidRequestError: The frame is of another size, shape or type.
    """
    sizes = [(wanted.height, wanted.width, channel_count) for channel_count in (3, 4)]
    if frame.shape not in sizes or frame.dtype != np.uint8:
        raise InvalidRequestError(
            f"a frame is {frame.dtype} {list(frame.shape)}; this film's are uint8 {list(sizes[0])}, "
            f"or {list(sizes[1])} with alpha",
            "frames",
        )
    channel_count = frame.shape[-1]
    if wanted.transparent and channel_count == 3:
        frame = np.pad(frame, ((0, 0), (0, 0), (0, 1)), constant_values=_OPAQUE)
    elif not wanted.transparent and channel_count == 4:
        frame = _laid_over(frame, wanted.matte)
    return np.ascontiguousarray(frame)


def _laid_over(frame: Pixels, matte: str) -> Pixels:
    color, alpha = frame[..., :3], frame[..., 3:]
    if alpha.min() == _OPAQUE:
        return color
    below = np.frombuffer(bytes.fromhex(matte.removeprefix("#")), np.uint8).astype(np.uint32)
    levels = color.astype(np.uint32) * alpha + below * (_OPAQUE - alpha.astype(np.uint32))
    return ((levels + _OPAQUE // 2) // _OPAQUE).astype(np.uint8)
