"""What an animated file refuses beyond `serve.formats.checks`: joints that are no tree, unfit arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.formats.animation.animated import Animation, Influences, JointTree
from serve.formats.checks import check_names

__all__ = ["check_animatable"]

_MAX_JOINT_COUNT = 65_536  # what JOINTS_0 can count
_UNIT_TOLERANCE = 1e-3


def check_animatable(
    vertex_count: int, tree: JointTree, influences: Influences, animations: Sequence[Animation]
) -> None:
    """Refuse what is no animated mesh.

    Args:
        vertex_count: Of the mesh.
        tree: Its joints.
        influences: What its vertices follow.
        animations: What the joints do.

    Raises:
        InvalidRequestError: A name is unfit or repeated, the joints are no tree, an array has another shape
            than it should, a number is not finite, a vertex follows nothing or a joint that is not there,
            instants do not rise, or a rotation is no unit quaternion.
    """
    _check_tree(tree)
    _check_influences(vertex_count, len(tree.names), influences)
    check_names("animation", [animation.name for animation in animations])
    for animation in animations:
        _check_animation(len(tree.names), animation)


def _check_tree(tree: JointTree) -> None:
    joint_count = len(tree.names)
    if not 1 <= joint_count <= _MAX_JOINT_COUNT:
        raise InvalidRequestError(f"{joint_count} joints: there must be 1 to {_MAX_JOINT_COUNT:,}")
    check_names("joint", tree.names)
    _check_array("the joints' parents", tree.parents, (joint_count,))
    _check_array("the joints' heads", tree.heads, (joint_count, 3))
    rises = (tree.parents[1:] >= 0) & (tree.parents[1:] < np.arange(1, joint_count))
    if tree.parents[0] != -1 or not rises.all():
        raise InvalidRequestError(
            f"the joints' parents are {tree.parents.tolist()}: the first must be -1, others earlier ones"
        )


def _check_influences(vertex_count: int, joint_count: int, influences: Influences) -> None:
    _check_array("the vertices' joints", influences.joints, (vertex_count, 4))
    _check_array("the vertices' weights", influences.weights, (vertex_count, 4))
    used = influences.joints[influences.weights != 0.0]
    if used.size and not 0 <= used.min() <= used.max() < joint_count:
        raise InvalidRequestError(f"a vertex follows a joint outside 0..{joint_count - 1}")
    bad = (influences.weights < 0.0).any(axis=1) | (influences.weights.sum(axis=1) <= 0.0)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise InvalidRequestError(
            f"vertex {first} has weights {influences.weights[first].tolist()}: they must be at least 0, and "
            "one above it"
        )


def _check_animation(joint_count: int, animation: Animation) -> None:
    what, key_count = f"animation {animation.name!r}", len(animation.times_s)
    if key_count == 0:
        raise InvalidRequestError(f"{what} has no pose: it needs one at least")
    _check_array(f"the instants of {what}", animation.times_s, (key_count,))
    if animation.times_s[0] < 0.0 or not (np.diff(animation.times_s) > 0.0).all():
        raise InvalidRequestError(f"the instants of {what} must rise, from 0 s or later")
    for path, width in (("translation", 3), ("rotation", 4), ("scale", 3)):
        _check_array(f"{path} of {what}", getattr(animation, path), (key_count, joint_count, width))
    _check_array(f"travel_m_s of {what}", np.array(animation.travel_m_s), (3,))
    lengths = np.linalg.norm(animation.rotation.astype(np.float64), axis=2)
    if np.abs(lengths - 1.0).max() > _UNIT_TOLERANCE:
        raise InvalidRequestError(f"a rotation of {what} is no unit quaternion: scale it to length 1")


def _check_array(what: str, values: NDArray[Any], shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise InvalidRequestError(f"{what} are {values.shape}: they must be {shape}")
    if not np.isfinite(values).all():
        raise InvalidRequestError(f"{what} are not all finite: they must be")
