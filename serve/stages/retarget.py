"""A rigged mesh takes over a recorded motion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.mesh import PartMesh, Surface
from serve.motion.arrays import clip_to_arrays, rig_from_arrays, rig_to_arrays
from serve.motion.bvh import Bvh, BvhJoint, read_bvh, retarget, write_bvh
from serve.motion.skeleton import Joint, Skeleton
from serve.motion.skin import Rig, Skin
from serve.motion.turning import turned

__all__ = ["SPEC", "RetargetParams"]


class RetargetParams(Params):
    """How to take it over.

    Args:
        speed: 1 is as it was recorded.
        turns: Rounds about the vertical that it makes during the film.
        duration_s: Of the film, seconds: what comes after it is left out. By default the film is as long as
            the recording.
    """

    speed: float = Field(1.0, ge=0.1, le=10)
    turns: float = 0.0
    duration_s: float | None = Field(None, gt=0, le=120)


def _run(
    inputs: Mapping[str, bytes], params: RetargetParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    recorded = read_bvh(inputs["file"])
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    rig, film_s = rig_from_arrays(unpack(inputs["rig"])), params.duration_s
    most_s = None if film_s is None else film_s * params.speed
    clip = retarget(recorded, rig, mesh, tools.check, most_s=most_s)
    clip = replace(clip, times_s=(clip.times_s / params.speed).astype(np.float32))
    if params.turns:
        clip = turned(clip, np.mean(mesh.bounds, axis=0), params.turns, film_s)
    yield Done({"clip": Blob(pack(clip_to_arrays(clip)), TENSORS_MEDIA_TYPE)})


# A figure of two legs: role, role of its parent, head and tail.
_BONES = (
    ("hips", "", (0.0, 0.9, 0.0), (0.0, 1.4, 0.0)),
    ("upper_leg.left", "hips", (0.1, 0.9, 0.0), (0.1, 0.5, 0.0)),
    ("lower_leg.left", "upper_leg.left", (0.1, 0.5, 0.0), (0.1, 0.0, 0.0)),
    ("upper_leg.right", "hips", (-0.1, 0.9, 0.0), (-0.1, 0.5, 0.0)),
    ("lower_leg.right", "upper_leg.right", (-0.1, 0.5, 0.0), (-0.1, 0.0, 0.0)),
)
_SPIKE = np.array([(0.05, 0.0, 0.0), (-0.05, 0.0, 0.05), (-0.05, 0.0, -0.05), (0.0, 0.0, 0.0)], np.float32)
_SPIKE_FACES = np.array([(0, 2, 1), (0, 1, 3), (1, 2, 3), (2, 0, 3)], np.int32)
_CHANNELS = ("Zrotation", "Xrotation", "Yrotation")


def _figure() -> tuple[Rig, PartMesh]:
    """The figure, a spike around each bone, and its rig."""
    roles, count = [bone[0] for bone in _BONES], len(_BONES)
    parents = [roles.index(parent) if parent else -1 for _, parent, _, _ in _BONES]
    joints = tuple(
        Joint(role, role, parent, head, tail)
        for (role, _, head, tail), parent in zip(_BONES, parents, strict=True)
    )
    spikes = np.stack([_SPIKE + np.array(head, np.float32) for _, _, head, _ in _BONES])
    spikes[:, 3] = [tail for _, _, _, tail in _BONES]
    faces = np.concatenate([_SPIKE_FACES + 4 * index for index in range(count)]).astype(np.int32)
    followed = np.zeros((4 * count, 4), np.int32)
    followed[:, 0] = np.repeat(np.arange(count), 4)
    weights = np.zeros((4 * count, 4), np.float32)
    weights[:, 0] = 1.0
    skin = Surface("body", "wood", (0.5, 0.4, 0.3), 0.7, 0.0)
    mesh = PartMesh(spikes.reshape(-1, 3), faces, np.zeros(len(faces), np.int32), (skin,))
    return Rig(Skeleton("biped", joints), Skin(followed, weights)), mesh


def _recording(rig: Rig) -> bytes:
    """A file in which the figure bends its left knee."""
    heads = rig.skeleton.heads
    joints = tuple(
        BvhJoint(
            joint.role.title().replace(".", ""),
            joint.parent,
            tuple(heads[index] - (heads[joint.parent] if joint.parent >= 0 else 0.0)),
            _CHANNELS,
            end=tuple(np.subtract(joint.tail, joint.head)) if joint.role.startswith("lower_leg") else None,
        )
        for index, joint in enumerate(rig.skeleton.joints)
    )
    motion = np.zeros((3, 3 * len(joints)))
    motion[1, 3 * 2 + 1] = 30.0
    return write_bvh(Bvh(joints, 0.1, motion)).encode()


def _example() -> tuple[Mapping[str, bytes], Params]:
    rig, mesh = _figure()
    inputs = {"mesh": pack(mesh_to_arrays(mesh)), "rig": pack(rig_to_arrays(rig)), "file": _recording(rig)}
    return inputs, RetargetParams(speed=2.0)


SPEC = StageSpec(
    name="retarget",
    version=2,
    kind="sync",
    resource="cpu",
    accepts={"mesh": "mesh", "rig": "rig", "file": "file"},
    returns={"clip": "clip"},
    params=RetargetParams,
    run=_run,
    example=_example,
    weight=0.2,
)
