"""Films as pictures: a ZIP of numbered PNGs, and the poster."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from serve.contracts.errors import InvalidRequestError
from serve.formats.video.wanted import VideoFormat

__all__ = ["poster_of", "write_pictures"]

Pixels = NDArray[np.uint8]

_EFFORT = 4  # above, zlib takes twice the time for 8 %


def poster_of(frames: Iterable[Pixels]) -> bytes:
    """The first frame, uint8 [H, W, 3 or 4], as a PNG: what stands for the film before it is played.

    Raises:
        InvalidRequestError: There is no frame.
    """
    for frame in frames:
        return _png(frame)
    raise InvalidRequestError("a film without frames has no poster: give at least one", "frames")


def write_pictures(wanted: VideoFormat, frames: Iterable[Pixels], output: BinaryIO) -> None:
    """Write a ZIP of `frame_0000.png` and so on, and `frames.json`, which tells when each is seen.

    Args:
        wanted: Rate and size.
        frames: uint8 [H, W, 3 or 4], sRGB.
        output: Is not closed.
    """
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as entries:
        names = []
        for index, frame in enumerate(frames):
            names.append(f"frame_{index:04d}.png")
            entries.writestr(_entry(names[-1]), _png(frame))
        entries.writestr(_entry("frames.json"), _index(wanted, names))


def _index(wanted: VideoFormat, names: list[str]) -> bytes:
    rate = wanted.frame_rate
    facts = {
        "width": wanted.width,
        "height": wanted.height,
        "frames_per_second": [rate.numerator, rate.denominator],
        "duration_s": wanted.duration_s,
        "alpha": wanted.transparent,
        "frames": [{"file": name, "time_s": float(index / rate)} for index, name in enumerate(names)],
    }
    return json.dumps(facts, indent=1).encode()


def _png(frame: Pixels) -> bytes:
    """Without time or text: equal frames give equal bytes."""
    file = io.BytesIO()
    Image.fromarray(frame).save(file, format="PNG", compress_level=_EFFORT)
    return file.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """Stored, at the earliest time that ZIP knows, and as if from Unix wherever this runs."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry
