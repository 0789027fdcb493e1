"""Rotations as unit quaternions: x, y, z, w, as in glTF; float64, over any leading axes, which broadcast.

A quaternion and its negative are the same rotation. `compose(a, b)` turns by `b` and then by `a`, as the
product of their matrices does.

Sources: Shoemake 1985, "Animating Rotation with Quaternion Curves"; Shepperd 1978, "Quaternion from Rotation
Matrix"; Dobrowolski 2015, "Swing-twist decomposition in Clifford algebra".
"""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "IDENTITY",
    "align_signs",
    "compose",
    "inverse",
    "matrix_from_quaternion",
    "quaternion_from_axis_angle",
    "quaternion_from_euler",
    "quaternion_from_matrix",
    "quaternion_from_rotation_vector",
    "rotate",
    "rotation_angle",
    "shortest_arc",
    "slerp",
    "swing_twist",
    "unit_quaternion",
]

Floats = NDArray[np.float64]

IDENTITY = (0.0, 0.0, 0.0, 1.0)
"""The rotation that leaves all as it is."""

# Of unit vectors: a sum this short has no direction left but that of rounding.
_NO_DIRECTION = 1e-12


def unit_quaternion(quaternions: ArrayLike) -> Floats:
    """Quaternions [..., 4] at length 1; one without a length becomes the identity."""
    given = np.asarray(quaternions, np.float64)
    lengths = np.linalg.norm(given, axis=-1, keepdims=True)
    return np.where(lengths > 0.0, given / np.where(lengths > 0.0, lengths, 1.0), IDENTITY)


def inverse(quaternions: ArrayLike) -> Floats:
    """The rotations [..., 4] that undo unit quaternions [..., 4]."""
    return np.asarray(quaternions, np.float64) * (-1.0, -1.0, -1.0, 1.0)


def compose(second: ArrayLike, first: ArrayLike) -> Floats:
    """The product of Hamilton, [..., 4]: the rotation `first` and then `second`."""
    a, b = np.asarray(second, np.float64), np.asarray(first, np.float64)
    a_w, b_w = a[..., 3:], b[..., 3:]
    vector = a_w * b[..., :3] + b_w * a[..., :3] + np.cross(a[..., :3], b[..., :3])
    return np.concatenate([vector, a_w * b_w - _dot(a[..., :3], b[..., :3])], axis=-1)


def rotate(quaternions: ArrayLike, vectors: ArrayLike) -> Floats:
    """Vectors [..., 3] turned by unit quaternions [..., 4]."""
    turns, given = np.asarray(quaternions, np.float64), np.asarray(vectors, np.float64)
    twice = 2.0 * np.cross(turns[..., :3], given)
    return given + turns[..., 3:] * twice + np.cross(turns[..., :3], twice)


def rotation_angle(quaternions: ArrayLike) -> Floats:
    """How far unit quaternions [..., 4] turn: radians [...], in [0, pi]."""
    turns = np.asarray(quaternions, np.float64)
    return np.asarray(2.0 * np.arctan2(np.linalg.norm(turns[..., :3], axis=-1), np.abs(turns[..., 3])))


def quaternion_from_axis_angle(axes: ArrayLike, angle_rad: ArrayLike) -> Floats:
    """Right-handed turns about axes.

    Args:
        axes: [..., 3], of any length; without a length there is no turn.
        angle_rad: [...], radians.

    Returns:
        [..., 4].
    """
    return quaternion_from_rotation_vector(_unit(axes) * np.asarray(angle_rad, np.float64)[..., None])


def quaternion_from_rotation_vector(vectors: ArrayLike) -> Floats:
    """The exponential map: vectors [..., 3] along the axes, as long as the angles in radians, to [..., 4]."""
    given = np.asarray(vectors, np.float64)
    half = 0.5 * np.linalg.norm(given, axis=-1, keepdims=True)
    # sin(h) / h without a division by zero: NumPy's sinc is sin(pi x) / (pi x).
    return np.concatenate([0.5 * np.sinc(half / np.pi) * given, np.cos(half)], axis=-1)


def quaternion_from_euler(angles_rad: ArrayLike, order: str) -> Floats:
    """Turns about moving axes, one after the other, as the channels of BVH files give them.

    Args:
        angles_rad: [..., A], radians, one for each letter of `order`.
        order: Such as `ZXY`, which is the product of the matrices Rz Rx Ry.

    Returns:
        [..., 4].

    Raises:
        ValueError: A letter is none of X, Y and Z, or their count is not that of the angles.
    """
    angles = np.asarray(angles_rad, np.float64)
    if angles.shape[-1] != len(order) or not order or set(order) - set("XYZ"):
        raise ValueError(f"order {order!r} does not name X, Y or Z for each of {angles.shape[-1]} angles")
    axes = np.eye(3)[["XYZ".index(letter) for letter in order]]
    turns = quaternion_from_axis_angle(axes, angles)
    return np.asarray(reduce(compose, np.moveaxis(turns, -2, 0)))


