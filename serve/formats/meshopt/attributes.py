"""Mode 0, attributes: differences between rows, byte by byte, each group of 16 in as few bits as fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["encode_attributes"]

_HEADER = b"\xa0"
_GROUP = 16
_MAX_BLOCK_ROWS, _MAX_BLOCK_BYTES = 256, 8192
_MIN_TAIL_BYTES = 32
_Bytes = NDArray[np.uint8]


def encode_attributes(rows: NDArray[Any]) -> bytes:
    """Encode rows of numbers, [N, K] with N > 0, each a multiple of 4 and at most 256 bytes wide."""
    table = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)
    stride = table.shape[1]
    deltas = np.diff(table, axis=0, prepend=table[:1])
    codes = _grouped(np.where(deltas & 0x80, ~(deltas << 1), deltas << 1).astype(np.uint8))
    modes, payloads, sizes = _packed(codes)
    group_count = min(_MAX_BLOCK_BYTES // stride & ~(_GROUP - 1), _MAX_BLOCK_ROWS) // _GROUP
    body = [
        _block(
            modes[first : first + group_count],
            payloads[first : first + group_count],
            sizes[first : first + group_count],
        )
        for first in range(0, len(modes), group_count)
    ]
    tail = table[0].tobytes().rjust(_MIN_TAIL_BYTES, b"\0")
    return b"".join([_HEADER, *body, tail])


def _grouped(codes: _Bytes) -> _Bytes:
    """From [N, stride] to [groups, stride, 16], the last group filled with zeros."""
    padded = np.pad(codes, ((0, -len(codes) % _GROUP), (0, 0)))
    return np.ascontiguousarray(padded.reshape(-1, _GROUP, codes.shape[1]).transpose(0, 2, 1))


def _packed(codes: _Bytes) -> tuple[_Bytes, _Bytes, NDArray[np.int64]]:
    """Each group of 16 codes, [..., 16], in the shortest of the four ways.

    Returns:
        Which way, 0 to 3, [...]; its bytes, of which the first ones count, [..., 16]; how many count, [...].
    """
    two_bits, two_sizes = _sentinel_packed(codes, 2)
    four_bits, four_sizes = _sentinel_packed(codes, 4)
    zero_sizes = np.where(codes.any(axis=-1), _GROUP + 1, 0)
    sizes = np.stack([zero_sizes, two_sizes, four_sizes, np.full_like(two_sizes, _GROUP)])
    modes = sizes.argmin(axis=0)
    choices = np.stack([codes, two_bits, four_bits, codes])
    payloads = np.take_along_axis(choices, modes[None, ..., None], axis=0)[0]
    return modes.astype(np.uint8), payloads, sizes.min(axis=0)


def _sentinel_packed(codes: _Bytes, bit_count: int) -> tuple[_Bytes, NDArray[np.int64]]:
    """Codes in few bits; those that do not fit are marked by the greatest number and follow as whole bytes.

    Returns:
        The first 16 bytes, [..., 16], and how many there are in all: beyond 16 the way is not worth it.
    """
    sentinel = (1 << bit_count) - 1
    shifts = np.arange(8 - bit_count, -1, -bit_count, dtype=np.int8).astype(np.uint8)
    small = np.minimum(codes, sentinel).reshape(*codes.shape[:-1], -1, 8 // bit_count)
    bits = np.bitwise_or.reduce(small << shifts, axis=-1)
    large = codes >= sentinel
    order = np.argsort(~large, axis=-1, kind="stable")
    rest = np.take_along_axis(codes, order, axis=-1)
    return np.concatenate([bits, rest], axis=-1)[..., :_GROUP], bits.shape[-1] + large.sum(axis=-1)


def _block(modes: _Bytes, payloads: _Bytes, sizes: NDArray[np.int64]) -> bytes:
    """A block of at most 16 groups: for each byte of a row its groups' ways, four to a byte, and their bytes.

    Args:
        modes: [groups, stride].
        payloads: [groups, stride, 16].
        sizes: [groups, stride].
    """
    headers = np.pad(modes, ((0, -len(modes) % 4), (0, 0))).T.reshape(modes.shape[1], -1, 4)
    packed = np.bitwise_or.reduce(headers << np.array([0, 2, 4, 6], np.uint8), axis=-1)
    counts = np.arange(_GROUP) < sizes.T[..., None]
    everything = np.concatenate([packed, payloads.transpose(1, 0, 2).reshape(len(packed), -1)], axis=1)
    kept = np.concatenate([np.ones(packed.shape, bool), counts.reshape(len(packed), -1)], axis=1)
    return bytes(everything[kept].tobytes())
