"""STL, binary and text (3D Systems 1989): triangles without more.

Z is up and a unit is a metre, as our own writer has it. The normals that a file states are not looked at, nor
are colours in its attributes, for which there are rival conventions.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.limits import LIMITS, at_most
from serve.formats.reading.numbers import numbers_of
from serve.formats.reading.pieces import Loose, Piece

__all__ = ["is_binary_stl", "read_stl"]

_HEAD_BYTES = 84
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_REMEDY = "reduce it before it is sent"


def is_binary_stl(data: bytes) -> bool:
    """Whether the length is what the count of triangles asks for; a header may say `solid` all the same."""
    return len(data) >= _HEAD_BYTES and len(data) == _HEAD_BYTES + _FACET.itemsize * _count(data)


def read_stl(data: bytes) -> Loose:
    """The triangles; in text, one piece for each solid.

    Raises:
        UnreadableMeshError: The file is cut off, damaged, empty or too large.
    """
    if is_binary_stl(data) or not data.lstrip().startswith(b"solid"):
        return Loose((_binary(data),), "z")
    return Loose(_text(data), "z")


def _count(data: bytes) -> int:
    return int.from_bytes(data[80:_HEAD_BYTES], "little")


def _binary(data: bytes) -> Piece:
    if not is_binary_stl(data):
        count = _count(data)
        raise UnreadableMeshError(
            f"a binary STL of {count:,} triangles has {_HEAD_BYTES + _FACET.itemsize * count:,} bytes, this "
            f"file has {len(data):,}: it is cut off, damaged, or no STL"
        )
    at_most(LIMITS.face_count, _count(data), "faces", _REMEDY)
    corners = np.frombuffer(data, _FACET, offset=_HEAD_BYTES)["corners"]
    return _soup("", corners.reshape(-1, 3).astype(np.float64))


def _text(data: bytes) -> tuple[Piece, ...]:
    solids: list[tuple[str, list[bytes]]] = []
    for line in io.BytesIO(data):
        keyword, _, rest = line.strip().partition(b" ")
        keyword = keyword.lower()
        if keyword == b"solid":
            solids.append((rest.decode(errors="replace").strip(), []))
        elif keyword == b"vertex" and solids:
            solids[-1][1].append(rest)
    at_most(3 * LIMITS.face_count, sum(len(lines) for _, lines in solids), "corners", _REMEDY)
    at_most(LIMITS.part_count, len(solids), "solids", "join some before it is sent")
    return tuple(_soup(name, _points(lines)) for name, lines in solids if lines)


def _points(lines: list[bytes]) -> NDArray[np.float64]:
    numbers = numbers_of(b" ".join(lines), "STL vertices")
    if len(numbers) != 3 * len(lines) or len(lines) % 3:
        raise UnreadableMeshError(
            f"a solid of the STL text has {len(lines):,} vertices with {len(numbers):,} numbers: each "
            "triangle has three of three; it is cut off or damaged"
        )
    return numbers.reshape(-1, 3)


def _soup(name: str, points: NDArray[np.float64]) -> Piece:
    return Piece(name, points, np.arange(len(points)).reshape(-1, 3))
