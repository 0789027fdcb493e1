"""A mesh, still or moving, gets a camera for every frame of its film."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from serve.artifacts import unpack
from serve.contracts.camera import CameraPath
from serve.contracts.stage import Blob, Context, Done, Event, Params, Spread, StageSpec, Toolbox
from serve.contracts.video import MAX_FRAME_COUNT
from serve.geometry.arrays import mesh_from_arrays
from serve.motion.arrays import clip_from_arrays, rig_from_arrays
from serve.motion.playback import Playback, Room, room_of
from serve.render.camera import Camera
from serve.render.camera_json import path_json
from serve.render.camera_path import camera_path
from serve.stages.export_animation import example_film

__all__ = ["SPEC", "AimParams", "example_aimed"]

_MOST_INSTANTS = 240  # of a motion at which its room is measured
_GOLDEN = (5.0**0.5 - 1.0) / 2.0


class AimParams(Params):
    """Which film.

    Args:
        path: How the camera goes.
        frame_count: How many frames.
        fps: Frames a second.
        aspect: Width divided by height.
    """

    path: CameraPath = CameraPath()
    frame_count: int = Field(120, ge=1, le=MAX_FRAME_COUNT)
    fps: float = Field(30.0, ge=1, le=120)
    aspect: float = Field(1.0, gt=0)


def _run(inputs: Mapping[str, bytes], params: AimParams, context: Context, tools: Toolbox) -> Iterator[Event]:
    del context
    tools.check()
    room = _room(inputs, params, tools.spread)
    warnings: list[str] = []
    cameras = _cameras(params, room, warnings)
    outputs = {
        "camera": Blob(path_json(cameras, params.fps).encode(), "application/json"),
        "room": Blob(_document(room), "application/json"),
    }
    yield Done(outputs, warnings=tuple(warnings))


def _cameras(params: AimParams, room: Room, warnings: list[str]) -> tuple[Camera, ...]:
    return camera_path(
        params.path,
        room.lower,
        room.upper,
        room.places,
        frame_count=params.frame_count,
        fps=params.fps,
        aspect=params.aspect,
        warn=warnings.append,
    )


def _document(room: Room) -> bytes:
    """The box as JSON."""
    return json.dumps({"lower": room.lower.tolist(), "upper": room.upper.tolist()}).encode()


def _room(inputs: Mapping[str, bytes], params: AimParams, spread: Spread) -> Room:
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    if "clip" not in inputs:
        return room_of([mesh.vertices])
    rig, clip = rig_from_arrays(unpack(inputs["rig"])), clip_from_arrays(unpack(inputs["clip"]))
    return room_of(Playback(mesh, rig, clip).vertices_at(_instants(params), spread))


def _instants(params: AimParams) -> NDArray[np.float64]:
    """Seconds of frames all over the film: of all, or of one from each of as many equal runs.

    Where in its run a frame lies changes by the golden section from run to run: frames at even steps would
    show a motion that goes round once a step in one pose only.
    """
    if params.frame_count <= _MOST_INSTANTS:
        return np.arange(params.frame_count) / params.fps
    runs = np.arange(_MOST_INSTANTS)
    shares = (runs + np.mod((runs + 1) * _GOLDEN, 1.0)) / _MOST_INSTANTS
    return np.asarray(np.floor(shares * params.frame_count) / params.fps)


def example_aimed() -> dict[str, bytes]:
    """The example's stool, packed, turning, with a `camera` for four frames and the `room` of its film."""
    inputs = example_film()
    still = room_of([mesh_from_arrays(unpack(inputs["mesh"])).vertices])
    cameras = _cameras(AimParams(frame_count=4, fps=8.0), still, [])
    return inputs | {"camera": path_json(cameras, 8.0).encode(), "room": _document(still)}


def _example() -> tuple[Mapping[str, bytes], Params]:
    return example_film(), AimParams(frame_count=4, fps=8.0)


SPEC = StageSpec(
    name="aim",
    version=2,
    kind="sync",
    resource="warp",
    accepts={"mesh": "mesh", "rig?": "rig", "clip?": "clip"},
    returns={"camera": "camera", "room": "room"},
    params=AimParams,
    run=_run,
    example=_example,
    weight=0.1,
)
