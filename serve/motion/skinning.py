"""Moves the vertices of a mesh with the joints that they follow, as Warp kernels.

Linear blend skinning is what engines and glTF players do, and loses volume where a limb twists; dual
quaternions keep it. Scales and shears, which a dual quaternion cannot hold, are blended linearly first.

Source: Kavan, Collins, Zara and O'Sullivan 2007, "Skinning with Dual Quaternions", with the two phases of
their section 4.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.stage import Spread, one_by_one
from serve.geometry.launching import launch_spans, spans_of
from serve.geometry.rotations import compose, quaternion_from_matrix
from serve.geometry.warp_setup import ensure_warp
from serve.motion.kernels.skinning import dual_quaternion_kernel, linear_blend_kernel
from serve.motion.skin import Skin

__all__ = ["SkinningMethod", "deform"]

SkinningMethod = Literal["linear", "dual_quaternion"]

_SPAN_COUNT = 65_536  # vertices of one launch: some milliseconds


def deform(
    vertices: NDArray[np.float32],
    skin: Skin,
    matrices: NDArray[np.float64],
    *,
    method: SkinningMethod = "dual_quaternion",
    spread: Spread = one_by_one,
    device: str = "cpu",
) -> NDArray[np.float32]:
    """Vertices of a mesh in a pose; equal arguments give equal bytes on one kind of device.

    Args:
        vertices: float32 [V, 3], of the mesh in the rest pose, metres.
        skin: Of these vertices.
        matrices: [J, 4, 4], of `serve.motion.poses.skinning_matrices`; none mirrors.
        method: How the moves of several joints are blended.
        spread: Runs the spans of vertices; raises to stop.
        device: A Warp device: `cpu`, `cuda:0`.

    Returns:
        float32 [V, 3], metres.
    """
    ensure_warp()
    if method == "linear":
        kernel, moves = linear_blend_kernel, _affine_moves(matrices, device)
    else:
        kernel, moves = dual_quaternion_kernel, _rigid_moves(matrices, vertices, skin, device)
    given = wp.array(vertices, dtype=wp.vec3, device=device)
    joints = wp.array(skin.joints, dtype=wp.int32, device=device)
    weights = wp.array(skin.weights, dtype=wp.float32, device=device)
    moved = wp.zeros(len(vertices), dtype=wp.vec3, device=device)

    def inputs(span: slice) -> Sequence[object]:
        return [given[span], joints[span], weights[span], *moves, moved[span]]

    launch_spans(kernel, spans_of(len(vertices), _SPAN_COUNT), inputs, spread=spread, device=device)
    return np.asarray(moved.numpy(), dtype=np.float32)


def _affine_moves(matrices: NDArray[np.float64], device: str) -> list[wp.array]:
    """Matrices less the identity, as their linear part and their shift."""
    turns = matrices[:, :3, :3] - np.eye(3)
    return [_upload(turns, wp.mat33, device), _upload(matrices[:, :3, 3], wp.vec3, device)]


def _rigid_moves(
    matrices: NDArray[np.float64], vertices: NDArray[np.float32], skin: Skin, device: str
) -> list[wp.array]:
    """Matrices as a stretch in the rest pose, less the identity, and then a dual quaternion.

    The stretch is the symmetric one of the polar decomposition, M = R S. It leaves the middle of what follows
    the joint where it is, so that neighbours who stretch differently do not drift apart before they blend.
    """
    turns, stretches = _polar(matrices[:, :3, :3])
    grown = stretches - np.eye(3)
    slides = -np.einsum("jab,jb->ja", grown, _middles(vertices, skin, len(matrices)))
    rests = matrices[:, :3, 3] - np.einsum("jab,jb->ja", turns, slides)
    reals = quaternion_from_matrix(turns)
    duals = 0.5 * compose(np.concatenate([rests, np.zeros((len(rests), 1))], axis=1), reals)
    kinds = ((grown, wp.mat33), (slides, wp.vec3), (reals, wp.vec4), (duals, wp.vec4))
    return [_upload(values, dtype, device) for values, dtype in kinds]


def _middles(vertices: NDArray[np.float32], skin: Skin, joint_count: int) -> NDArray[np.float64]:
    """The mean of the vertices that follow each joint, by weight, [J, 3]; the origin where none does."""
    joints, weights = skin.joints.ravel(), skin.weights.ravel().astype(np.float64)
    totals = np.bincount(joints, weights, joint_count)
    places = np.repeat(vertices.astype(np.float64), skin.joints.shape[1], axis=0)
    sums = [np.bincount(joints, weights * places[:, axis], joint_count) for axis in range(3)]
    return np.asarray(np.stack(sums, axis=1) / np.where(totals > 0.0, totals, 1.0)[:, None])


def _polar(linear: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Matrices [J, 3, 3] as rotations times symmetric stretches."""
    left, sizes, right = np.linalg.svd(linear)
    turns = left @ right
    stretches = np.swapaxes(right, 1, 2) @ (sizes[:, :, None] * right)
    # The decomposition rounds: what turns without a stretch shall have none.
    rigid = np.abs(np.swapaxes(linear, 1, 2) @ linear - np.eye(3)).max(axis=(1, 2)) < 1e-12
    turns[rigid], stretches[rigid] = linear[rigid], np.eye(3)
    return turns, stretches


def _upload(values: NDArray[np.float64], dtype: object, device: str) -> wp.array:
    return wp.array(values.astype(np.float32), dtype=dtype, device=device)
