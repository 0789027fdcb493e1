"""What follows which joint, in the numbers that a file holds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from serve.formats.animation.animated import Influences

__all__ = ["WHOLE", "faces_joint", "stored_influences"]

WHOLE = 65_535
"""What the shares of a vertex sum to: 1, as WEIGHTS_0 in 16 bits says it (section 3.7.3.3)."""


def stored_influences(influences: Influences) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Joints and shares as a file holds them.

    Returns:
        Joints int32 [V, 4], no joint twice in a row, 0 where the share is 0; shares int32 [V, 4], of which
        each row sums to `WHOLE` and each is less than one off.
    """
    joints, weights = influences.joints.astype(np.int32), influences.weights.astype(np.float64)
    for kept, other in combinations(range(joints.shape[1]), 2):
        same = joints[:, kept] == joints[:, other]
        weights[same, kept] += weights[same, other]
        weights[same, other] = 0.0
    shares = _in_whole_numbers(weights / weights.sum(axis=1, keepdims=True))
    return np.where(shares > 0, joints, 0).astype(np.int32), shares


def faces_joint(
    faces: NDArray[np.int32], joints: NDArray[np.int32], shares: NDArray[np.int32]
) -> NDArray[np.int32] | None:
    """The one joint that each face follows, int32 [F]; None where a face bends.

    Args:
        faces: int32 [F, 3].
        joints: int32 [V, 4].
        shares: int32 [V, 4].
    """
    followed = np.take_along_axis(joints, shares.argmax(axis=1)[:, None], axis=1)[:, 0][faces]
    is_whole = shares.max(axis=1)[faces] == WHOLE
    stiff = is_whole.all() and (followed == followed[:, :1]).all()
    return followed[:, 0] if stiff else None


def _in_whole_numbers(weights: NDArray[np.float64]) -> NDArray[np.int32]:
    """Rows that sum to 1 as rows that sum to `WHOLE`: what is missing goes to the largest remainders."""
    exact = weights * WHOLE
    shares = np.floor(exact).astype(np.int32)
    missing = WHOLE - shares.sum(axis=1, keepdims=True)
    rank = np.argsort(np.argsort(shares - exact, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(shares + (rank < missing), np.int32)
