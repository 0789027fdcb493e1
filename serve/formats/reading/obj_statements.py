"""The statements of an OBJ file (Wavefront, Advanced Visualizer, appendix B1), sorted by kind."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.limits import LIMITS, at_most
from serve.formats.reading.numbers import numbers_of
from serve.formats.reading.quoting import quoted

__all__ = ["FaceLines", "NumberLines", "ObjStatements", "read_statements"]

_REMEDY = "reduce it before it is sent"


@dataclass(slots=True)
class NumberLines:
    """Lines of numbers, such as positions, as they are collected."""

    texts: list[bytes] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)

    def add(self, text: bytes) -> None:
        """One more line."""
        self.texts.append(text)
        self.widths.append(len(text.split()))

    def table(self, least: int, most: int, what: str) -> NDArray[np.float64]:
        """All lines as float64 [N, most]; columns that a line does not have are NaN.

        Raises:
            UnreadableMeshError: A line has fewer numbers than `least`, or holds what is none.
        """
        at_most(LIMITS.vertex_count, len(self.texts), what, _REMEDY)
        widths = np.array(self.widths, np.int64)
        numbers = numbers_of(b" ".join(self.texts), what)
        if len(numbers) != widths.sum() or (widths < least).any():
            raise UnreadableMeshError(
                f"one of the {what} has fewer than {least} numbers: the OBJ file is damaged"
            )
        starts = np.cumsum(widths) - widths
        table = np.full((len(widths), most), np.nan)
        for column in range(most):
            there = widths > column
            table[there, column] = numbers[starts[there] + column]
        return table


@dataclass(slots=True)
class FaceLines:
    """Lines of corners of one form, such as `1/2/3`, as they are collected.

    Args:
        width: Numbers of each corner.
    """

    width: int
    texts: list[bytes] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)


@dataclass(slots=True)
class ObjStatements:
    """What a file says.

    Args:
        positions: `v`.
        uvs: `vt`.
        faces: `f`, by the form of their corners: `a`, `a/b`, `a//c`, `a/b/c`.
        seen: How many positions and coordinates stood before each face: from there negative numbers count
            back.
        marks: Which face comes first under a name: (face, `o` or `usemtl`, name).
        libraries: `mtllib`.
        face_count: How many there are.
        skipped: Keywords of geometry that has no faces here: `l`, `curv`.
    """

    positions: NumberLines = field(default_factory=NumberLines)
    uvs: NumberLines = field(default_factory=NumberLines)
    faces: dict[str, FaceLines] = field(default_factory=dict)
    seen: list[tuple[int, int]] = field(default_factory=list)
    marks: list[tuple[int, str, str]] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    face_count: int = 0
    skipped: set[str] = field(default_factory=set)


_FORMS = {(0, False): ("a", 1), (1, False): ("a/b", 2), (2, True): ("a//c", 2), (2, False): ("a/b/c", 3)}
_FREE_FORM = frozenset((b"l", b"p", b"curv", b"curv2", b"surf"))


def read_statements(data: bytes) -> ObjStatements:
    """Sort the lines.

    Raises:
        UnreadableMeshError: A face has corners of several forms, or there are too many.
    """
    statements = ObjStatements()
    if b"\\" in data:
        data = data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
    for line in io.BytesIO(data.replace(b"\r", b"\n") if b"\n" not in data else data):
        words = line.split(None, 1)
        if len(words) == 2:
            _take(statements, words[0], words[1])
    return statements


def _take(statements: ObjStatements, keyword: bytes, rest: bytes) -> None:
    match keyword:
        case b"v":
            statements.positions.add(rest.partition(b"#")[0])
        case b"vt":
            statements.uvs.add(rest.partition(b"#")[0])
        case b"f" | b"fo":
            _take_face(statements, rest.partition(b"#")[0])
        case b"usemtl" | b"o" | b"g":
            kind = "usemtl" if keyword == b"usemtl" else "o"
            statements.marks.append((statements.face_count, kind, rest.decode(errors="replace").strip()))
        case b"mtllib":
            statements.libraries.append(rest.decode(errors="replace").strip())
        case _ if keyword in _FREE_FORM:
            statements.skipped.add(keyword.decode())


def _take_face(statements: ObjStatements, rest: bytes) -> None:
    count = len(rest.split())
    slashes, doubled = rest.count(b"/"), rest.count(b"//")
    form = _FORMS.get((slashes // count, doubled > 0)) if count else None
    if form is None or slashes % count or doubled not in (0, count):
        shown = rest[:60].decode(errors="replace").strip()
        raise UnreadableMeshError(
            f"the OBJ face {quoted(shown)} has corners that are not of one form: it is damaged"
        )
    name, width = form
    lines = statements.faces.setdefault(name, FaceLines(width))
    lines.texts.append(rest)
    lines.places.append(statements.face_count)
    lines.counts.append(count)
    statements.seen.append((len(statements.positions.texts), len(statements.uvs.texts)))
    statements.face_count += 1
