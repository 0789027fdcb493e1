"""A mesh whose parts go apart is cut where they meet, and closed: no face is stretched between them."""

from __future__ import annotations

import numpy as np
import pytest

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.contracts.video import MotionPreset
from serve.fields import mesh_parts
from serve.geometry.topology import is_closed, signed_volumes
from serve.motion.parting import take_apart
from serve.motion.presets import make_clip
from serve.motion.rigging import build_rig
from tests import motion_rigs as rigs
from tests.test_motion_presets import moved


@pytest.fixture(scope="module")
def lamp():
    shape = build_shape(CATEGORIES["lamp"], Wish("lamp"), np.random.default_rng(3)).scaled_to(1.0)
    mesh = mesh_parts(shape, resolution=40, poly_count=2000)
    return build_rig(mesh, "parts"), mesh


def edges(points, faces):
    corners = points[..., faces, :]
    return np.linalg.norm(corners - np.roll(corners, 1, axis=-2), axis=-1)


def test_parts_that_were_one_surface_go_apart_without_a_stretched_face(lamp):
    rig, mesh = lamp
    parted_rig, parted = take_apart(rig, mesh)
    clip = make_clip(parted_rig, parted, MotionPreset.EXPLODE)
    times_s = clip.times_s[::10].astype(np.float64)
    fused = edges(moved(rig, mesh, clip, times_s), mesh.faces) / edges(mesh.vertices, mesh.faces)
    assert fused.max() > 2.0  # or there is nothing to show
    lengths = edges(moved(parted_rig, parted, clip, times_s), parted.faces)
    assert np.allclose(lengths, edges(parted.vertices, parted.faces), atol=1e-5)


def test_the_cuts_are_closed_and_the_asset_looks_as_before(lamp):
    rig, mesh = lamp
    parted_rig, parted = take_apart(rig, mesh)
    assert is_closed(parted.faces)
    count = len(mesh.faces)
    assert np.array_equal(parted.vertices[parted.faces[:count]], mesh.vertices[mesh.faces])
    assert np.array_equal(parted.face_part[:count], mesh.face_part)
    assert len(parted_rig.skin.joints) == len(parted.vertices)
    assert (parted_rig.skin.weights[:, 0] == 1.0).all()
    volumes = [signed_volumes(one.vertices, one.faces).sum() for one in (mesh, parted)]
    assert volumes[1] == pytest.approx(volumes[0], rel=0.02)
    again_rig, again = take_apart(parted_rig, parted)
    assert np.array_equal(again.vertices[again.faces], parted.vertices[parted.faces])
    assert again_rig.skin.joints.shape == parted_rig.skin.joints.shape


@pytest.mark.parametrize("make", [rigs.biped, rigs.block])
def test_what_bends_or_has_one_joint_stays_as_it_is(make):
    rig, mesh = make()
    assert take_apart(rig, mesh) == (rig, mesh)
