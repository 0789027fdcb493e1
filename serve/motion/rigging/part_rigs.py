"""Rigs of things: a joint for each wheel and door, for each part, or for the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.geometry.pieces import face_areas
from serve.motion.rigging.drafts import Bone, Draft
from serve.motion.rigging.hinges import Hinge, door_hinge, wheel_hinge
from serve.motion.rigging.limits import ball_limit
from serve.motion.rigging.part_contacts import PartPlaces, part_tree
from serve.motion.rigging.part_words import part_kind, part_words

__all__ = ["PartDraft", "draw_parts", "draw_rigid", "draw_vehicle", "why_not_parts", "why_not_vehicle"]

_MOST_PARTS = 128
_HANDLES = frozenset(["handle", "knob", "grip"])
_TYRES = frozenset(["wheel", "tire", "tyre"])
_IN_HAND = frozenset(["spare", "steering"])  # wheels that are not rolled on


@dataclass(frozen=True, slots=True, eq=False)
class PartDraft:
    """A skeleton that moves whole parts.

    Args:
        draft: The bones.
        joint_of: The bone that each part follows, by its number; the first bone for those it does not name.
    """

    draft: Draft
    joint_of: Mapping[int, int]

    def joints(self, mesh: PartMesh) -> NDArray[np.int32]:
        """The joint of each vertex, int32 [V]; on a border the one nearest to the root."""
        of_part = np.array([self.joint_of.get(n, 0) for n in range(len(mesh.surfaces))], np.int32)
        joints = np.full(len(mesh.vertices), len(self.draft.bones), np.int32)
        np.minimum.at(joints, mesh.faces.reshape(-1), np.repeat(of_part[mesh.face_part], 3))
        return np.where(joints < len(self.draft.bones), joints, 0).astype(np.int32)


def why_not_vehicle(mesh: PartMesh) -> str:
    """Why a mesh is no vehicle; empty if it is one."""
    wheels, doors = len(_wheels(mesh)), len(_of_kind(mesh, "door"))
    if wheels < 2:
        return f"it has {wheels or 'no'} part that is called a wheel or a tire, and two are needed"
    count = wheels + doors
    return (
        f"it has {count} wheels and doors, and at most {_MOST_PARTS} are jointed"
        if count > _MOST_PARTS
        else ""
    )


def why_not_parts(mesh: PartMesh) -> str:
    """Why a mesh has not several parts; empty if it has."""
    count = len(np.unique(mesh.face_part))
    if count < 2:
        return "it is a single part"
    return f"it has {count} parts, and at most {_MOST_PARTS} are jointed" if count > _MOST_PARTS else ""


def draw_vehicle(mesh: PartMesh, places: PartPlaces) -> PartDraft:
    """A body, wheels on their axles, doors on their edges; the bone of the body points to the front."""
    wheels = _wheels(mesh)
    hinges = [wheel_hinge(*_surface(mesh, wheel)) for wheel in wheels]
    members = {number for wheel in wheels for number in wheel}
    rest = np.isin(places.volume.part, list(members), invert=True)
    middle = places.volume.centres[rest if rest.any() else ~rest].mean(axis=0)
    head = places.volume.centres[places.volume.nearest(middle)]
    axle = np.array(hinges[0].limit.hinge)
    ahead = np.cross(axle, [0.0, 1.0, 0.0])
    ahead *= np.sign(ahead[int(np.argmax(np.abs(ahead)))])
    length = float(np.ptp(places.volume.centres @ ahead))
    bones = [Bone("body", "", head, head + 0.25 * length * ahead)]
    joint_of: dict[int, int] = {}
    for number, (wheel, hinge) in enumerate(zip(wheels, hinges, strict=True), start=1):
        joint_of |= dict.fromkeys(wheel, len(bones))
        bones.append(_hinged("wheel", number, hinge))
    for number, door in enumerate(_of_kind(mesh, "door"), start=1):
        joint_of[door] = len(bones)
        bones.append(_hinged("door", number, _door(mesh, door, middle)))
    return PartDraft(Draft("vehicle", tuple(bones), {}), joint_of)


def draw_parts(mesh: PartMesh, places: PartPlaces) -> PartDraft:
    """A joint for each part, where it touches the one that it hangs on; wheels and doors on their hinges."""
    bones: list[Bone] = []
    joint_of: dict[int, int] = {}
    middle = places.volume.centres.mean(axis=0)
    for number, parent in part_tree(places):
        joint_of[number] = len(bones)
        name, on = places.names[number], "" if parent < 0 else places.names[parent]
        if parent < 0:
            head = places.volume.centres[places.volume.nearest(places.middles[number])]
            bones.append(Bone("body", "", head, head + _reach(mesh, number), name=name))
        elif _is_tyre(name):
            bones.append(_moved(wheel_hinge(*_surface(mesh, [number])), "wheel", name, on))
        elif part_kind(name) == "door":
            bones.append(_moved(_door(mesh, number, middle), "door", name, on))
        else:
            head = places.contact(number, parent)
            bones.append(Bone("link", on, head, places.middles[number], ball_limit("link"), name=name))
    return PartDraft(Draft("parts", tuple(bones), {}), joint_of)


def draw_rigid(mesh: PartMesh) -> PartDraft:
    """One joint in the middle of the mesh."""
    low, high = (bound.astype(np.float64) for bound in mesh.bounds)
    middle = 0.5 * (low + high)
    tail = middle + np.array([0.0, max(0.5 * float(high[1] - low[1]), 1e-6), 0.0])
    return PartDraft(Draft("rigid", (Bone("body", "", middle, tail),), {}), {})


def _moved(hinge: Hinge, role: str, name: str, on: str) -> Bone:
    return Bone(role, on, hinge.head, hinge.tail, hinge.limit, name=name)


def _hinged(role: str, number: int, hinge: Hinge) -> Bone:
    name = role if number == 1 else f"{role}_{number}"
    return Bone(role, "body", hinge.head, hinge.tail, hinge.limit, name=name)


def _door(mesh: PartMesh, door: int, middle: NDArray[np.float64]) -> Hinge:
    points, _ = _surface(mesh, [door])
    low, high = points.min(axis=0), points.max(axis=0)
    reach = 0.25 * float((high - low).max())
    for number in np.unique(mesh.face_part).tolist():
        if set(part_words(mesh.surfaces[number].name)) & _HANDLES:
            handle = _surface(mesh, [number])[0].mean(axis=0)
            if (handle > low - reach).all() and (handle < high + reach).all():
                return door_hinge(points, middle, handle)
    return door_hinge(points, middle, None)


def _reach(mesh: PartMesh, number: int) -> NDArray[np.float64]:
    points, _ = _surface(mesh, [number])
    return np.array([0.0, max(0.5 * float(np.ptp(points[:, 1])), 1e-6), 0.0])


def _of_kind(mesh: PartMesh, kind: str) -> list[int]:
    return [n for n in np.unique(mesh.face_part).tolist() if part_kind(mesh.surfaces[n].name) == kind]


def _surface(mesh: PartMesh, parts: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The corners [P, 3] of the faces of parts, and the area [P] that each stands for."""
    chosen = mesh.faces[np.isin(mesh.face_part, parts)]
    areas = np.repeat(np.maximum(face_areas(mesh.vertices, chosen), 1e-18), 3)
    return mesh.vertices[chosen.reshape(-1)].astype(np.float64), areas


def _is_tyre(name: str) -> bool:
    """Whether a part is called what rolls on the ground."""
    words = set(part_words(name))
    return bool(words & _TYRES) and not words & _IN_HAND


def _wheels(mesh: PartMesh) -> list[list[int]]:
    """The parts of each wheel: a tire, and what is called a part of a wheel and has its middle within it."""
    named = _of_kind(mesh, "wheel")
    tyres = [n for n in named if _is_tyre(mesh.surfaces[n].name)]
    boxes = {n: _surface(mesh, [n])[0] for n in named}
    middles = {n: 0.5 * (points.min(axis=0) + points.max(axis=0)) for n, points in boxes.items()}
    radii = {n: 0.5 * float(np.ptp(points, axis=0).max()) for n, points in boxes.items()}
    wheels: list[list[int]] = []
    for number in sorted(named, key=lambda n: (n not in tyres, n)):
        near = [w for w in wheels if np.linalg.norm(middles[number] - middles[w[0]]) < 0.6 * radii[w[0]]]
        if near:
            near[0].append(number)
        elif number in tyres:
            wheels.append([number])
    return wheels
