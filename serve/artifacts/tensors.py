"""Arrays as bytes and back, in the safetensors format: what stages exchange.

Equal arrays give equal bytes. Two habits of the library stand against that, and both are met here: it stores
an array's memory as it lies, wrong for a transposed view, and it orders metadata by chance.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from serve.contracts.errors import ArtifactTamperedError

__all__ = ["TENSORS_MEDIA_TYPE", "metadata_of", "pack", "unpack"]

TENSORS_MEDIA_TYPE = "application/vnd.safetensors"

# One entry holds all metadata as sorted JSON, since a single entry has only one order.
_METADATA_ENTRY = "galatea"


def pack(arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None) -> bytes:
    """Turn named arrays of numbers, of any shape and layout, into bytes.

    Args:
        arrays: By name; the order does not matter.
        metadata: Text to keep with them.

    Raises:
        TypeError: An array's dtype has no place in the format: text, objects, complex128.
    """
    ordered = {name: np.asarray(arrays[name], order="C") for name in sorted(arrays)}
    entry = {_METADATA_ENTRY: json.dumps(metadata, sort_keys=True)} if metadata else None
    try:
        return save(ordered, entry)
    except SafetensorError as error:
        dtypes = {name: array.dtype.name for name, array in ordered.items()}
        raise TypeError(f"cannot pack arrays of {dtypes}: {error}") from error


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of `pack`, by name in sorted order, writable.

    Raises:
        ArtifactTamperedError: The bytes are not safetensors.
    """
    try:
        arrays = load(data)
    except SafetensorError as error:
        raise ArtifactTamperedError(f"{len(data)} bytes are no tensors: {error}; make them again") from error
    return {name: arrays[name] for name in sorted(arrays)}


def metadata_of(data: bytes) -> dict[str, str]:
    """The metadata that `pack` was given, by name in sorted order; empty where it was given none.

    Raises:
        ArtifactTamperedError: The bytes are not safetensors.
    """
    unpack(data)
    # The format: the header's length in 8 bytes, little endian, then the header, a JSON object.
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    entry: str = header.get("__metadata__", {}).get(_METADATA_ENTRY, "{}")
    metadata: dict[str, str] = json.loads(entry)
    return metadata
