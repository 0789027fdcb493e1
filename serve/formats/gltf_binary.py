"""The binary part of a glTF file as it grows.

Section numbers are those of the Khronos glTF 2.0.1 specification.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.formats.meshopt import encode_attributes, encode_triangles

__all__ = ["Binary"]

# Section 3.6.2.2 (component types) and 5.11.5 (buffer view targets).
_COMPONENT_TYPES = {"int8": 5120, "uint8": 5121, "uint16": 5123, "uint32": 5125, "float32": 5126}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_MESHOPT = "EXT_meshopt_compression"


class Binary:
    """The bytes, with the accessors and buffer views that describe them.

    Args:
        compressed: Vertices and indices are stored as EXT_meshopt_compression encodes them. Their views then
            point into a second buffer, which has no bytes: what a reader fills by decoding.
    """

    def __init__(self, *, compressed: bool) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self._compressed = compressed
        self._decoded_byte_count = 0

    def add_vertices(self, values: NDArray[Any], *, normalized: bool = False, bounds: bool = False) -> int:
        """Append [N, K] of an attribute, each row aligned to 4 bytes (section 3.6.2.4); the accessor's index.

        Args:
            values: float32 or an integer type.
            normalized: Whether integers stand for [0, 1] or [-1, 1].
            bounds: Whether to tell the least and the greatest, as POSITION must.
        """
        extra: dict[str, Any] = {"normalized": True} if normalized else {}
        if bounds:
            extra |= _bounds(values)
        rows = _aligned(values)
        view = {"target": _ARRAY_BUFFER}
        if self._compressed or rows.shape != values.shape:
            view["byteStride"] = rows.shape[1] * rows.itemsize
        self._add_view(rows, view, "ATTRIBUTES")
        return self._add_accessor(values, extra)

    def add_indices(self, indices: NDArray[np.uint32], vertex_count: int) -> int:
        """Append triangles, uint32 [3F], as narrow as the vertices' number allows; the accessor's index."""
        # 65535 itself is reserved for restarting a strip (section 3.7.2.1).
        narrow = indices.astype(np.uint16 if vertex_count <= 65535 else np.uint32)[:, None]
        self._add_view(narrow, {"target": _ELEMENT_ARRAY_BUFFER}, "TRIANGLES")
        return self._add_accessor(narrow, {})

    def add_numbers(self, values: NDArray[np.float32], *, bounds: bool = False) -> int:
        """Append what no vertex reads (instants, poses, matrices) as it is; the accessor's index.

        Args:
            values: float32 [N, K]; K is 16 for matrices, stored by columns.
            bounds: Whether to tell the least and the greatest, as the instants of an animation must.
        """
        self._append(np.ascontiguousarray(values.astype("<f4")).tobytes(), {})
        return self._add_accessor(values, _bounds(values) if bounds else {})

    def add_picture(self, data: bytes) -> int:
        """Append an encoded picture; the view's index."""
        self._append(data, {})
        return len(self.views) - 1

    def buffers(self, **first: object) -> list[dict[str, Any]]:
        """The document's buffers; `first` is what else the one with bytes says, such as its `uri`."""
        described: list[dict[str, Any]] = [{"byteLength": len(self.data), **first}]
        if self._compressed:
            fallback = {"extensions": {_MESHOPT: {"fallback": True}}}
            described.append({"byteLength": self._decoded_byte_count, **fallback})
        return described

    def _add_accessor(self, values: NDArray[Any], extra: dict[str, Any]) -> int:
        accessor = {
            "bufferView": len(self.views) - 1,
            "componentType": _COMPONENT_TYPES[values.dtype.name],
            "count": len(values),
            "type": _TYPES[values.shape[1]],
        }
        self.accessors.append(accessor | extra)
        return len(self.accessors) - 1

    def _add_view(self, rows: NDArray[Any], view: dict[str, Any], mode: str) -> None:
        raw = np.ascontiguousarray(rows.astype(rows.dtype.newbyteorder("<")))
        if not self._compressed:
            self._append(raw.tobytes(), view)
            return
        encoded = encode_attributes(raw) if mode == "ATTRIBUTES" else encode_triangles(rows.reshape(-1, 3))
        source = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(encoded)}
        layout = {"byteStride": raw.shape[1] * raw.itemsize, "count": len(raw), "mode": mode}
        place = {"buffer": 1, "byteOffset": self._decoded_byte_count, "byteLength": raw.nbytes}
        self.views.append(place | view | {"extensions": {_MESHOPT: source | layout}})
        self._decoded_byte_count += raw.nbytes + -raw.nbytes % 4
        self._pad(encoded)

    def _append(self, raw: bytes, view: dict[str, Any]) -> None:
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)} | view)
        self._pad(raw)

    def _pad(self, raw: bytes) -> None:
        self.data += raw + bytes(-len(raw) % 4)


def _bounds(values: NDArray[Any]) -> dict[str, Any]:
    return {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}


def _aligned(values: NDArray[Any]) -> NDArray[Any]:
    """The rows with zeros behind them up to a multiple of 4 bytes."""
    missing = -values.shape[1] * values.itemsize % 4 // values.itemsize
    return np.pad(values, ((0, 0), (0, missing))) if missing else values
