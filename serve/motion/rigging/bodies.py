"""A body as regions: which cells and vertices are its trunk, its head and each of its limbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.motion.rigging.frames import Frame, symmetry_plane
from serve.motion.rigging.limbs import Limb, trace_limb
from serve.motion.rigging.volume import Volume

__all__ = ["TRUNK", "Body", "limb_pair", "rooted", "whole_body", "why_no_animal"]

TRUNK = "trunk"
"""The region that all others hang on."""

_ALIKE_SHARE = 0.3  # of their length: limbs that are farther from mirror images are meant to be


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
        """Whether the body has cells of all of these regions."""
        return all(self.cells(region).any() for region in regions)

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


def why_no_animal(body: Body | None, limbs: Sequence[str], lack: str) -> str:
    """Why a body is no animal with some limbs; empty if it is one.

    Args:
        body: The body.
        limbs: Regions that it must have beside a head and a trunk.
        lack: What it lacks where they are missing: a clause such as "it shows no pair of legs".
    """
    if body is None or not body.has("head"):
        return "it shows no head, by the name of a part or by its shape"
    if not body.has(TRUNK):
        return "it shows no trunk: all of its parts are called a head or a limb"
    return "" if body.has(*limbs) else lack


def limb_pair(body: Body, region: str, *, is_rooted: bool = True) -> Mapping[str, Limb]:
    """The limbs `left` and `right` of a region such as `leg`; mirror images if they almost are.

    They are `rooted` unless that is not asked for.
    """
    root = partial(rooted, body) if is_rooted else _as_it_is
    left, right = body.limb(f"{region}.left"), body.limb(f"{region}.right")
    image = body.frame.mirrored(right.line)
    apart = float(np.linalg.norm(left.line - image, axis=1).max())
    if apart > max(_ALIKE_SHARE * left.length_m, left.radius_m):
        return {"left": root(left), "right": root(right)}
    mean = root(Limb(0.5 * (left.line + image), 0.5 * (left.radius_m + right.radius_m)))
    return {"left": mean, "right": Limb(body.frame.mirrored(mean.line), mean.radius_m)}


def rooted(body: Body, limb: Limb) -> Limb:
    """The limb, begun a radius further in where the body is solid there: joints lie inside."""
    inward = limb.line[0] - limb.at(0.25)
    inward /= max(float(np.linalg.norm(inward)), 1e-12)
    for share in (1.0, 0.75, 0.5, 0.25):
        start = limb.line[0] + share * limb.radius_m * inward
        if body.volume.deep_at(start) > 0.3 * limb.radius_m:
            return Limb(np.concatenate([start[None], limb.line[1:]]), limb.radius_m)
    return limb


def _as_it_is(limb: Limb) -> Limb:
    return limb
