"""The room of a motion is that of all its vertices at all its instants."""

from __future__ import annotations

import numpy as np
import pytest

from serve.contracts.video import MotionPreset
from serve.motion.playback import Playback, room_of
from serve.motion.presets import make_clip
from tests import motion_rigs as rigs


def poses():
    rig, mesh = rigs.biped()
    clip = make_clip(rig, mesh, MotionPreset.WAVE, duration_s=4.0)
    return list(Playback(mesh, rig, clip).vertices_at([0.0, 1.3, 2.6]))


@pytest.mark.parametrize("count", [1, 3])
def test_its_box_is_that_of_all_vertices_and_its_places_reach_as_far_in_any_direction(count):
    taken = poses()[:count]
    room, every = room_of(taken), np.concatenate(taken).astype(np.float64)
    assert np.array_equal(room.lower, every.min(axis=0))
    assert np.array_equal(room.upper, every.max(axis=0))
    ways = np.random.default_rng(0).normal(size=(200, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    short = (every @ ways.T).max(axis=0) - (room.places @ ways.T).max(axis=0)
    assert short.min() >= 0.0
    assert short.max() < 0.005


def test_it_does_not_depend_on_how_many_vertices_are_asked_about_at_once(monkeypatch):
    whole = room_of(poses())
    monkeypatch.setattr("serve.motion.playback._BLOCK_COUNT", 7)
    assert room_of(poses()).places.tobytes() == whole.places.tobytes()
