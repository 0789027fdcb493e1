"""The glTF document of an asset with joints.

Where every face follows one joint, each part is a plain mesh under the node of its joint: small, and moved by
every viewer. Where a face bends, all parts are skinned, with linear blending (section 3.7.3 of glTF 2.0.1);
their nodes are roots of the scene, for where a skinned mesh stands its joints alone say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.formats.animation.animated import JointTree
from serve.formats.animation.following import faces_joint
from serve.formats.corners import Corners, corners_of
from serve.formats.gltf_binary import Binary
from serve.formats.gltf_document import ASSET, COMPRESSION, part_node
from serve.formats.gltf_materials import PlacePicture, materials_of
from serve.formats.gltf_meshes import MeshWriter
from serve.formats.parts import WrittenPart, looks_of, written_parts
from serve.formats.quantization import Grid, grid_of
from serve.geometry.mesh import PartMesh

__all__ = ["FIRST_JOINT_NODE", "Rigged", "rigged_document"]

FIRST_JOINT_NODE = 1
"""The node of the first joint, under the root; those of the other joints follow it."""


@dataclass(frozen=True, slots=True, eq=False)
class Rigged:
    """A mesh and what it follows, as `serve.formats.animation.following` stores it.

    Args:
        mesh: The asset.
        tree: Its joints.
        joints: int32 [V, 4].
        shares: int32 [V, 4].
    """

    mesh: PartMesh
    tree: JointTree
    joints: NDArray[np.int32]
    shares: NDArray[np.int32]


def rigged_document(
    rigged: Rigged, name: str, binary: Binary, place: PlacePicture, *, compressed: bool
) -> dict[str, Any]:
    """The document without its buffers and animations.

    Args:
        rigged: The asset.
        name: The root node's name.
        binary: Takes the vertices, indices and matrices.
        place: Puts a picture into the file.
        compressed: Whether `binary` encodes; the vertices are then quantized.
    """
    mesh, parts = rigged.mesh, written_parts(rigged.mesh)
    looks, grid = looks_of(parts), grid_of(mesh.vertices) if compressed else None
    followed = faces_joint(mesh.faces, rigged.joints, rigged.shares)
    writer = MeshWriter(mesh, _corners(rigged, bends=followed is None), list(looks), binary, grid)
    nodes = _joint_nodes(name, rigged.tree)
    if followed is None:
        body = _skinned(writer, parts, rigged.tree, nodes)
    else:
        body = _stiff(writer, list(_pieces(parts, followed)), rigged.tree, nodes)
    materials = materials_of(looks, mesh.textures, place)
    stored = {"accessors": binary.accessors, "bufferViews": binary.views}
    document = {"asset": ASSET, "scene": 0, "nodes": nodes, **body, **materials, **stored}
    document["scenes"] = [{"name": name, "nodes": _roots(nodes)}]
    return document | (COMPRESSION if compressed else {})


def _corners(rigged: Rigged, *, bends: bool) -> Corners:
    corners = corners_of(rigged.mesh)
    if not bends:
        return corners
    influences = np.concatenate([rigged.joints, rigged.shares], axis=1).astype(np.float32)
    return replace(corners, influences=influences[rigged.mesh.faces])


def _joint_nodes(name: str, tree: JointTree) -> list[dict[str, Any]]:
    """The root and under it the joints in their rest pose."""
    nodes: list[dict[str, Any]] = [{"name": name, "children": [FIRST_JOINT_NODE]}]
    nodes += [
        {"name": joint, "translation": offset}
        for joint, offset in zip(tree.names, tree.offsets.tolist(), strict=True)
    ]
    for joint, parent in enumerate(tree.parents.tolist()):
        if parent >= 0:
            _adopt(nodes, FIRST_JOINT_NODE + parent, FIRST_JOINT_NODE + joint)
    return nodes


def _adopt(nodes: list[dict[str, Any]], parent: int, child: int) -> None:
    nodes[parent].setdefault("children", []).append(child)


def _roots(nodes: list[dict[str, Any]]) -> list[int]:
    below = {child for node in nodes for child in node.get("children", ())}
    return [index for index in range(len(nodes)) if index not in below]


def _pieces(parts: tuple[WrittenPart, ...], followed: NDArray[np.int32]) -> Iterator[tuple[int, WrittenPart]]:
    """The joint, and what of a part follows it: one piece for most parts."""
    for part in parts:
        joints = followed[part.face_indices]
        for joint in np.unique(joints).tolist():
            yield joint, replace(part, face_indices=part.face_indices[joints == joint])


def _stiff(
    writer: MeshWriter,
    pieces: list[tuple[int, WrittenPart]],
    tree: JointTree,
    nodes: list[dict[str, Any]],
) -> dict[str, Any]:
    """Meshes under their joints. Their vertices stay in the asset's axes, so that borders stay equal."""
    for index, (joint, piece) in enumerate(pieces):
        _adopt(nodes, FIRST_JOINT_NODE + joint, len(nodes))
        nodes.append(part_node(index, piece.surface) | _seen_from(tree.heads[joint], writer.grid))
    return {"meshes": [writer.part(piece) for _, piece in pieces]}


def _seen_from(head: NDArray[np.float64], grid: Grid | None) -> dict[str, Any]:
    """Takes stored positions to metres from a joint."""
    if grid is None:
        return {"translation": (-head).tolist()}
    return {"translation": (grid.origin_m - head).tolist(), "scale": [grid.step_m] * 3}


def _skinned(
    writer: MeshWriter, parts: tuple[WrittenPart, ...], tree: JointTree, nodes: list[dict[str, Any]]
) -> dict[str, Any]:
    """Meshes that follow one skin."""
    meshes = [writer.part(part) for part in parts]
    nodes += [part_node(index, part.surface) | {"skin": 0} for index, part in enumerate(parts)]
    joints = list(range(FIRST_JOINT_NODE, FIRST_JOINT_NODE + len(tree.names)))
    matrices = writer.binary.add_numbers(_inverse_bind_matrices(tree, writer.grid))
    skin = {"inverseBindMatrices": matrices, "skeleton": FIRST_JOINT_NODE, "joints": joints}
    return {"meshes": meshes, "skins": [skin]}


def _inverse_bind_matrices(tree: JointTree, grid: Grid | None) -> NDArray[np.float32]:
    """Take stored positions to metres from each joint: [J, 16], by columns."""
    origin, step = (grid.origin_m, grid.step_m) if grid else ((0.0, 0.0, 0.0), 1.0)
    matrices = np.tile(np.diag([step, step, step, 1.0]), (len(tree.heads), 1, 1))
    matrices[:, 3, :3] = origin - tree.heads
    return matrices.reshape(-1, 16).astype(np.float32)
