"""The room that a film's asset takes up, and the cameras that follow from it."""

import json

import numpy as np
import pytest

from serve.artifacts import pack, unpack
from serve.contracts.stage import Context
from serve.geometry.arrays import mesh_from_arrays
from serve.motion.arrays import clip_to_arrays, rig_from_arrays
from serve.motion.clip import Clip
from serve.motion.poses import rest_translations
from serve.stages.aim import SPEC, AimParams
from serve.stages.animate import example_moving
from tests.toolboxes import Toolbox

FPS = 30.0


def rising(round_count, frame_count):
    """The example's stool, which rises by one metre and falls, so many times in a film."""
    inputs = example_moving()
    skeleton = rig_from_arrays(unpack(inputs["rig"])).skeleton
    keys = frame_count + 1
    translation = np.repeat(rest_translations(skeleton)[None], keys, axis=0)
    translation[:, 0, 1] += np.sin(np.pi * round_count * np.arange(keys) / frame_count) ** 2
    still = np.zeros_like(translation)
    clip = Clip(
        "rising",
        (np.arange(keys) / FPS).astype(np.float32),
        translation.astype(np.float32),
        np.concatenate([still, np.ones_like(still[..., :1])], axis=-1).astype(np.float32),
        np.ones_like(still, dtype=np.float32),
        loops=True,
    )
    return inputs | {"clip": pack(clip_to_arrays(clip))}


def aimed(inputs, frame_count):
    """The room's corners, and the document of the cameras."""
    *_, done = SPEC.run(
        inputs, AimParams(frame_count=frame_count, fps=FPS), Context("0" * 64, "job"), Toolbox()
    )
    room = json.loads(done.outputs["room"].data)
    return np.array([room["lower"], room["upper"]]), json.loads(done.outputs["camera"].data)


@pytest.mark.parametrize(
    ("round_count", "frame_count"), [(1, 7), (3, 120), (119, 1800), (120, 1800), (239, 3600), (240, 1800)]
)
def test_the_room_holds_a_motion_however_often_it_goes_round(round_count, frame_count):
    inputs = rising(round_count, frame_count)
    own = mesh_from_arrays(unpack(inputs["mesh"])).bounds
    room, path = aimed(inputs, frame_count)
    np.testing.assert_allclose(room, own + np.array([[0.0] * 3, [0.0, 1.0, 0.0]]), atol=0.06)
    assert len(path["frames"]) == frame_count
