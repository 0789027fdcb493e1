"""The regions of a body whose parts have names: legs, arms and a head are what is called so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.geometry.topology import graph_labels
from serve.motion.rigging.bodies import TRUNK, Body
from serve.motion.rigging.frames import Frame, facing, symmetry_plane
from serve.motion.rigging.part_contacts import locate_parts
from serve.motion.rigging.part_words import FACE_WORDS, part_kind, part_words
from serve.motion.rigging.volume import Volume

__all__ = ["body_of_parts"]

_SIDED = ("arm", "leg", "wing")
_APART_SHARE = 0.25  # of the length: so far apart are legs in front and behind
_DEEP_SHARE = 0.6  # of a part's thickness: a cell deeper behind its faces is not of it
_HEAD_WORDS = frozenset(["head", "skull", "face", "eye"])  # airplanes have noses, and no head
_MIDDLE_SHARE = 0.02  # of the width: nearer to the plane of symmetry a part is on neither side


def body_of_parts(mesh: PartMesh, volume: Volume) -> Body | None:
    """The body that the names of the parts tell of; None where none of them is called a head or an eye.

    A part of another name (a bow, a button) belongs to the region that it touches most; the largest of them
    (a shirt) is the trunk where nothing is called so.
    """
    kinds = {
        number: kind
        for number in np.unique(volume.part).tolist()
        if (kind := part_kind(mesh.surfaces[number].name)) is not None
    }
    heads = [number for number, kind in kinds.items() if kind == "head"]
    if not any(_HEAD_WORDS & set(part_words(mesh.surfaces[number].name)) for number in heads):
        return None
    frame = _turned(mesh, volume, symmetry_plane(volume), kinds)
    places = locate_parts(mesh, volume)
    middles, touches = places.middles, places.touches
    numbers = np.unique(volume.part).tolist()
    named = _regions_of(frame.local(middles), kinds, touches)
    others = [number for number in numbers if number not in named]
    if others and TRUNK not in named.values():
        named[max(others, key=lambda number: (places.sizes[number], -number))] = TRUNK
    every = _adopted(named, numbers, touches, middles)
    regions = (TRUNK, *sorted(set(every.values()) - {TRUNK}))
    of_part = np.zeros(len(mesh.surfaces), np.int32)
    for number, region in every.items():
        of_part[number] = regions.index(region)
    vertex_region = np.zeros((len(mesh.vertices), len(regions)), bool)
    vertex_region[mesh.faces.reshape(-1), np.repeat(of_part[mesh.face_part], 3)] = True
    necks = [number for number, kind in kinds.items() if kind == "neck"]
    too_deep = volume.depth > _DEEP_SHARE * _thickness(mesh)[volume.part]
    cell_region = np.where(too_deep & _is_beside(regions)[of_part[volume.part]], 0, of_part[volume.part])
    return Body(volume, frame, regions, cell_region, vertex_region, np.isin(volume.part, necks))


def _is_beside(regions: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether each region may lie along the trunk, bool [R]: arms and wings do."""
    return np.array([region.startswith(("arm.", "wing.")) for region in regions])


def _thickness(mesh: PartMesh) -> NDArray[np.float64]:
    """The least extent float64 [P], metres, of each part's corners along their principal axes.

    Behind the face of a wing that is pressed to a body, cells deeper than this are the body's.
    """
    found = np.full(len(mesh.surfaces), np.inf)
    for number in np.unique(mesh.face_part).tolist():
        corners = mesh.vertices[np.unique(mesh.faces[mesh.face_part == number])].astype(np.float64)
        offsets = corners - corners.mean(axis=0)
        _, axes = np.linalg.eigh(offsets.T @ offsets)
        found[number] = np.ptp(offsets @ axes, axis=0).min()
    return found


def _turned(mesh: PartMesh, volume: Volume, frame: Frame, kinds: dict[int, str]) -> Frame:
    """The frame with its front where the face is; or where the head is before the rest."""
    face = [n for n in kinds if FACE_WORDS & set(part_words(mesh.surfaces[n].name))]
    heads = [n for n, kind in kinds.items() if kind == "head" and n not in face]
    is_face, is_head = np.isin(volume.part, face), np.isin(volume.part, heads)
    rest = ~(is_face | is_head)
    if not rest.any():
        return frame
    if is_face.any() and is_head.any():
        return facing(frame, volume.centres[is_face].mean(axis=0) - volume.centres[is_head].mean(axis=0))
    heading = volume.centres[is_face | is_head].mean(axis=0) - volume.centres[rest].mean(axis=0)
    return facing(frame, heading if abs(heading @ frame.forward) > volume.step else frame.forward)


def _regions_of(
    places: NDArray[np.float64], kinds: dict[int, str], touches: Mapping[tuple[int, int], int]
) -> dict[int, str]:
    """The region of each part that has a kind; `places` [P, 3] are by the body's axes."""
    regions = {}
    for number, kind in kinds.items():
        if kind in ("head", "neck"):
            regions[number] = "head"
        elif kind in ("tail", "body"):
            regions[number] = TRUNK if kind == "body" else "tail"
    width = float(np.ptp(places[list(kinds), 0]))
    for kind in _SIDED:
        members = [n for n in kinds if kinds[n] == kind and abs(places[n, 0]) > _MIDDLE_SHARE * width]
        for side, sign in (("left", 1.0), ("right", -1.0)):
            limbs = _grouped([n for n in members if sign * places[n, 0] > 0], touches)
            for limb, end in zip(limbs, _ends(kind, limbs, places), strict=True):
                regions |= dict.fromkeys(limb, f"{end}{kind}.{side}")
    return regions


def _grouped(members: list[int], touches: Mapping[tuple[int, int], int]) -> list[list[int]]:
    """The parts that touch each other, directly or through others of them."""
    pairs = [
        (i, j)
        for i, first in enumerate(members)
        for j, second in enumerate(members)
        if i < j and (first, second) in touches
    ]
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    labels = graph_labels(ends[:, 0], ends[:, 1], len(members))
    return [[members[i] for i in np.flatnonzero(labels == label)] for label in np.unique(labels)]


def _ends(kind: str, limbs: list[list[int]], places: NDArray[np.float64]) -> list[str]:
    """`front_` and `hind_` for the legs of one side of a body that are one behind the other, else nothing."""
    along = np.array([places[limb, 2].mean() for limb in limbs])
    if kind != "leg" or len(limbs) < 2 or np.ptp(along) < _APART_SHARE * np.ptp(places[:, 2]):
        return [""] * len(limbs)
    middle = 0.5 * (along.min() + along.max())
    return ["front_" if place > middle else "hind_" for place in along.tolist()]


def _adopted(
    named: dict[int, str],
    numbers: list[int],
    touches: Mapping[tuple[int, int], int],
    middles: NDArray[np.float64],
) -> dict[int, str]:
    """A region for every part: of the rest, first the one that touches a region most; else the nearest's."""
    regions = dict(named)
    rest = [number for number in numbers if number not in regions]
    while rest:
        shares = {n: Counter[str]() for n in rest}
        for (first, second), count in touches.items():
            if first in shares and second in regions:
                shares[first][regions[second]] += count
        held = {n: share.most_common(1)[0] for n, share in shares.items() if share}
        if held:
            taken = max(held, key=lambda n: (held[n][1], -n))
            regions[taken] = held[taken][0]
        else:
            taken = rest[0]
            known = sorted(regions)
            gaps = np.linalg.norm(middles[known] - middles[taken], axis=1)
            regions[taken] = regions[known[int(np.argmin(gaps))]]
        rest.remove(taken)
    return regions
