"""A body as regions: which cells and vertices are its trunk, its head and each of its limbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.motion.rigging.frames import Frame, symmetry_plane
from serve.motion.rigging.limbs import Limb, symmetrised, trace_limb
from serve.motion.rigging.volume import Volume

__all__ = ["TRUNK", "Body", "limb_pair", "whole_body"]

TRUNK = "trunk"
"""The region that all others hang on."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The regions of a body.

    Args:
        volume: Its solid.
        frame: Which way it faces.
        regions: `trunk` first, then what there is of `head`, `tail`, `arm.left`, `leg.left`,
            `front_leg.left`, `hind_leg.left`, `wing.left` and the same with `.right`.
        cell_region: int32 [N], the region of each cell.
        vertex_region: bool [V, R], the regions that the faces of each vertex belong to.
        is_neck: bool [N], cells of the head's region that are known to be the neck.
    """

    volume: Volume
    frame: Frame
    regions: tuple[str, ...]
    cell_region: NDArray[np.int32]
    vertex_region: NDArray[np.bool_]
    is_neck: NDArray[np.bool_]

    def cells(self, region: str) -> NDArray[np.bool_]:
        """Which cells are of a region, bool [N]; none where the body has no such."""
        if region not in self.regions:
            return np.zeros(len(self.cell_region), bool)
        return np.asarray(self.cell_region == self.regions.index(region))

    def has(self, *regions: str) -> bool:
        """Whether the body has all of these regions."""
        return all(region in self.regions for region in regions)

    def limb(self, region: str) -> Limb:
        """The middle line of a region, from the trunk outwards."""
        return trace_limb(self.volume, self.cells(region), self.cells(TRUNK))


def whole_body(mesh: PartMesh, volume: Volume) -> Body:
    """The body that is all trunk."""
    cell_count = len(volume.cells)
    return Body(
        volume=volume,
        frame=symmetry_plane(volume),
        regions=(TRUNK,),
        cell_region=np.zeros(cell_count, np.int32),
        vertex_region=np.ones((len(mesh.vertices), 1), bool),
        is_neck=np.zeros(cell_count, bool),
    )


def limb_pair(body: Body, region: str) -> Mapping[str, Limb]:
    """The limbs `left` and `right` of a region such as `leg`; images of each other if they almost are."""
    left, right = body.limb(f"{region}.left"), body.limb(f"{region}.right")
    mirrored = body.frame.mirrored
    radius_m = 0.5 * (left.radius_m + right.radius_m)
    return {
        "left": Limb(symmetrised(left, right, mirrored(right.line)), radius_m),
        "right": Limb(symmetrised(right, left, mirrored(left.line)), radius_m),
    }
