"""A mesh, still or moving, becomes some frames of its film."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from serve.artifacts import unpack
from serve.contracts.quality import Quality
from serve.contracts.stage import Blob, Context, Done, Event, Params, Progress, Spread, StageSpec, Toolbox
from serve.contracts.video import MAX_FRAME_COUNT, MAX_SIDE_PX, Background, BackgroundKind, LightPreset
from serve.formats.reading.radiance import read_radiance
from serve.formats.video import pack_frames
from serve.geometry.arrays import mesh_from_arrays
from serve.geometry.mesh import PartMesh
from serve.motion.arrays import clip_from_arrays, rig_from_arrays
from serve.motion.playback import Playback
from serve.render import FilmScene, Gradient, film_settings
from serve.render.backgrounds import FilmBackground
from serve.render.camera_json import read_path_json
from serve.render.environment import Environment, EnvironmentLighting
from serve.render.lighting import Lighting
from serve.render.presets import LIGHT_PRESETS
from serve.stages.aim import example_aimed

__all__ = ["FILMED", "SPEC", "FilmParams", "RenderFramesParams", "frames_of"]


class FilmParams(Params):
    """How all frames of a film are taken.

    Args:
        fps: Frames a second.
        light: A row of the light presets; not read with an environment.
        rotation_deg: Turns the light about the vertical.
        intensity: Makes it brighter or darker.
        background: What is behind the asset.
    """

    fps: float = Field(30.0, ge=1, le=120)
    light: LightPreset = LightPreset.STUDIO
    rotation_deg: float = 0.0
    intensity: float = Field(1.0, gt=0)
    background: Background = Background()


class RenderFramesParams(FilmParams):
    """Which frames, and how well.

    Args:
        width: Pixels.
        height: Pixels.
        quality: Tier: camera rays, and rays to the surroundings.
        sample_count: Camera rays for each pixel in place of the tier's.
        first: Number of the first frame; the film's is 0.
        frame_count: How many, one after the other.
    """

    width: int = Field(512, ge=16, le=MAX_SIDE_PX)
    height: int = Field(512, ge=16, le=MAX_SIDE_PX)
    quality: Quality = Quality.MEDIUM
    sample_count: int | None = Field(None, ge=1, le=1024)
    first: int = Field(0, ge=0, lt=MAX_FRAME_COUNT)
    frame_count: int = Field(1, ge=1, le=MAX_FRAME_COUNT)


def _run(
    inputs: Mapping[str, bytes], params: RenderFramesParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    taken = []
    indices = range(params.first, params.first + params.frame_count)
    for frame in frames_of(inputs, params, indices, tools):
        taken.append(frame)
        yield Progress(len(taken) / params.frame_count)
    yield Done({"frames": Blob(pack_frames(np.stack(taken)), "application/octet-stream")})


def frames_of(
    inputs: Mapping[str, bytes], params: RenderFramesParams, indices: Sequence[int], tools: Toolbox
) -> Iterator[NDArray[np.uint8]]:
    """The frames of these numbers: uint8 [H, W, 4] each, sRGB with straight alpha."""
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    cameras, _ = read_path_json(inputs["camera"].decode())
    settings = film_settings(params.quality, params.width, params.height, sample_count=params.sample_count)
    room = json.loads(inputs["room"])
    scene = FilmScene(
        mesh,
        settings,
        lighting=_lighting(inputs, params, tools.check),
        background=_background(params.background),
        bounds=(room["lower"], room["upper"]),
    )
    poses = _poses(inputs, mesh, [index / params.fps for index in indices], tools.spread)
    for index, vertices in zip(indices, poses, strict=False):
        yield scene.frame(cameras[index], vertices, index=index, spread=tools.spread)


def _poses(
    inputs: Mapping[str, bytes], mesh: PartMesh, times_s: Sequence[float], spread: Spread
) -> Iterator[NDArray[np.float32] | None]:
    """The vertices at each instant; None for those of the mesh as it is."""
    if "clip" not in inputs:
        return repeat(None)
    rig, clip = rig_from_arrays(unpack(inputs["rig"])), clip_from_arrays(unpack(inputs["clip"]))
    return Playback(mesh, rig, clip).vertices_at(times_s, spread)


def _lighting(
    inputs: Mapping[str, bytes], params: FilmParams, check: Callable[[], None]
) -> Lighting | EnvironmentLighting:
    lighting: Lighting | EnvironmentLighting = LIGHT_PRESETS[params.light]
    if "environment" in inputs:
        lighting = EnvironmentLighting(Environment.from_picture(read_radiance(inputs["environment"], check)))
    return lighting.turned(params.rotation_deg).brightened(params.intensity)


def _background(wanted: Background) -> FilmBackground:
    if wanted.kind is BackgroundKind.TRANSPARENT:
        return "transparent"
    if wanted.color is None:
        return "light"
    return Gradient.from_hex(wanted.color, wanted.color_end or wanted.color)


def _example() -> tuple[Mapping[str, bytes], Params]:
    return example_aimed(), RenderFramesParams(
        fps=8.0, width=48, height=32, quality=Quality.DRAFT, first=1, frame_count=2
    )


FILMED: Mapping[str, str] = {
    "mesh": "mesh",
    "camera": "camera",
    "room": "room",
    "rig?": "rig",
    "clip?": "clip",
    "environment?": "file",
}
"""What frames are taken of, as `StageSpec.accepts` has it."""

SPEC = StageSpec(
    name="render_frames",
    version=2,
    kind="sync",
    resource="warp",
    accepts=FILMED,
    returns={"frames": "frames"},
    params=RenderFramesParams,
    run=_run,
    example=_example,
    weight=8.0,
)
