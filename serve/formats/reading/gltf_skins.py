"""Skinned meshes in the pose in which the file leaves them (section 3.7.3 of glTF 2.0.1)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.gltf_accessors import read_accessor
from serve.formats.reading.gltf_document import GltfDocument
from serve.formats.reading.gltf_nodes import transform

__all__ = ["joint_matrices", "skin_positions"]


def joint_matrices(
    document: GltfDocument, skin_index: int, placed: Mapping[int, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """What each joint does to a vertex that it owns, float64 [J, 4, 4].

    Args:
        document: The document.
        skin_index: Of the skin.
        placed: Where the scene's nodes stand: float64 [4, 4] by index.

    Raises:
        UnreadableMeshError: A joint is no node of the scene, or the matrices are fewer than the joints.
    """
    skin = document.item("skins", skin_index)
    joints = skin.wholes("joints", below=len(document.lists["nodes"]))
    if not joints or not set(joints) <= placed.keys():
        raise UnreadableMeshError(
            f"{skin.path} has joints that are no nodes of the scene: the file is damaged"
        )
    places = np.stack([placed[joint] for joint in joints])
    if "inverseBindMatrices" not in skin:
        return places
    inverses = read_accessor(document, skin.whole("inverseBindMatrices"), (16,))
    if len(inverses) < len(joints):
        raise UnreadableMeshError(f"{skin.path} has fewer matrices than joints: the file is damaged")
    return places @ inverses[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1)  # stored by columns


def skin_positions(
    positions: NDArray[np.float64],
    joints: NDArray[np.int64],
    weights: NDArray[np.float64],
    matrices: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Linear blend skinning: each vertex where its joints, by their weights, put it.

    Args:
        positions: float64 [N, 3].
        joints: int64 [N, K], indices into `matrices`.
        weights: float64 [N, K]; made to sum to one.
        matrices: float64 [J, 4, 4].
    """
    shares = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    joints = np.minimum(joints, len(matrices) - 1)
    moved = np.zeros_like(positions)
    for joint in np.unique(joints[shares > 0]).tolist():
        share = np.where(joints == joint, shares, 0.0).sum(axis=1)
        touched = share > 0
        moved[touched] += share[touched, None] * transform(positions[touched], matrices[joint])
    return moved
