"""Parts as vectors: the space in which the house model's flow runs.

A slot holds, in this order: presence, kind, centre, log half size, rotation (its first two columns: Zhou et
al. 2019, "On the Continuity of Rotation Representations"), shape numbers, colour, material, role. Every group
is scaled to a spread near one. An empty slot is zero but for its presence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.materials import MATERIALS
from serve.geometry.parts import KINDS, MAX_PART_COUNT, ROLES, Part, PartSet

__all__ = ["CODE_GROUPS", "CODE_SIZE", "decode_parts", "encode_parts", "role_codes"]

_ROLE_BIT_COUNT = 12
_SHAPE_SCALE = np.array([2.0, 2.0, 2.0, 4.0, 3.0, 8.0])  # rounding, taper x, taper z, hollow, cut, blend
_CENTRE_SCALE = 2.0
_LOG_SIZE_MIDDLE = -2.0
_HOT, _COLD = 1.0, -0.5
_ROLE_SCALE = 0.7
_FLAT_BELOW = 0.06  # a drawn shape number this near to zero means zero


def _groups() -> dict[str, slice]:
    sizes = {
        "presence": 1,
        "kind": len(KINDS),
        "centre": 3,
        "size": 3,
        "rotation": 6,
        "shape": 6,
        "color": 3,
        "material": len(MATERIALS),
        "role": _ROLE_BIT_COUNT,
    }
    groups, start = {}, 0
    for name, size in sizes.items():
        groups[name] = slice(start, start + size)
        start += size
    return groups


CODE_GROUPS = _groups()
CODE_SIZE = CODE_GROUPS["role"].stop


def role_codes() -> NDArray[np.float64]:
    """A code word of 12 signs for each role, float64 [R, 12], any two at least 4 signs apart.

    The words are those of the shortened extended Hamming code [12, 7, 4]: one wrong sign is mended by taking
    the nearest word.
    """
    words = []
    for number in range(len(ROLES)):
        data = [(number >> bit) & 1 for bit in range(7)]
        # Columns of weight 2 or 3 over four checks, then overall parity: distance 3, then 4.
        columns = (0b0011, 0b0101, 0b0110, 0b1001, 0b1010, 0b1100, 0b0111)
        checks = 0
        for bit, column in zip(data, columns, strict=True):
            checks ^= column * bit
        bits = [*data, *((checks >> bit) & 1 for bit in range(4))]
        words.append([*bits, sum(bits) % 2])
    return np.asarray(words) * 2.0 - 1.0


_ROLE_CODES = role_codes()


def _one_hot(index: int, count: int) -> NDArray[np.float64]:
    code = np.full(count, _COLD)
    code[index] = _HOT
    return code


_MATERIAL_INDEX = {material.name: index for index, material in enumerate(MATERIALS)}
_ROLE_INDEX = {role: index for index, role in enumerate(ROLES)}


def _encode(part: Part) -> NDArray[np.float64]:
    shape = (part.rounding, part.taper_x, part.taper_z, part.hollow, part.cut, part.blend)
    return np.concatenate(
        [
            [1.0],
            _one_hot(KINDS.index(part.kind), len(KINDS)),
            part.centre * _CENTRE_SCALE,
            np.log(part.half_size) - _LOG_SIZE_MIDDLE,
            part.rotation[:, 0],
            part.rotation[:, 1],
            np.array(shape) * _SHAPE_SCALE,
            np.array(part.color) * 2.0 - 1.0,
            _one_hot(_MATERIAL_INDEX[part.material], len(MATERIALS)),
            _ROLE_CODES[_ROLE_INDEX[part.role]] * _ROLE_SCALE,
        ]
    )


def encode_parts(shape: PartSet) -> NDArray[np.float32]:
    """The vectors of a normalized shape, float32 [MAX_PART_COUNT, CODE_SIZE].

    Raises:
        ValueError: The shape has no part, or more than `MAX_PART_COUNT`.
    """
    if not 1 <= len(shape.parts) <= MAX_PART_COUNT:
        raise ValueError(f"{len(shape.parts)} parts; a shape has 1 to {MAX_PART_COUNT}")
    code = np.zeros((MAX_PART_COUNT, CODE_SIZE), np.float32)
    code[:, CODE_GROUPS["presence"]] = -1.0
    for slot, part in enumerate(shape.parts):
        code[slot] = _encode(part)
    return code


def _rotation(six: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation nearest to two drawn columns, by Gram-Schmidt; tiny tilts are taken out."""
    first = six[:3] / max(float(np.linalg.norm(six[:3])), 1e-6)
    second = six[3:] - first * (first @ six[3:])
    second /= max(float(np.linalg.norm(second)), 1e-6)
    rotation = np.stack([first, second, np.cross(first, second)], axis=1)
    upright = np.array_equal(np.abs(rotation).round(1), np.eye(3)) and float(np.trace(rotation)) > 2.99
    return np.eye(3) if upright else rotation


def _decode(row: NDArray[np.float64]) -> Part:
    shape = row[CODE_GROUPS["shape"]] / _SHAPE_SCALE
    shape[np.abs(shape) < _FLAT_BELOW * np.array([1.0, 1.0, 1.0, 0.7, 1.0, 0.3])] = 0.0
    role = int(np.argmax(_ROLE_CODES @ row[CODE_GROUPS["role"]]))
    red, green, blue = np.clip(row[CODE_GROUPS["color"]] * 0.5 + 0.5, 0.0, 1.0).tolist()
    return Part(
        role=ROLES[role],
        kind=KINDS[int(np.argmax(row[CODE_GROUPS["kind"]]))],
        centre=np.clip(row[CODE_GROUPS["centre"]] / _CENTRE_SCALE, -1.2, 1.2),
        half_size=np.exp(np.clip(row[CODE_GROUPS["size"]] + _LOG_SIZE_MIDDLE, -5.0, 0.2)),
        rotation=_rotation(row[CODE_GROUPS["rotation"]]),
        color=(red, green, blue),
        material=MATERIALS[int(np.argmax(row[CODE_GROUPS["material"]]))].name,
        rounding=float(np.clip(shape[0], 0.0, 1.0)),
        taper_x=float(np.clip(shape[1], -1.0, 1.0)),
        taper_z=float(np.clip(shape[2], -1.0, 1.0)),
        hollow=float(np.clip(shape[3], 0.0, 0.9)),
        cut=float(np.clip(shape[4], 0.0, 0.9)),
        blend=float(np.clip(shape[5], 0.0, 0.3)),
    )


def decode_parts(code: NDArray[np.float32]) -> PartSet:
    """The parts that these vectors mean, whatever their values; the slots that say "absent" are left out.

    Args:
        code: float32 [MAX_PART_COUNT, CODE_SIZE], finite.

    Returns:
        A shape with at least one part: where every slot says "absent", the likeliest one stands.
    """
    rows = code.astype(np.float64)
    presence = rows[:, 0]
    present = np.flatnonzero(presence > 0.0)
    if present.size == 0:
        present = np.array([int(np.argmax(presence))])
    return PartSet(tuple(_decode(rows[slot]) for slot in present))
