"""Pictures of untrusted origin: decoded by Pillow within limits, or refused."""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.limits import LIMITS, Tally
from serve.formats.reading.quoting import quoted

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Pictures"]

_KINDS = ("BMP", "JPEG", "PNG", "TGA", "WEBP")
# What Pillow raises at damaged files, by its own documentation and by trying.
_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    KeyError,
    EOFError,
    struct.error,
    OverflowError,
    TypeError,
)


class Pictures:
    """Decodes the pictures of one file and counts their texels, and those of the maps made of them."""

    def __init__(self) -> None:
        remedy = "make its textures smaller"
        self.texels = Tally(LIMITS.texel_count, "texels in its textures", remedy)

    def decode(self, data: bytes, what: str) -> NDArray[np.uint8]:
        """A picture as uint8 [H, W, 4], sRGB or whatever it means, and alpha.

        Args:
            data: The file: PNG, JPEG, WebP, BMP or TGA.
            what: Its name, for the message.

        Raises:
            UnreadableMeshError: It is none of them, damaged, or too large.
        """
        from PIL import Image

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures: the limit is ours, and looked at below
            try:
                with Image.open(io.BytesIO(data), formats=_KINDS) as picture:
                    self._check_size(picture.size, what)
                    return _rgba(picture)
            except Image.DecompressionBombError:
                raise UnreadableMeshError(
                    f"the picture {quoted(what)} has more pixels than can be read: make it smaller"
                ) from None
            except _FAULTS as error:
                raise UnreadableMeshError(
                    f"the picture {quoted(what)} cannot be decoded ({type(error).__name__}): "
                    "save it as PNG or JPEG"
                ) from None

    def _check_size(self, size: tuple[int, int], what: str) -> None:
        if max(size) > LIMITS.picture_side_px or min(size) < 1:
            raise UnreadableMeshError(
                f"the picture {quoted(what)} has {size[0]:,} x {size[1]:,} pixels, at most "
                f"{LIMITS.picture_side_px:,} a side can be read: make it smaller"
            )
        self.texels.add(size[0] * size[1])


def _rgba(picture: Image.Image) -> NDArray[np.uint8]:
    if picture.mode.startswith("I"):  # 16 bits a channel, which Pillow would cut at 255
        grey = np.asarray(picture)
        largest = 65_535 if grey.max(initial=0) > 255 or picture.mode.startswith("I;16") else 255
        values = np.clip(grey.astype(np.float64) * (255.0 / largest), 0, 255).round().astype(np.uint8)
        return np.stack([values, values, values, np.full_like(values, 255)], axis=2)
    return np.asarray(picture.convert("RGBA"), np.uint8)
