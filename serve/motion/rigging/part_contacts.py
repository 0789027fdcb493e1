"""Which parts of a mesh touch, where, and how parts hang together as a tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.motion.rigging.limbs import contact
from serve.motion.rigging.part_words import part_words
from serve.motion.rigging.volume import Volume

__all__ = ["PartPlaces", "locate_parts", "part_tree"]

_ROOT_WORDS = frozenset(
    ["base", "body", "case", "frame", "hull", "pot", "seat", "stand", "stem", "top", "torso", "trunk", "wall"]
)


@dataclass(frozen=True, slots=True, eq=False)
class PartPlaces:
    """Where the parts of a mesh are.

    Args:
        numbers: The parts that have a face, in order.
        names: Of all parts.
        middles: float64 [P, 3], metres, the middles of all parts; of their cells, or else of their vertices.
        sizes: float64 [P], how many cells each part has.
        touches: How many links there are between the cells of two parts, for both orders of a pair.
        volume: The solid.
    """

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    middles: NDArray[np.float64]
    sizes: NDArray[np.float64]
    touches: Mapping[tuple[int, int], int]
    volume: Volume

    def contact(self, part: int, other: int) -> NDArray[np.float64]:
        """Where a part hangs on another [3], metres: the middle of their contact; of a ring its centre."""
        is_part, is_other = self.volume.part == part, self.volume.part == other
        if not is_part.any() or not is_other.any():
            return np.asarray(self.middles[part])
        return contact(self.volume, is_part, is_other)


def locate_parts(mesh: PartMesh, volume: Volume) -> PartPlaces:
    """Where the parts of a mesh are, given its solid."""
    count = len(mesh.surfaces)
    sizes = np.bincount(volume.part, minlength=count).astype(np.float64)
    sums = np.stack([np.bincount(volume.part, volume.centres[:, axis], count) for axis in range(3)], axis=1)
    corners = mesh.vertices[mesh.faces].astype(np.float64).mean(axis=1)
    faces = np.maximum(np.bincount(mesh.face_part, minlength=count), 1)
    drawn = np.stack([np.bincount(mesh.face_part, corners[:, axis], count) for axis in range(3)], axis=1)
    middles = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], drawn / faces[:, None])
    return PartPlaces(
        numbers=tuple(np.unique(mesh.face_part).tolist()),
        names=tuple(surface.name for surface in mesh.surfaces),
        middles=middles,
        sizes=sizes,
        touches=_touch_counts(volume),
        volume=volume,
    )


def _touch_counts(volume: Volume) -> dict[tuple[int, int], int]:
    """How many links there are between the cells of two parts, for both orders of each pair."""
    ends = volume.links[:, 1::2].reshape(-1)
    own = np.repeat(volume.part, 3)[ends >= 0]
    other = volume.part[ends[ends >= 0]]
    apart = own != other
    pairs = np.stack([np.minimum(own, other), np.maximum(own, other)], axis=1)[apart]
    found, counts = np.unique(pairs, axis=0, return_counts=True)
    touches: dict[tuple[int, int], int] = {}
    for (first, second), count in zip(found.tolist(), counts.tolist(), strict=True):
        touches[first, second] = touches[second, first] = count
    return touches


def part_tree(places: PartPlaces) -> list[tuple[int, int]]:
    """Each part and the one that it hangs on, parents first; -1 for the root.

    The root is the largest of those called a body, a base, a frame and so on, or else the largest. From there
    the strongest contact is followed (Prim 1957); what touches nothing hangs on the nearest part.
    """
    called = [n for n in places.numbers if _ROOT_WORDS & set(part_words(places.names[n]))]
    root = max(called or places.numbers, key=lambda n: (places.sizes[n], -n))
    tree, rest = [(root, -1)], [n for n in places.numbers if n != root]
    while rest:
        held = [n for n, _ in tree]
        best = max(
            ((n, on) for n in rest for on in held),
            key=lambda pair: (places.touches.get(pair, 0), -_gap(places, pair), -pair[0]),
        )
        tree.append(best)
        rest.remove(best[0])
    return tree


def _gap(places: PartPlaces, pair: tuple[int, int]) -> float:
    return float(np.linalg.norm(places.middles[pair[0]] - places.middles[pair[1]]))
