"""Accessors: typed views of a glTF document's buffers (sections 3.6.2 and 5.1 of glTF 2.0.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.gltf_document import GltfDocument
from serve.formats.reading.gltf_json import Record
from serve.formats.reading.limits import LIMITS, at_most

__all__ = ["read_accessor", "read_indices"]

_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_MOST = 3 * LIMITS.vertex_count


def read_accessor(document: GltfDocument, index: int, widths: tuple[int, ...]) -> NDArray[np.float64]:
    """Values as float64 [N, width]; normalized whole numbers become shares.

    Args:
        document: The document.
        index: Of the accessor.
        widths: How many components there may be.

    Raises:
        UnreadableMeshError: It lies outside its buffer, or is of another type.
    """
    accessor = document.item("accessors", index)
    values = _values(document, accessor)
    if values.shape[1] not in widths:
        raise accessor.refuse("type", f"a type of {' or '.join(map(str, widths))} components")
    dtype = values.dtype
    numbers = values.astype(np.float64)
    if accessor.flag("normalized") and dtype.kind in "iu":
        return np.maximum(numbers / np.iinfo(dtype).max, -1.0)
    return numbers


def read_indices(document: GltfDocument, index: int, below: int) -> NDArray[np.int64]:
    """Whole numbers as int64 [N].

    Raises:
        UnreadableMeshError: They are no whole numbers, or reach `below`.
    """
    accessor = document.item("accessors", index)
    values = _values(document, accessor)
    if values.dtype.kind != "u" or values.shape[1] != 1:
        raise accessor.refuse("componentType", "that of indices")
    if len(values) and values.max() >= below:
        raise UnreadableMeshError(
            f"{accessor.path} names vertex {values.max():,} of {below:,}: the file is damaged"
        )
    return values.reshape(-1).astype(np.int64)


def _values(document: GltfDocument, accessor: Record) -> NDArray[Any]:
    dtype, width = _dtype(accessor), _WIDTHS.get(accessor.text("type"), 0)
    count = accessor.whole("count")
    at_most(_MOST, count, f"values in {accessor.path}", "reduce it before it is sent")
    if not width:
        raise accessor.refuse("type", f"one of {', '.join(_WIDTHS)}")
    if "bufferView" in accessor:
        values = _strided(document, accessor, dtype, width, count)
    elif "sparse" in accessor:
        values = np.zeros((count, width), dtype)
    else:
        raise UnreadableMeshError(
            f"{accessor.path} has no data: it is damaged, or compressed in an unknown way"
        )
    return _with_sparse(document, accessor, values) if "sparse" in accessor else values


def _dtype(record: Record) -> np.dtype[Any]:
    component_type = record.whole("componentType")
    if component_type not in _COMPONENTS:
        raise record.refuse("componentType", f"one of {', '.join(map(str, _COMPONENTS))}")
    return np.dtype(_COMPONENTS[component_type])


def _strided(
    document: GltfDocument, accessor: Record, dtype: np.dtype[Any], width: int, count: int
) -> NDArray[Any]:
    """An array over the bytes of the buffer: nothing is allocated."""
    view_index = accessor.whole("bufferView", below=len(document.lists["bufferViews"]))
    data = document.view(view_index)
    size = dtype.itemsize * width
    stride = document.item("bufferViews", view_index).whole("byteStride", 0, below=2**16) or size
    start = accessor.whole("byteOffset", 0)
    end = start + (count - 1) * stride + size if count else start
    if end > len(data) or stride < size:
        raise UnreadableMeshError(
            f"{accessor.path} of {count:,} values ends at byte {end:,} of {len(data):,}, its stride is "
            f"{stride}: the file is damaged"
        )
    return np.ndarray((count, width), dtype, data, start, (stride, dtype.itemsize))


def _with_sparse(document: GltfDocument, accessor: Record, values: NDArray[Any]) -> NDArray[Any]:
    """Put other values in some places (section 3.6.2.3)."""
    sparse = accessor.record("sparse")
    count = sparse.whole("count", below=len(values) + 1)
    places = _sparse_part(document, sparse.record("indices"), count, 1)
    if places.dtype.kind != "u" or (count and places.max() >= len(values)):
        raise UnreadableMeshError(
            f"{sparse.path} replaces values beyond the {len(values):,} there are: it is damaged"
        )
    replaced = np.array(values)
    replaced[places[:, 0].astype(np.int64)] = _sparse_part(
        document, sparse.record("values"), count, values.shape[1], values.dtype
    )
    return replaced


def _sparse_part(
    document: GltfDocument, part: Record, count: int, width: int, dtype: np.dtype[Any] | None = None
) -> NDArray[Any]:
    return _strided(document, part, dtype or _dtype(part), width, count)
