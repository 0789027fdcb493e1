"""The header of a PLY file (Turk 1994): which elements follow, and what each is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.limits import LIMITS
from serve.formats.reading.quoting import quoted

__all__ = ["PlyElement", "PlyHeader", "PlyProperty", "read_header"]

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_MOST_PROPERTIES = 256


@dataclass(frozen=True, slots=True)
class PlyProperty:
    """A column.

    Args:
        name: `x`, `red`, `vertex_indices`.
        dtype: Of its values, without byte order: `f4`.
        count_dtype: Of the length before a list; None for a single value.
    """

    name: str
    dtype: str
    count_dtype: str | None = None


@dataclass(frozen=True, slots=True)
class PlyElement:
    """A table.

    Args:
        name: `vertex`, `face`.
        count: Rows, as declared.
        properties: Columns.
    """

    name: str
    count: int
    properties: tuple[PlyProperty, ...]

    @property
    def least_row_bytes(self) -> int:
        """Of a row in a binary file, its lists empty."""
        return sum(np.dtype(column.count_dtype or column.dtype).itemsize for column in self.properties)


@dataclass(frozen=True, slots=True)
class PlyHeader:
    """All of it.

    Args:
        byte_order: `<`, `>`, or nothing for text.
        elements: In the order of the body.
        body_start: Where the body begins, bytes.
    """

    byte_order: str
    elements: tuple[PlyElement, ...]
    body_start: int


def read_header(data: bytes) -> PlyHeader:
    """Read it, and hold what it declares against the bytes that are there.

    Raises:
        UnreadableMeshError: It is no header, or more is declared than the body could hold.
    """
    lines, body_start = _lines(data)
    byte_order, tables = "", [("", 0, [])]  # type: tuple[str, list[tuple[str, int, list[PlyProperty]]]]
    for line in lines:
        match line.split():
            case ["format", form, _] if form in _ORDERS:
                byte_order = _ORDERS[form]
            case ["element", name, count] if count.isascii() and count.isdigit() and len(count) < 16:
                tables.append((name, int(count), []))
            case ["property", "list", count_type, kind, name] if {count_type, kind} <= _TYPES.keys():
                tables[-1][2].append(PlyProperty(name, _TYPES[kind], _TYPES[count_type]))
            case ["property", kind, name] if kind in _TYPES:
                tables[-1][2].append(PlyProperty(name, _TYPES[kind]))
            case [] | ["comment" | "obj_info" | "ply", *_]:
                continue
            case _:
                raise UnreadableMeshError(f"the PLY header has a line that means nothing: {quoted(line)}")
    elements = tuple(PlyElement(name, count, tuple(columns)) for name, count, columns in tables[1:])
    _check(elements, len(data) - body_start, is_text=not byte_order)
    return PlyHeader(byte_order, elements, body_start)


def _lines(data: bytes) -> tuple[list[str], int]:
    head = data[: LIMITS.header_bytes]
    end = head.find(b"end_header")
    stop = head.find(b"\n", end)
    if end < 0 or stop < 0:
        # Old Macintosh files end lines with a carriage return alone.
        stop = head.find(b"\r", end)
    if end < 0 or stop < 0:
        raise UnreadableMeshError(
            f"the PLY header does not end within {LIMITS.header_bytes:,} bytes: it is cut off or damaged"
        )
    return head[:end].decode(errors="replace").splitlines(), stop + 1


def _check(elements: tuple[PlyElement, ...], body_bytes: int, *, is_text: bool) -> None:
    """Each row of text takes two bytes at least; its numbers are counted when they are read."""
    if sum(len(element.properties) for element in elements) > _MOST_PROPERTIES:
        raise UnreadableMeshError(
            f"the PLY header names more than {_MOST_PROPERTIES} properties: leave some out"
        )
    for element in elements:
        if element.count and not element.properties:
            raise UnreadableMeshError(f"the PLY element {quoted(element.name)} has rows without properties")
    least = sum(element.count * (2 if is_text else element.least_row_bytes) for element in elements)
    if least > body_bytes + 1:
        shares = ", ".join(f"{element.count:,} of {quoted(element.name)}" for element in elements[:3])
        raise UnreadableMeshError(
            f"the PLY header declares {shares}: at least {least:,} bytes, but {max(body_bytes, 0):,} follow: "
            "it is cut off or damaged"
        )
