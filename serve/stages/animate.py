"""A rigged mesh gets a motion of its own kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.contracts.video import MotionPreset
from serve.geometry.arrays import mesh_from_arrays
from serve.motion.arrays import clip_to_arrays, rig_from_arrays, rig_to_arrays
from serve.motion.presets import make_clip
from serve.motion.rigging import build_rig
from serve.motion.turning import turned
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "AnimateParams", "example_moving"]


class AnimateParams(Params):
    """What it does.

    Args:
        preset: A motion that its skeleton can do.
        duration_s: Seconds; motions that go round do so a whole number of times.
        speed: 1 is natural.
        turns: Rounds about the vertical that it makes meanwhile.
        fps: Frames a second: poses lie on the frames.
    """

    preset: MotionPreset
    duration_s: float = Field(4.0, gt=0, le=120)
    speed: float = Field(1.0, ge=0.1, le=10)
    turns: float = 0.0
    fps: float = Field(30.0, ge=1, le=120)


def _run(
    inputs: Mapping[str, bytes], params: AnimateParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    clip = make_clip(
        rig_from_arrays(unpack(inputs["rig"])),
        mesh,
        params.preset,
        duration_s=params.duration_s,
        speed=params.speed,
        fps=params.fps,
        check=tools.check,
    )
    if params.turns:
        clip = turned(clip, np.mean(mesh.bounds, axis=0), params.turns)
    yield Done({"clip": Blob(pack(clip_to_arrays(clip)), TENSORS_MEDIA_TYPE)})


def example_moving() -> dict[str, bytes]:
    """The example's stool, packed, and its `rig`: one joint."""
    mesh = example_mesh()
    rig = build_rig(mesh_from_arrays(unpack(mesh)), "rigid")
    return {"mesh": mesh, "rig": pack(rig_to_arrays(rig))}


def _example() -> tuple[Mapping[str, bytes], Params]:
    return example_moving(), AnimateParams(preset=MotionPreset.BOUNCE, duration_s=0.5, fps=10.0)


SPEC = StageSpec(
    name="animate",
    version=2,
    kind="sync",
    resource="warp",
    accepts={"mesh": "mesh", "rig": "rig"},
    returns={"clip": "clip"},
    params=AnimateParams,
    run=_run,
    example=_example,
    weight=0.2,
)
