"""The corners of all faces of an OBJ file: which position and which texture coordinate each takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.limits import LIMITS, at_most
from serve.formats.reading.numbers import numbers_of
from serve.formats.reading.obj_statements import FaceLines, ObjStatements

__all__ = ["ObjCorners"]


class ObjCorners:
    """The corners, one face after the other.

    Args:
        statements: Of the file.
        vertex_count: Positions in it.

    Attributes:
        position: int64 [C], index of a position.
        uv: int64 [C], index of a texture coordinate, or -1.
        counts: int64 [P], corners of each face.

    Raises:
        UnreadableMeshError: A number is none, or names what is not there; or there are too many.
    """

    def __init__(self, statements: ObjStatements, vertex_count: int) -> None:
        self.counts = np.zeros(statements.face_count, np.int64)
        for lines in statements.faces.values():
            self.counts[lines.places] = lines.counts
        at_most(3 * LIMITS.face_count, int(self.counts.sum()), "corners", "reduce it before it is sent")
        starts = np.cumsum(self.counts) - self.counts
        self.position = np.zeros(int(self.counts.sum()), np.int64)
        self.uv = np.full(len(self.position), -1)
        seen = np.array(statements.seen, np.int64)
        for form, lines in statements.faces.items():
            numbers, owners, places = _numbers(lines, starts)
            self.position[places] = _absolute(numbers[:, 0], seen[owners, 0], vertex_count, "vertex")
            if form in ("a/b", "a/b/c"):
                count = len(statements.uvs.texts)
                self.uv[places] = _absolute(numbers[:, 1], seen[owners, 1], count, "texture coordinate")


def _numbers(
    lines: FaceLines, starts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Of the corners of these lines: numbers [C, width], faces [C], and places among all corners [C]."""
    counts = np.array(lines.counts, np.int64)
    numbers = numbers_of(b" ".join(lines.texts).replace(b"/", b" "), "OBJ faces")
    if len(numbers) != lines.width * counts.sum():
        raise UnreadableMeshError("a corner of an OBJ face lacks a number: the file is damaged")
    owners = np.repeat(np.array(lines.places, np.int64), counts)
    place = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    return numbers.reshape(-1, lines.width), owners, starts[owners] + place


def _absolute(
    numbers: NDArray[np.float64], seen: NDArray[np.int64], count: int, what: str
) -> NDArray[np.int64]:
    """Indices from 0 of numbers that count from 1, or back from what had been seen."""
    found = np.where(numbers < 0, seen + numbers, numbers - 1)
    right = (found >= 0) & (found < count) & (found == np.trunc(found))
    if not right.all():
        first = float(numbers[np.argmin(right)])
        raise UnreadableMeshError(f"an OBJ face names {what} {first:g} of {count:,}: the file is damaged")
    return found.astype(np.int64)
