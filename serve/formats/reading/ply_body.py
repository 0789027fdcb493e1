"""The rows of a PLY file: single values as columns, lists as ragged rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.limits import LIMITS, at_most
from serve.formats.reading.numbers import numbers_of
from serve.formats.reading.ply_header import PlyElement, PlyHeader
from serve.formats.reading.quoting import quoted

__all__ = ["PlyTable", "read_tables"]


@dataclass(frozen=True, slots=True, eq=False)
class PlyTable:
    """The rows of one element.

    Args:
        columns: Single values by name, float64 [N].
        lists: By name: all values one after the other, float64 [sum], and the length of each row, int64 [N].
    """

    columns: Mapping[str, NDArray[np.float64]]
    lists: Mapping[str, tuple[NDArray[np.float64], NDArray[np.int64]]]


def read_tables(data: bytes, header: PlyHeader) -> dict[str, PlyTable]:
    """The elements by name, up to the faces: what follows them is not looked at.

    Raises:
        UnreadableMeshError: Rows are missing, or too many.
    """
    if not header.byte_order:
        data, header = _as_binary(data, header)
    place = header.body_start
    tables: dict[str, PlyTable] = {}
    for element in header.elements:
        limit = LIMITS.vertex_count if element.name == "vertex" else LIMITS.face_count
        at_most(limit, element.count, f"rows of {quoted(element.name)}", "reduce it before it is sent")
        runs = list(_runs(data, place, element, header.byte_order))
        place += sum(run.nbytes for run in runs)
        tables[element.name] = _table(element, runs)
        if element.name == "face":
            break
    return tables


def _as_binary(data: bytes, header: PlyHeader) -> tuple[bytes, PlyHeader]:
    """Rows of text are rows of doubles, the lengths of their lists too."""
    numbers = numbers_of(data[header.body_start :], "PLY rows")
    elements = tuple(
        replace(
            element,
            properties=tuple(
                replace(column, dtype="f8", count_dtype=column.count_dtype and "f8")
                for column in element.properties
            ),
        )
        for element in header.elements
    )
    return numbers.astype("<f8").tobytes(), PlyHeader("<", elements, body_start=0)


def _runs(data: bytes, place: int, element: PlyElement, byte_order: str) -> Iterator[NDArray[np.void]]:
    """Structured arrays of rows whose lists have equal lengths, as long as they can be.

    Guessed to be twice as long as the one before: a file of triangles alone is read in some twenty steps.
    """
    left, guess = element.count, 1
    while left:
        dtype = _row_dtype(element, _lengths(data, place, element, byte_order), byte_order)
        fitting = min(guess, left, (len(data) - place) // dtype.itemsize)
        if fitting == 0:
            raise _cut_off(element)
        rows = np.frombuffer(data, dtype, fitting, place)
        run = rows[: _equal_count(rows)]
        yield run
        place += run.nbytes
        left -= len(run)
        guess = 2 * len(run)


def _lengths(data: bytes, place: int, element: PlyElement, byte_order: str) -> tuple[int, ...]:
    """Of the lists of the row that begins at a place; -1 for a single value."""
    lengths = []
    for column in element.properties:
        if column.count_dtype is None:
            lengths.append(-1)
        else:
            size = np.dtype(column.count_dtype).itemsize
            if place + size > len(data):
                raise _cut_off(element)
            lengths.append(
                _length(np.frombuffer(data, byte_order + column.count_dtype, 1, place)[0], len(data))
            )
            place += size
        place += np.dtype(column.dtype).itemsize * abs(lengths[-1])
    return tuple(lengths)


def _length(number: float, most: int) -> int:
    if not 0 <= number <= most:  # also what is NaN
        raise UnreadableMeshError(
            f"a PLY list has {number} values in a file of {most:,} bytes: it is damaged"
        )
    return int(number)


@cache
def _row_dtype(element: PlyElement, lengths: tuple[int, ...], byte_order: str) -> np.dtype[np.void]:
    """Field `vN` for the values of property N and, for a list, `nN` for their count."""
    fields: list[tuple[str, str, tuple[int, ...]]] = []
    for index, (column, length) in enumerate(zip(element.properties, lengths, strict=True)):
        if column.count_dtype is not None:
            fields.append((f"n{index}", byte_order + column.count_dtype, ()))
        fields.append((f"v{index}", byte_order + column.dtype, () if length < 0 else (length,)))
    return np.dtype(fields)


def _equal_count(rows: NDArray[np.void]) -> int:
    """How many rows from the first on have lists as long as its own."""
    equal = np.ones(len(rows), bool)
    for name in rows.dtype.names or ():
        if name.startswith("n"):
            equal &= rows[name] == rows[name][0]
    return len(rows) if equal.all() else int(np.argmin(equal))


def _table(element: PlyElement, runs: list[NDArray[np.void]]) -> PlyTable:
    columns, lists = {}, {}
    for index, column in enumerate(element.properties):
        values = [run[f"v{index}"].astype(np.float64).reshape(-1) for run in runs] or [np.zeros(0)]
        if column.count_dtype is None:
            columns[column.name] = np.concatenate(values)
        else:
            lengths = [
                np.full(len(run), part.size // len(run)) for run, part in zip(runs, values, strict=False)
            ]
            lists[column.name] = (
                np.concatenate(values),
                np.concatenate([np.zeros(0, np.int64), *lengths]),
            )
    return PlyTable(columns, lists)


def _cut_off(element: PlyElement) -> UnreadableMeshError:
    return UnreadableMeshError(
        f"the PLY rows of {quoted(element.name)} end too early: it is cut off or damaged"
    )
