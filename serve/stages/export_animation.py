"""A mesh that moves becomes a GLB that plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from serve.artifacts import pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.contracts.video import MotionPreset
from serve.formats.animation import Animation, Influences, JointTree, encode_animated_glb
from serve.geometry.arrays import mesh_from_arrays
from serve.motion.arrays import clip_from_arrays, clip_to_arrays, rig_from_arrays
from serve.motion.presets import make_clip
from serve.stages.animate import example_moving

__all__ = ["SPEC", "ExportAnimationParams", "example_film"]


class ExportAnimationParams(Params):
    """Which file.

    Args:
        name: Name of the asset inside the file.
        compression: `meshopt` quantizes the vertices.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    compression: Literal["none", "meshopt"] = "none"


def _run(
    inputs: Mapping[str, bytes], params: ExportAnimationParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    rig, clip = rig_from_arrays(unpack(inputs["rig"])), clip_from_arrays(unpack(inputs["clip"]))
    skeleton = rig.skeleton
    data = encode_animated_glb(
        mesh_from_arrays(unpack(inputs["mesh"])),
        JointTree(tuple(joint.name for joint in skeleton.joints), skeleton.parents, skeleton.heads),
        Influences(rig.skin.joints, rig.skin.weights),
        [
            Animation(
                clip.name,
                clip.times_s,
                clip.translation,
                clip.rotation,
                clip.scale,
                clip.loops,
                clip.travel_m_s,
            )
        ],
        name=params.name,
        compressed=params.compression == "meshopt",
        check=tools.check,
    )
    yield Done({"asset": Blob(data, "model/gltf-binary")})


def example_film() -> dict[str, bytes]:
    """The example's stool, packed, with its `rig` and a `clip`: it turns for half a second."""
    inputs = example_moving()
    rig, mesh = rig_from_arrays(unpack(inputs["rig"])), mesh_from_arrays(unpack(inputs["mesh"]))
    clip = make_clip(rig, mesh, MotionPreset.SPIN, duration_s=0.5, fps=8.0)
    return inputs | {"clip": pack(clip_to_arrays(clip))}


def _example() -> tuple[Mapping[str, bytes], Params]:
    return example_film(), ExportAnimationParams(name="stool")


SPEC = StageSpec(
    name="export_animation",
    version=1,
    kind="sync",
    resource="cpu",
    accepts={"mesh": "mesh", "rig": "rig", "clip": "clip"},
    returns={"asset": "asset"},
    params=ExportAnimationParams,
    run=_run,
    example=_example,
    weight=0.1,
)
