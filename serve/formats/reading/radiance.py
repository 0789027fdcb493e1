"""Radiance .hdr pictures of untrusted origin: light as three mantissas and one exponent a pixel.

Ward, "Real Pixels" (Graphics Gems II, 1991), and the file format chapter of the Radiance manual: text lines,
an empty one, the size, then rows that are flat or, for 8 to 32,767 pixels, run-length coded by component.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError

__all__ = ["read_radiance"]

MAX_PIXEL_COUNT = 4096 * 2048
MAX_SIDE_PX = 8192
_HEADER_BYTES = 64 * 1024
_MAGIC = (b"#?RADIANCE", b"#?RGBE")
_SIZE = re.compile(rb"([-+])Y (\d{1,9}) ([-+])X (\d{1,9})")
_CODED_WIDTHS = range(8, 32_768)
_RUN = 128  # of one value, above; of values, below
# The mantissas are fractions of 256, the exponent counts from 128.
_EXPONENT_BIAS = 128 + 8


def read_radiance(data: bytes, check: Callable[[], None] = lambda: None) -> NDArray[np.float32]:
    """The picture that a file holds.

    Its exposure is left as it is in the file, as other programs show it.

    Args:
        data: The file, of which nothing is believed.
        check: Called between rows; raises to stop.

    Returns:
        float32 [H, W, 3], linear RGB, at least 0, the top row first.

    Raises:
        InvalidRequestError: It is no such file, damaged, cut off, of another coding, or too large.
    """
    lines, start = _header(data)
    _check_coding(lines[:-1])
    height, width, flips = _size(lines[-1])
    pixels = _pixels(data, start, (height, width), check)
    return _light(pixels[flips])


def _header(data: bytes) -> tuple[list[bytes], int]:
    """The lines of text, the size last, and where the pixels begin."""
    if not data.startswith(_MAGIC):
        raise _refusal(f"begins with {data[:10]!r} and not with #?RADIANCE: save it as Radiance .hdr")
    end = data.find(b"\n\n", 0, _HEADER_BYTES)
    size_end = data.find(b"\n", end + 2, end + 2 + 64)
    if end < 0 or size_end < 0:
        raise _refusal("has no size after its header: it is cut off or damaged")
    return [*data[:end].split(b"\n"), data[end + 2 : size_end]], size_end + 1


def _check_coding(lines: list[bytes]) -> None:
    codings = [line[7:].strip() for line in lines if line.startswith(b"FORMAT=")]
    if any(coding != b"32-bit_rle_rgbe" for coding in codings):
        raise _refusal(f"is coded as {codings[-1][:40]!r}: save it as 32-bit_rle_rgbe")


def _size(line: bytes) -> tuple[int, int, tuple[slice, slice]]:
    """Height, width, and how the rows and columns are to be taken so that they begin at the upper left."""
    found = _SIZE.fullmatch(line.strip())
    if found is None:
        raise _refusal(f"tells its size as {line[:40]!r}, not as -Y height +X width: save it upright")
    down, height, right, width = found[1], int(found[2]), found[3], int(found[4])
    if not (1 <= height <= MAX_SIDE_PX and 1 <= width <= MAX_SIDE_PX and height * width <= MAX_PIXEL_COUNT):
        raise _refusal(
            f"has {width:,} x {height:,} pixels; at most {MAX_PIXEL_COUNT:,} can be read, "
            f"and {MAX_SIDE_PX:,} a side: make it smaller"
        )
    ahead, back = slice(None), slice(None, None, -1)
    return height, width, (ahead if down == b"-" else back, ahead if right == b"+" else back)


def _pixels(data: bytes, start: int, shape: tuple[int, int], check: Callable[[], None]) -> NDArray[np.uint8]:
    """Mantissas and exponent, uint8 [H, W, 4], in the order of the file."""
    height, width = shape
    mark = bytes((2, 2, width >> 8, width & 255))
    if width in _CODED_WIDTHS and data.startswith(mark, start):
        return _coded(data, start, shape, check)
    if len(data) - start < 4 * height * width:
        raise _refusal("is cut off, or has runs as they were before 1991: save it anew")
    return np.frombuffer(data, np.uint8, 4 * height * width, start).reshape(height, width, 4)


def _coded(data: bytes, start: int, shape: tuple[int, int], check: Callable[[], None]) -> NDArray[np.uint8]:
    height, width = shape
    # A run of two bytes gives at most 127 pixels of one component: less cannot be all.
    if (len(data) - start) * (_RUN - 1) // 2 < 4 * height * width:
        raise _refusal("is cut off: it is shorter than its size can be coded")
    mark, rows = data[start : start + 4], np.zeros((height, 4, width), np.uint8)
    for row in range(height):
        check()
        if not data.startswith(mark, start):
            raise _refusal(f"is damaged or cut off at row {row}")
        components, start = _row(data, start + 4, 4 * width, row)
        rows[row] = np.frombuffer(components, np.uint8).reshape(4, width)
    return rows.transpose(0, 2, 1)


def _row(data: bytes, start: int, size: int, row: int) -> tuple[bytearray, int]:
    """A row's four components one after the other, and where the next row begins."""
    values, width = bytearray(), size // 4
    end = len(data)
    while len(values) < size:
        if start + 1 >= end:
            raise _refusal(f"is cut off at row {row}")
        count = data[start]
        room = width - len(values) % width
        if count > _RUN:
            count -= _RUN
            values += data[start + 1 : start + 2] * count
            start += 2
        else:
            values += data[start + 1 : start + 1 + count]
            start += 1 + count
        if count == 0 or count > room or start > end:
            raise _refusal(f"is damaged or cut off at row {row}: a run does not fit")
    return values, start


def _light(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    exponents = pixels[..., 3:].astype(np.int32)
    light = np.ldexp(pixels[..., :3].astype(np.float32), exponents - _EXPONENT_BIAS)
    return np.where(exponents > 0, light, np.float32(0.0))


def _refusal(what: str) -> InvalidRequestError:
    return InvalidRequestError(f"the environment {what}", "environment")
