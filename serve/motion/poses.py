"""Where the joints of a skeleton are at an instant of a clip, and what that does to the mesh around them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from serve.geometry.rotations import matrix_from_quaternion, slerp
from serve.motion.clip import Clip
from serve.motion.skeleton import Skeleton

__all__ = ["chain_poses", "poses_at", "rest_translations", "skinning_matrices"]

Floats = NDArray[np.float64]


def poses_at(skeleton: Skeleton, clip: Clip, times_s: ArrayLike) -> Floats:
    """The pose of a clip at instants; see `Clip` for what is between and beyond its own.

    Args:
        skeleton: Of J joints.
        clip: Made for it.
        times_s: [T], seconds.

    Returns:
        float64 [T, J, 4, 4]: from the space of each joint to that of the asset.
    """
    low, high, share = _neighbours(clip, np.asarray(times_s, np.float64))

    def straight(track: NDArray[np.float32]) -> Floats:
        start = track[low].astype(np.float64)
        return np.asarray(start + share[:, None, None] * (track[high] - start))

    turns = slerp(clip.rotation[low], clip.rotation[high], share[:, None])
    return chain_poses(skeleton.parents, straight(clip.translation), turns, straight(clip.scale))


def chain_poses(parents: NDArray[np.int32], translation: Floats, rotation: Floats, scale: Floats) -> Floats:
    """Hang each joint on its parent: forward kinematics.

    Args:
        parents: int32 [J]; parents come first, -1 for a root.
        translation: [T, J, 3], metres, as in `Clip`, like the two that follow.
        rotation: [T, J, 4], unit quaternions.
        scale: [T, J, 3].

    Returns:
        float64 [T, J, 4, 4]: from the space of each joint to that of the asset.
    """
    poses = np.zeros((*translation.shape[:2], 4, 4))
    poses[..., :3, :3] = matrix_from_quaternion(rotation) * scale[..., None, :]
    poses[..., :3, 3] = translation
    poses[..., 3, 3] = 1.0
    for joint, parent in enumerate(parents):
        if parent >= 0:
            poses[:, joint] = poses[:, parent] @ poses[:, joint]
    return poses


def rest_translations(skeleton: Skeleton) -> NDArray[np.float32]:
    """The translations of the rest pose, float32 [J, 3], metres: heads less those of the parents."""
    heads = skeleton.heads
    parents = np.array(skeleton.parents)
    before = np.where(parents[:, None] >= 0, heads[parents], 0.0)
    return (heads - before).astype(np.float32)


def _rest_heads(skeleton: Skeleton) -> Floats:
    """Where the joints are when a clip has them at rest, float64 [J, 3], metres.

    These are `skeleton.heads` but for the rounding of a clip's float32, which adds up along the chain: taken
    from here, a joint at rest has not moved at all.
    """
    heads = rest_translations(skeleton).astype(np.float64)
    for joint, parent in enumerate(skeleton.parents):
        if parent >= 0:
            heads[joint] += heads[parent]
    return heads


def skinning_matrices(skeleton: Skeleton, poses: Floats) -> Floats:
    """What each joint does to the mesh in its rest pose.

    Args:
        skeleton: Of J joints.
        poses: [..., J, 4, 4], of `poses_at`.

    Returns:
        float64 [..., J, 4, 4]: the identity for a joint at rest.
    """
    matrices = poses.copy()
    matrices[..., :3, 3] -= np.einsum("...jab,jb->...ja", poses[..., :3, :3], _rest_heads(skeleton))
    return matrices


def _neighbours(clip: Clip, times_s: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """The poses before and after each instant, and how far it is from the first to the second."""
    keys_s = clip.times_s.astype(np.float64)
    if clip.loops and clip.duration_s > 0.0:
        times_s = np.mod(times_s, clip.duration_s)
    last = len(keys_s) - 1
    low = np.clip(np.searchsorted(keys_s, times_s, side="right") - 1, 0, max(last - 1, 0))
    high = np.minimum(low + 1, last)
    gap = np.where(high > low, keys_s[high] - keys_s[low], 1.0)
    return low, high, np.clip((times_s - keys_s[low]) / gap, 0.0, 1.0)