def quaternion_from_matrix(matrices: ArrayLike) -> Floats:
    """Rotation matrices [..., 3, 3] (columns are the turned axes) as quaternions [..., 4] with w >= 0.

    The products of a quaternion's numbers, four times each, are sums of a matrix's; the row of the largest
    square loses no digits (Shepperd).
    """
    m = np.asarray(matrices, np.float64)
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = np.moveaxis(m, (-2, -1), (0, 1))
    products = np.array(
        [
            [1.0 + xx - yy - zz, xy + yx, xz + zx, zy - yz],
            [xy + yx, 1.0 - xx + yy - zz, yz + zy, xz - zx],
            [xz + zx, yz + zy, 1.0 - xx - yy + zz, yx - xy],
            [zy - yz, xz - zx, yx - xy, 1.0 + xx + yy + zz],
        ]
    )
    products = np.moveaxis(products, (0, 1), (-2, -1))
    largest = np.argmax(np.diagonal(products, axis1=-2, axis2=-1), axis=-1)[..., None, None]
    found = unit_quaternion(np.take_along_axis(products, largest, axis=-2)[..., 0, :])
    return np.where(found[..., 3:] < 0.0, -found, found)


def matrix_from_quaternion(quaternions: ArrayLike) -> Floats:
    """Unit quaternions [..., 4] as matrices [..., 3, 3], of which the columns are the turned axes."""
    turns = np.asarray(quaternions, np.float64)
    return np.swapaxes(rotate(turns[..., None, :], np.eye(3)), -2, -1)


def slerp(start: ArrayLike, end: ArrayLike, share: ArrayLike) -> Floats:
    """Between rotations, along the shorter arc, at an even speed.

    Args:
        start: Unit quaternions [..., 4].
        end: Unit quaternions [..., 4].
        share: [...]: 0 is the start, 1 the end.

    Returns:
        Unit quaternions [..., 4], of the sign of `start`.
    """
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    b = np.where(_dot(a, b) < 0.0, -b, b)
    apart = np.linalg.norm(b - a, axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(apart, np.linalg.norm(b + a, axis=-1, keepdims=True))
    at = np.asarray(share, np.float64)[..., None]
    return unit_quaternion(_sine_share(1.0 - at, angle) * a + _sine_share(at, angle) * b)


def align_signs(track: ArrayLike) -> Floats:
    """A track [K, ..., 4] of which neighbours in time have dot products >= 0: the same rotations."""
    turns = np.asarray(track, np.float64)
    flips = np.where(_dot(turns[1:], turns[:-1]) < 0.0, -1.0, 1.0)
    return turns * np.cumprod(np.concatenate([np.ones_like(turns[:1, ..., :1]), flips]), axis=0)


def shortest_arc(start: ArrayLike, end: ArrayLike) -> Floats:
    """The least rotation that turns directions [..., 3] into others [..., 3], of any length.

    Opposite directions turn about some axis that is perpendicular to both, always the same; a vector without
    a length gives the identity.

    Returns:
        Unit quaternions [..., 4].
    """
    a, b = np.broadcast_arrays(_unit(start), _unit(end))
    halfway = a + b
    opposite = np.linalg.norm(halfway, axis=-1, keepdims=True) < _NO_DIRECTION
    halfway = _unit(np.where(opposite, _perpendicular(a), halfway))
    turns = unit_quaternion(np.concatenate([np.cross(a, halfway), _dot(a, halfway)], axis=-1))
    still = (_dot(a, a) == 0.0) | (_dot(b, b) == 0.0)
    return np.where(still, IDENTITY, turns)


def swing_twist(quaternions: ArrayLike, axes: ArrayLike) -> tuple[Floats, Floats]:
    """Split rotations into a twist about an axis and then the least swing that brings the axis there.

    Args:
        quaternions: Unit quaternions [..., 4].
        axes: [..., 3], of any length but 0.

    Returns:
        The swings and the twists, each [..., 4]: `compose(swing, twist)` is the rotation. Where the axis
        swings by half a turn, the twist is the identity, for it is not determined.
    """
    turns, along = np.asarray(quaternions, np.float64), _unit(axes)
    twist = np.concatenate([along * _dot(turns[..., :3], along), turns[..., 3:]], axis=-1)
    undetermined = np.linalg.norm(twist, axis=-1, keepdims=True) < _NO_DIRECTION
    twist = unit_quaternion(np.where(undetermined, IDENTITY, twist))
    return compose(turns, inverse(twist)), twist


def _sine_share(share: Floats, angle: Floats) -> Floats:
    """sin(share * angle) / sin(angle), without a division by zero for angles up to a right one."""
    return np.asarray(share * np.sinc(share * angle / np.pi) / np.sinc(angle / np.pi))


def _perpendicular(vectors: Floats) -> Floats:
    """Some vectors [..., 3] at right angles to unit ones: from the world axis that they are farthest from."""
    farthest = np.eye(3)[np.argmin(np.abs(vectors), axis=-1)]
    return np.cross(vectors, farthest)


def _unit(vectors: ArrayLike) -> Floats:
    given = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(given, axis=-1, keepdims=True)
    return np.asarray(given / np.where(lengths > 0.0, lengths, 1.0))


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.sum(a * b, axis=-1, keepdims=True))
