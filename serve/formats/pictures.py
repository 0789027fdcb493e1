"""Textures as the pictures inside a file: PNG, or JPEG where PNG would be too large; never WebP.

PNG is exact, and small for textures that were baked from plain colours. A texture of noise or of a photograph
takes up to three bytes a texel as PNG; beyond one byte it becomes a JPEG of quality 95 with colours at full
resolution, which readers of every format here know.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Picture", "encode_picture"]

_MAX_PNG_BYTES_PER_TEXEL = 1.0
_JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded texture.

    Args:
        data: The file's bytes.
        ext: `png` or `jpg`.
        media_type: `image/png` or `image/jpeg`.
    """

    data: bytes
    ext: str
    media_type: str


def encode_picture(texels: NDArray[np.uint8]) -> Picture:
    """Encode uint8 [H, W, 3] or, in grey, [H, W]; without time or text: equal texels give equal bytes."""
    png = _encoded(texels, format="PNG", compress_level=6)
    if len(png) <= _MAX_PNG_BYTES_PER_TEXEL * texels.shape[0] * texels.shape[1]:
        return Picture(png, "png", "image/png")
    return Picture(_encoded(texels, format="JPEG", quality=_JPEG_QUALITY, subsampling=0), "jpg", "image/jpeg")


def _encoded(texels: NDArray[np.uint8], **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(texels).save(file, **options)  # type: ignore[arg-type]
    return file.getvalue()
