"""Mode 1, triangles: most are told by an edge and a vertex that were seen a moment ago, in one byte."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

__all__ = ["encode_triangles"]

_HEADER = b"\xe1"
_EDGE_REACH = 15  # an edge's place takes the numbers 0..14
_NEAR_VERTEX_REACH = 13  # beside an edge, a vertex' place takes 1..12
_VERTEX_REACH = 14  # without an edge, its place takes 1..14, counted from 1
_NEXT, _EXPLICIT = 0x0, 0xF
_BEFORE, _AFTER = 0xD, 0xE
_TABLE_SIZE, _USED_TABLE_SIZE = 16, 14


def encode_triangles(faces: NDArray[np.integer]) -> bytes:
    """Encode faces [F, 3], vertices numbered by first use for the best result.

    A decoder gives the faces in their order, each with its winding, but perhaps beginning at another corner.
    """
    encoder = _Encoder()
    for a, b, c in faces.tolist():
        encoder.add(a, b, c)
    return encoder.finish()


class _Recent:
    """What was pushed last: a FIFO of which the encoder only asks how long ago something came."""

    def __init__(self) -> None:
        self._pushed: dict[object, int] = {}
        self._count = 0

    def push(self, item: object) -> None:
        self._pushed[item] = self._count
        self._count += 1

    def place(self, item: object) -> int:
        """How many came after it; a large number for what never came."""
        return self._count - 1 - self._pushed.get(item, -1_000)


class _Encoder:
    def __init__(self) -> None:
        self._codes = bytearray()
        self._data: list[bytes] = []
        self._pairs: list[tuple[int, int, int]] = []  # of faces that begin with a new vertex
        self._next = self._last = 0
        self._edges, self._vertices = _Recent(), _Recent()

    def add(self, a: int, b: int, c: int) -> None:
        for first, second, third in ((a, b, c), (b, c, a), (c, a, b)):
            place = self._edges.place((first, second))
            if place < _EDGE_REACH:
                self._add_beside_edge(place, first, second, third)
                return
        if b == self._next:
            a, b, c = b, c, a
        elif c == self._next:
            a, b, c = c, a, b
        self._add_alone(a, b, c)

    def finish(self) -> bytes:
        """The stream; its table holds the most frequent pairs of those faces that found no edge."""
        counts = Counter(pair for _, _, pair in self._pairs if 0xF not in divmod(pair, 16) and pair != 0)
        table = [0, *(pair for pair, _ in counts.most_common(_USED_TABLE_SIZE - 1))]
        for face, place, pair in self._pairs:
            if pair in table:
                self._codes[face] = 0xF0 | table.index(pair)
                self._data[place] = b""
        return b"".join([_HEADER, self._codes, *self._data, bytes(table).ljust(_TABLE_SIZE, b"\0")])

    def _add_beside_edge(self, place: int, a: int, b: int, c: int) -> None:
        code = self._near_code(c)
        self._codes.append(place << 4 | code)
        self._push_edges((c, b), (a, c))
        if code in (_NEXT, _BEFORE, _AFTER, _EXPLICIT):
            self._vertices.push(c)

    def _near_code(self, vertex: int) -> int:
        """How to tell the third vertex of a face whose edge is known; tells it where a code is not enough."""
        if vertex == self._next:
            self._next += 1
            return _NEXT
        place = self._vertices.place(vertex)
        if 0 < place < _NEAR_VERTEX_REACH:
            return place
        if abs(vertex - self._last) == 1:
            code = _BEFORE if vertex < self._last else _AFTER
            self._last = vertex
            return code
        self._tell(vertex)
        return _EXPLICIT

    def _add_alone(self, a: int, b: int, c: int) -> None:
        is_new = a == self._next
        self._next += is_new
        self._codes.append(0xFE if is_new else 0xFF)
        place = len(self._data)
        self._data.append(b"")  # for the pair of codes, which comes before what the codes leave to be told
        if not is_new:
            self._tell(a)
        second, third = self._code(b), self._code(c)
        pair = second << 4 | third
        self._data[place] = bytes([pair])
        if is_new:
            self._pairs.append((len(self._codes) - 1, place, pair))
        self._push_edges((b, a), (c, b), (a, c))
        self._vertices.push(a)
        for vertex, code in ((b, second), (c, third)):
            if code in (_NEXT, _EXPLICIT):
                self._vertices.push(vertex)

    def _code(self, vertex: int) -> int:
        """How to tell a vertex of a face that found no edge; tells it where a code is not enough."""
        if vertex == self._next:
            self._next += 1
            return _NEXT
        place = self._vertices.place(vertex)
        if place < _VERTEX_REACH:
            return place + 1
        self._tell(vertex)
        return _EXPLICIT

    def _tell(self, vertex: int) -> None:
        """Give the difference to the vertex told last: zigzag, seven bits a byte, the lowest first."""
        delta = vertex - self._last
        self._last = vertex
        number = delta << 1 if delta >= 0 else ~(delta << 1)
        told = bytearray()
        while number > 0x7F:
            told.append(number & 0x7F | 0x80)
            number >>= 7
        told.append(number)
        self._data.append(bytes(told))

    def _push_edges(self, *edges: tuple[int, int]) -> None:
        for edge in edges:
            self._edges.push(edge)
