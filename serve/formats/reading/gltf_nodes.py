"""The nodes of a glTF scene: which meshes stand where (sections 3.5 and 5.25 of glTF 2.0.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.gltf_document import GltfDocument
from serve.formats.reading.gltf_json import Record
from serve.formats.reading.limits import LIMITS, at_most

__all__ = ["Placed", "placed_nodes", "transform"]

_LARGEST = 1e15  # number of a matrix: products of two stay far from overflow
_IDENTITY = tuple(np.eye(4).reshape(-1).tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A node and where it stands.

    Args:
        index: Of the node.
        node: The node.
        matrix: float64 [4, 4]: from its own space to the scene's, for columns.
    """

    index: int
    node: Record
    matrix: NDArray[np.float64]


def placed_nodes(document: GltfDocument) -> list[Placed]:
    """All nodes of the scene, parents first.

    Raises:
        UnreadableMeshError: The nodes are no tree, too many, or nested too deep.
    """
    nodes = document.lists["nodes"]
    at_most(LIMITS.node_count, len(nodes), "nodes", "join some before it is sent")
    children = [node.wholes("children", below=len(nodes)) for node in nodes]
    waiting = [(root, np.eye(4), 1) for root in reversed(_roots(document, children))]
    placed: dict[int, Placed] = {}
    while waiting:
        index, parent, depth = waiting.pop()
        if index in placed:
            raise UnreadableMeshError(f"nodes[{index}] has two parents or is its own: the file is damaged")
        at_most(LIMITS.node_depth, depth, "levels of nodes", "flatten its hierarchy")
        placed[index] = Placed(index, nodes[index], _checked(parent @ _local(nodes[index]), nodes[index]))
        waiting += [(child, placed[index].matrix, depth + 1) for child in reversed(children[index])]
    return list(placed.values())


def transform(positions: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move float64 [N, 3]; equal positions stay equal to the bit, which a matrix product does not promise."""
    x, y, z = positions.T
    return np.stack([row[0] * x + row[1] * y + row[2] * z + row[3] for row in matrix[:3]], axis=1)


def _checked(matrix: NDArray[np.float64], node: Record) -> NDArray[np.float64]:
    """Refuse what would overflow sooner or later."""
    if not (np.abs(matrix) <= _LARGEST).all():
        raise UnreadableMeshError(f"{node.path} is moved or scaled beyond all measure: the file is damaged")
    return matrix


def _roots(document: GltfDocument, children: list[list[int]]) -> list[int]:
    scenes = document.lists["scenes"]
    if scenes:
        return scenes[document.root.whole("scene", 0, below=len(scenes))].wholes("nodes", below=len(children))
    below = {child for row in children for child in row}
    return [index for index in range(len(children)) if index not in below]


def _local(node: Record) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.array(node.numbers("matrix", _IDENTITY)).reshape(4, 4).T
    matrix = np.eye(4)
    scale = node.numbers("scale", (1.0, 1.0, 1.0))
    matrix[:3, :3] = _rotation(node.numbers("rotation", (0.0, 0.0, 0.0, 1.0))) * np.array(scale)
    matrix[:3, 3] = node.numbers("translation", (0.0, 0.0, 0.0))
    return matrix


def _rotation(quaternion: tuple[float, ...]) -> NDArray[np.float64]:
    length = float(np.linalg.norm(quaternion))
    if not 1e-6 < length < 1e6:
        return np.eye(3)
    x, y, z, w = (component / length for component in quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
