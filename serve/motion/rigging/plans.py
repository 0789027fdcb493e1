"""Which body plans a mesh can have, and the rig of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from serve.contracts.errors import InvalidRequestError
from serve.geometry.mesh import PartMesh
from serve.motion.rigging.biped import draw_biped, why_not_biped
from serve.motion.rigging.bird import draw_bird, why_not_bird
from serve.motion.rigging.bodies import Body, whole_body
from serve.motion.rigging.chain import draw_chain, is_fish, why_not_chain
from serve.motion.rigging.drafts import Draft
from serve.motion.rigging.medial import draw_medial, why_not_medial
from serve.motion.rigging.part_rigs import (
    PartDraft,
    draw_parts,
    draw_rigid,
    draw_vehicle,
    why_not_parts,
    why_not_vehicle,
)
from serve.motion.rigging.quadruped import draw_quadruped, why_not_quadruped
from serve.motion.rigging.studies import Study, study_mesh
from serve.motion.rigging.weights import skin_by_distance, skin_by_joint
from serve.motion.skeleton import SkeletonKind
from serve.motion.skin import Rig

__all__ = ["Riggable", "build_rig", "check_riggable", "first_rig"]


@dataclass(frozen=True, slots=True)
class Riggable:
    """Which body plans a mesh can have.

    Args:
        kinds: Those that fit, the one that suits it best first.
        reasons: For each other, why it does not fit: a clause such as "it is a single part".
    """

    kinds: tuple[SkeletonKind, ...]
    reasons: Mapping[SkeletonKind, str]


_Drawn = tuple[Draft, Body] | PartDraft

_REASONS: Mapping[SkeletonKind, Callable[[Study], str]] = MappingProxyType(
    {
        "quadruped": lambda study: why_not_quadruped(study.body),
        "bird": lambda study: why_not_bird(study.body),
        "biped": lambda study: why_not_biped(study.body),
        "vehicle": lambda study: why_not_vehicle(study.mesh),
        "chain": lambda study: why_not_chain(study.mesh, study.strand),
        "medial": lambda study: why_not_medial(study.shape),
        "parts": lambda study: why_not_parts(study.mesh),
        "rigid": lambda _: "",
    }
)
_THINGS: tuple[SkeletonKind, ...] = ("vehicle", "parts", "chain", "medial", "rigid")
_CREATURES: tuple[SkeletonKind, ...] = ("quadruped", "bird", "biped", "chain", "medial")


def check_riggable(
    mesh: PartMesh, *, check: Callable[[], None] = lambda: None, device: str = "cpu"
) -> Riggable:
    """Which body plans fit a mesh, and why the others do not.

    Raises:
        InvalidRequestError: The mesh has no face, no size, or a vertex that is not finite.
    """
    return _judged(study_mesh(mesh, check, device))


def build_rig(
    mesh: PartMesh,
    kind: SkeletonKind | None = None,
    *,
    check: Callable[[], None] = lambda: None,
    device: str = "cpu",
) -> Rig:
    """A skeleton in a mesh, and what of the mesh follows which joint; equal meshes give equal rigs.

    Args:
        mesh: Y up.
        kind: The body plan; by default the one that suits it best.
        check: Called now and then; may raise.
        device: A Warp device.

    Raises:
        InvalidRequestError: The plan does not fit; or the mesh has no face, no size, or a vertex that is not
            finite.
    """
    study = study_mesh(mesh, check, device)
    chosen = kind if kind is not None else _best(study)
    if reason := _REASONS[chosen](study):
        fitting = ", ".join(_judged(study).kinds)
        raise InvalidRequestError(
            f"the mesh cannot have a skeleton of kind {chosen}: {reason}; it can have {fitting}", "mesh"
        )
    return _bound(study, chosen)


def first_rig(
    mesh: PartMesh,
    kinds: Sequence[SkeletonKind],
    *,
    check: Callable[[], None] = lambda: None,
    device: str = "cpu",
) -> Rig:
    """A rig of the first of some body plans that fits the mesh.

    Args:
        mesh: Y up.
        kinds: The best first, at least one.
        check: Called now and then; may raise.
        device: A Warp device.

    Raises:
        InvalidRequestError: None fits: the message says why; or as `build_rig`.
    """
    study = study_mesh(mesh, check, device)
    whys = []
    for kind in kinds:
        reason = _REASONS[kind](study)
        if not reason:
            return _bound(study, kind)
        whys.append(f"no {kind}, for {reason}")
    raise InvalidRequestError(f"the asset is {'; '.join(whys)}", "mesh")


def _best(study: Study) -> SkeletonKind:
    return next(kind for kind in _by_merit(study) if not _REASONS[kind](study))


def _judged(study: Study) -> Riggable:
    reasons = {kind: reason for kind in _by_merit(study) if (reason := _REASONS[kind](study))}
    return Riggable(
        tuple(kind for kind in _by_merit(study) if kind not in reasons), MappingProxyType(reasons)
    )


def _by_merit(study: Study) -> tuple[SkeletonKind, ...]:
    """All kinds, best first: what has named parts comes apart into these, the rest bends as it can."""
    if study.is_told and not is_fish(study.mesh):
        return (*_CREATURES[:3], *_THINGS)
    return (*_CREATURES[:3], "vehicle", *_CREATURES[3:], "parts", "rigid")


def _bound(study: Study, kind: SkeletonKind) -> Rig:
    drawn = _drawn(study, kind)
    if isinstance(drawn, PartDraft):
        return Rig(drawn.draft.skeleton(), skin_by_joint(drawn.joints(study.mesh)))
    draft, body = drawn
    skeleton = draft.skeleton()
    denied = body.vertex_region.astype(np.int32) @ (~draft.may_follow(body.regions)).astype(np.int32) > 0
    skin = skin_by_distance(
        study.mesh, body.volume, skeleton, ~denied, check=study.check, device=study.device
    )
    return Rig(skeleton, skin)


def _drawn(study: Study, kind: SkeletonKind) -> _Drawn:
    """The skeleton of a kind that fits, and the body that it moves where it bends."""
    match kind:
        case "rigid":
            return draw_rigid(study.mesh)
        case "parts":
            return draw_parts(study.mesh, study.places)
        case "vehicle":
            return draw_vehicle(study.mesh, study.places)
        case "chain":
            return draw_chain(study.strand), whole_body(study.mesh, study.volume)
        case "medial":
            return draw_medial(study.shape), study.shape
        case _:
            assert study.body is not None, "a body plan that fits has a body"
            return _ANIMALS[kind](study.body), study.body


_ANIMALS: Mapping[SkeletonKind, Callable[[Body], Draft]] = MappingProxyType(
    {"quadruped": draw_quadruped, "bird": draw_bird, "biped": draw_biped}
)
