"""What turns about the vertical meanwhile does so evenly, and during the film however long its clip is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serve.artifacts import unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.stage import Context, Done
from serve.contracts.video import MotionPreset
from serve.motion.arrays import clip_from_arrays
from serve.motion.poses import poses_at
from serve.motion.presets import make_clip
from serve.motion.turning import turned
from serve.stages.retarget import SPEC, RetargetParams
from tests import motion_rigs as rigs

CENTRE = (0.05, 0.0, 0.0)


class _Nobody:
    """A toolbox that is not asked for anything but whether to go on."""

    checkpoint = None

    def check(self):
        """Go on."""


def heading_deg(skeleton, clip, times_s):
    """Where the root looks, [T], degrees from +Z towards +X, in (-180, 180]."""
    ahead = poses_at(skeleton, clip, times_s)[:, 0, :3, 2]
    return np.degrees(np.arctan2(ahead[:, 0], ahead[:, 2]))


def test_a_clip_turns_evenly_about_the_axis_and_loops_after_whole_turns():
    rig, mesh = rigs.block()
    clip = make_clip(rig, mesh, MotionPreset.BOUNCE, duration_s=4.0)
    whole, half = (turned(clip, CENTRE, turns) for turns in (2.0, 0.5))
    times_s = np.linspace(0.0, 4.0, 17)
    before, after = (heading_deg(rig.skeleton, one, times_s) for one in (clip, whole))
    apart = np.mod(after - before - 360.0 * 2.0 * times_s / 4.0 + 180.0, 360.0) - 180.0
    assert np.abs(apart).max() < 1e-3
    assert (whole.loops, half.loops) == (True, False)


@pytest.mark.parametrize("duration_s", [1.0, 4.0])
def test_a_clip_that_is_longer_or_shorter_than_the_film_turns_during_the_film(duration_s):
    rig, mesh = rigs.block()
    still = make_clip(rig, mesh, MotionPreset.NONE)
    tracks = {
        name: np.repeat(getattr(still, name), 61, axis=0) for name in ("translation", "rotation", "scale")
    }
    clip = replace(still, times_s=np.linspace(0.0, 2.0, 61).astype(np.float32), **tracks)
    found = turned(clip, CENTRE, 1.0, duration_s)
    at_s = duration_s * np.array([0.0, 0.25, 0.45, 0.75, 1.0])
    assert np.allclose(heading_deg(rig.skeleton, found, at_s), [0.0, 90.0, 162.0, -90.0, 0.0], atol=1e-3)
    assert found.duration_s == pytest.approx(max(2.0, duration_s))
    assert (np.diff(found.times_s) > 0.0).all()


def test_one_pose_turns_during_a_film_and_by_itself_not():
    rig, mesh = rigs.block()
    pose = make_clip(rig, mesh, MotionPreset.NONE)
    assert heading_deg(rig.skeleton, turned(pose, CENTRE, 0.1, 2.0), [1.0]) == pytest.approx([18.0])
    with pytest.raises(InvalidRequestError, match="too many for 1 poses"):
        turned(pose, CENTRE, 0.1)


def test_too_many_turns_for_the_poses_are_refused():
    rig, mesh = rigs.block()
    clip = make_clip(rig, mesh, MotionPreset.BOUNCE, duration_s=1.0, fps=24.0)
    assert turned(clip, CENTRE, -4.0).duration_s == 1.0
    with pytest.raises(InvalidRequestError, match="5 are too many for 25 poses") as refused:
        turned(clip, CENTRE, 5.0)
    assert refused.value.field == "motion.turns"


@pytest.mark.parametrize(("film_s", "keys"), [(0.05, 2), (0.1, 3), (2.0, 60)])
def test_a_recording_turns_as_often_as_asked_during_the_film(film_s, keys):
    """The example is recorded for 0.2 s, and plays twice as fast."""
    inputs, _ = SPEC.example()
    params = RetargetParams(speed=2.0, turns=0.25, duration_s=film_s)
    (done,) = SPEC.run(inputs, params, Context("key", "job"), _Nobody())
    assert isinstance(done, Done)
    clip = clip_from_arrays(unpack(done.outputs["clip"].data))
    assert len(clip.times_s) == keys
    assert np.allclose(clip.rotation[-1, 0], (0.0, np.sin(np.pi / 4.0), 0.0, np.cos(np.pi / 4.0)), atol=1e-6)
