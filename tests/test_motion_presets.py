"""Each motion does what its name says: on the ground, around and around, with its weight and its volume."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from serve.contracts.errors import InvalidRequestError
from serve.contracts.video import MotionPreset
from serve.motion.arrays import clip_from_arrays, clip_to_arrays
from serve.motion.poses import poses_at, skinning_matrices
from serve.motion.presets import kinds_for, make_clip, presets_for
from tests import motion_rigs as rigs

ACTORS = {
    "man": rigs.biped,
    "small man, arms out": lambda: rigs.biped(0.2, arms_out=True),
    "dog": rigs.quadruped,
    "bird": rigs.bird,
    "snake": rigs.snake,
    "car": rigs.car,
    "parts": rigs.stack_of_parts,
    "block": rigs.block,
}
ABLE = [(name, preset) for name, make in ACTORS.items() for preset in presets_for(make()[0].skeleton)]


def moved(rig, mesh, clip, times_s):
    """Vertices [T, V, 3] by linear blending: each follows one joint."""
    matrices = skinning_matrices(rig.skeleton, poses_at(rig.skeleton, clip, times_s))
    own = matrices[:, rig.skin.joints[:, 0]]
    return np.einsum("tvab,vb->tva", own[..., :3, :3], mesh.vertices.astype(np.float64)) + own[..., :3, 3]


def height(mesh):
    return float(np.ptp(mesh.vertices[:, 1]))


def soles(rig, mesh):
    """The vertices at the end of each leg, which touch the ground at rest."""
    ends = [k for k, joint in enumerate(rig.skeleton.joints) if joint.role.startswith("foot")]
    ends = ends or [k for k, joint in enumerate(rig.skeleton.joints) if "lower_leg" in joint.role]
    ground = mesh.vertices[:, 1].min() + 0.02 * height(mesh)
    return [np.flatnonzero((rig.skin.joints[:, 0] == end) & (mesh.vertices[:, 1] < ground)) for end in ends]


@pytest.mark.parametrize(("name", "preset"), ABLE)
def test_a_motion_loops_stays_above_the_ground_and_jumps_nowhere(name, preset):
    rig, mesh = ACTORS[name]()
    clip = make_clip(rig, mesh, preset, duration_s=4.0, fps=30.0)
    assert clip.loops
    assert clip.times_s.dtype == np.float32
    assert np.array_equal(clip.times_s, (np.arange(121) / 30.0).astype(np.float32))
    ends = poses_at(rig.skeleton, clip, [0.0, 4.0 - 1e-9, 4.0])
    assert np.abs(ends[1] - ends[0]).max() < 1e-6
    assert (np.abs((clip.rotation**2).sum(axis=-1) - 1.0) < 1e-5).all()
    assert ((clip.rotation[1:] * clip.rotation[:-1]).sum(axis=-1) >= 0.0).all()
    paths = moved(rig, mesh, clip, np.arange(0, 121) / 30.0)
    assert paths[..., 1].min() > mesh.vertices[:, 1].min() - 0.01 * height(mesh)
    steps = np.linalg.norm(np.diff(paths, axis=0), axis=-1).max() / max(np.ptp(mesh.vertices, axis=0))
    assert 1e-5 < steps < 0.35


@pytest.mark.parametrize(
    ("name", "preset"), [("dog", MotionPreset.WALK), ("man", MotionPreset.WAVE), ("car", MotionPreset.DRIVE)]
)
def test_equal_requests_give_equal_bytes_and_the_store_keeps_them(name, preset):
    first, second = (make_clip(*ACTORS[name](), preset, duration_s=1.0) for _ in range(2))
    kept = clip_from_arrays(clip_to_arrays(first))
    for track in ("times_s", "translation", "rotation", "scale"):
        assert (
            getattr(first, track).tobytes()
            == getattr(second, track).tobytes()
            == getattr(kept, track).tobytes()
        )
    assert (kept.name, kept.loops, kept.travel_m_s) == (first.name, first.loops, first.travel_m_s)


@pytest.mark.parametrize("preset", [MotionPreset.WALK, MotionPreset.WAVE, MotionPreset.IDLE])
@pytest.mark.parametrize("name", ["man", "dog"])
def test_joints_stay_within_their_limits(name, preset):
    rig, mesh = ACTORS[name]()
    clip = make_clip(rig, mesh, preset, duration_s=1.0, speed=2.0)
    for place, joint in enumerate(rig.skeleton.joints):
        bone = np.subtract(joint.tail, joint.head)
        assert rigs.excess_deg(joint.limit, bone, clip.rotation[:, place].astype(np.float64)).max() < 0.1


@pytest.mark.parametrize(
    ("name", "preset"),
    [(name, preset) for name, preset in ABLE if name in ("man", "small man, arms out", "dog", "bird")],
)
def test_what_looks_elsewhere_moves_as_what_looks_to_the_front(name, preset):
    rig, mesh = ACTORS[name]()
    times_s = np.linspace(0.0, 1.0, 9)
    usual = moved(rig, mesh, make_clip(rig, mesh, preset, duration_s=2.0), times_s)
    left, left_mesh = rigs.turned_left(rig, mesh)
    found = moved(left, left_mesh, make_clip(left, left_mesh, preset, duration_s=2.0), times_s)
    expected = np.stack([usual[..., 2], usual[..., 1], -usual[..., 0]], axis=-1)
    assert np.abs(found - expected).max() < 0.002 * height(mesh)


def test_a_motion_names_no_skeleton_that_can_never_do_it():
    able = {(ACTORS[name]()[0].skeleton.kind, preset) for name, preset in ABLE}
    for preset in {preset for _, preset in able}:
        assert {(kind, preset) for kind in kinds_for(preset) if kind != "medial"} <= able


@pytest.mark.parametrize("speed", [0.6, 1.7])
@pytest.mark.parametrize("name", ["man", "small man, arms out", "dog"])
def test_feet_that_stand_go_with_the_ground_and_do_not_slide(name, speed):
    """A point of a sole that is on the ground moves at the ground's own speed: it slides less than 1 %."""
    rig, mesh = ACTORS[name]()
    clip = make_clip(rig, mesh, MotionPreset.WALK, duration_s=2.0, speed=speed)
    times_s = clip.times_s.astype(np.float64)
    paths = moved(rig, mesh, clip, times_s)
    over_ground = paths + times_s[:, None, None] * np.array(clip.travel_m_s)
    touches = paths[..., 1] < mesh.vertices[:, 1].min() + 1e-3 * height(mesh)
    assert clip.travel_m_s[2] > 0.0
    for sole in soles(rig, mesh):
        stands = touches[1:, sole] & touches[:-1, sole]
        slides = np.linalg.norm(np.diff(over_ground[:, sole], axis=0)[..., ::2], axis=-1)[stands]
        assert 0.2 < stands.any(axis=1).mean() < 0.9
        assert slides.max() < 0.01 * height(mesh)


def test_a_biped_swings_its_arms_against_its_legs_and_bends_its_knees():
    rig, mesh = rigs.biped()
    clip = make_clip(rig, mesh, MotionPreset.WALK)
    places = poses_at(rig.skeleton, clip, clip.times_s.astype(np.float64))[:, :, 2, 3]
    at = {joint.role: k for k, joint in enumerate(rig.skeleton.joints)}
    legs = places[:, at["foot.left"]] - places[:, at["foot.right"]]
    arms = places[:, at["hand.left"]] - places[:, at["hand.right"]]
    assert np.corrcoef(legs, arms)[0, 1] < -0.8
    knee_deg = np.degrees(2.0 * np.arcsin(clip.rotation[:, at["lower_leg.left"], 0]))
    assert knee_deg.min() > 0.0
    assert 40.0 < knee_deg.max() < 100.0


def test_a_thrown_body_flies_along_a_parabola_and_keeps_its_volume():
    rig, mesh = rigs.block()
    clip = make_clip(rig, mesh, MotionPreset.BOUNCE, duration_s=4.0, fps=120.0)
    scale = clip.scale[:, 0].astype(np.float64)
    assert np.abs(scale.prod(axis=1) - 1.0).max() < 1e-5
    assert scale[:, 1].min() < 0.8
    paths = moved(rig, mesh, clip, clip.times_s.astype(np.float64))
    lowest, middle = paths[..., 1].min(axis=1), 0.5 * (paths[..., 1].min(axis=1) + paths[..., 1].max(axis=1))
    assert abs(lowest.min()) < 1e-6
    flies = lowest > 1e-4
    starts = np.flatnonzero(flies[1:-1] & ~flies[:-2]) + 1
    assert len(starts) == 5
    for start in starts[:-1]:
        end = start + int(np.argmin(flies[start:]))
        fit = np.polyfit(clip.times_s[start:end], middle[start:end], 2)
        assert np.abs(np.polyval(fit, clip.times_s[start:end]) - middle[start:end]).max() < 1e-5
        assert fit[0] == pytest.approx(-9.81 / 2.0, rel=0.15)


def test_a_spin_turns_evenly_about_the_middle():
    rig, mesh = rigs.block()
    clip = make_clip(rig, mesh, MotionPreset.SPIN, duration_s=8.0, fps=30.0)
    paths = moved(rig, mesh, clip, [0.0, 1.0, 2.0])
    x, z = mesh.vertices[:, 0] - 0.05, mesh.vertices[:, 2]
    assert np.allclose(paths[1][:, 0], 0.05 + z, atol=1e-6)
    assert np.allclose(paths[1][:, 2], -x, atol=1e-6)
    assert np.allclose(paths[2][:, 0], 0.05 - x, atol=1e-6)


@pytest.mark.parametrize("radii_m", [(0.15, 0.15), (0.15, 0.3), (0.15, 0.23)])
def test_wheels_roll_as_far_as_the_ground_passes(radii_m):
    rig, mesh = rigs.car(radii_m)
    clip = make_clip(rig, mesh, MotionPreset.DRIVE, duration_s=4.0)
    assert clip.travel_m_s[2] > 0.0
    for wheel, radius_m in zip((1, 2, 3, 4), np.repeat(radii_m, 2), strict=True):
        steps = (clip.rotation[1:, wheel] * clip.rotation[:-1, wheel]).sum(axis=-1)
        body = (clip.rotation[1:, 0] * clip.rotation[:-1, 0]).sum(axis=-1)
        turned = 2.0 * np.arccos(np.clip(steps, -1.0, 1.0)).sum()
        assert turned * radius_m == pytest.approx(clip.travel_m_s[2] * 4.0, rel=0.031)
        assert body.min() > 0.999
    hubs = moved(rig, mesh, clip, clip.times_s.astype(np.float64))
    for wheel in range(1, 5):
        centre = hubs[:, rig.skin.joints[:, 0] == wheel].mean(axis=1)
        assert np.ptp(centre, axis=0).max() < 1e-5
    top = np.argmax(mesh.vertices[:, 1] * (rig.skin.joints[:, 0] == 1))
    assert hubs[2, top, 2] > hubs[0, top, 2] + 0.01


def test_a_wheel_that_is_but_its_axle_rolls_as_high_as_it_is():
    rig, mesh = rigs.car()
    vertices, thin = mesh.vertices.copy(), rig.skin.joints[:, 0] == 1
    vertices[thin, 1:] = rig.skeleton.heads[1, 1:]
    clip = make_clip(rig, replace(mesh, vertices=vertices), MotionPreset.DRIVE)
    usual = make_clip(rig, mesh, MotionPreset.DRIVE)
    assert np.allclose(clip.rotation[:, 1], usual.rotation[:, 1])


def test_links_of_a_snake_follow_each_other_along_one_path():
    """What the first link does, the last does later: over the ground each goes where the head went."""
    rig, mesh = rigs.snake()
    clip = make_clip(rig, mesh, MotionPreset.WALK, duration_s=8.0)
    times_s = np.arange(0.0, 8.0, 0.01)
    heads = poses_at(rig.skeleton, clip, times_s)[:, :, :3, 3] + times_s[:, None, None] * np.array(
        clip.travel_m_s
    )
    assert np.ptp(heads[:, 0, 1]) < 1e-6
    path = heads[:, 0, ::2]
    for link in (3, 6, 10):
        late = heads[500:, link, ::2]
        gaps = np.linalg.norm(late[:, None] - path[None], axis=-1).min(axis=1)
        assert gaps.max() < 0.02


def test_parts_go_apart_and_come_back_and_the_lowest_stays():
    rig, mesh = rigs.stack_of_parts()
    clip = make_clip(rig, mesh, MotionPreset.EXPLODE)
    paths = moved(rig, mesh, clip, clip.times_s.astype(np.float64))
    half = paths[60].reshape(4, 8, 3)
    boxes = sorted((part[:, 1].min(), part[:, 1].max()) for part in half)
    assert all(low > high for (_, high), (low, _) in pairwise(boxes))
    assert np.abs(half[0] - mesh.vertices[:8]).max() < 1e-6


def test_wings_beat_together_and_the_body_rises_as_they_go_down():
    rig, mesh = rigs.bird()
    clip = make_clip(rig, mesh, MotionPreset.FLY, duration_s=3.0, fps=60.0)
    times_s = clip.times_s.astype(np.float64)
    paths = moved(rig, mesh, clip, times_s)
    assert paths[..., 1].min() > 0.05
    body = poses_at(rig.skeleton, clip, times_s)[:, 0, :3, 3]
    left, right = (np.argmax(sign * mesh.vertices[:, 0]) for sign in (1.0, -1.0))
    tips = [paths[:, tip, 1] - body[:, 1] for tip in (left, right)]
    assert np.corrcoef(tips[0], tips[1])[0, 1] > 0.95
    lift = np.gradient(np.gradient(body[:, 1], times_s), times_s)[2:-2]
    assert np.corrcoef(np.gradient(tips[0], times_s)[2:-2], lift)[0, 1] < -0.5


def test_a_wave_lifts_the_right_hand_above_the_shoulder_and_swings_it():
    rig, mesh = rigs.biped(arms_out=True)
    clip = make_clip(rig, mesh, MotionPreset.WAVE, fps=60.0)
    places = poses_at(rig.skeleton, clip, clip.times_s.astype(np.float64))[:, :, :3, 3]
    at = {joint.role: k for k, joint in enumerate(rig.skeleton.joints)}
    right, left = places[:, at["hand.right"]], places[:, at["hand.left"]]
    up = right[:, 1] > places[:, at["upper_arm.right"], 1]
    assert 0.4 < up.mean() < 0.8
    assert np.ptp(left[:, 1]) < 0.1
    across = np.diff(right[up, 0])
    assert np.count_nonzero(across[1:] * across[:-1] < 0.0) >= 5


def test_a_walker_always_has_a_foot_on_the_ground_and_none_in_it():
    rig, mesh = rigs.biped()
    clip = make_clip(rig, mesh, MotionPreset.WALK)
    lowest = moved(rig, mesh, clip, clip.times_s.astype(np.float64))[..., 1].min(axis=1)
    assert np.abs(lowest).max() < 1e-3 * height(mesh)


def test_a_film_too_short_for_a_round_shows_a_piece_of_it():
    rig, mesh = rigs.block()
    clip = make_clip(rig, mesh, MotionPreset.SPIN, duration_s=1.0)
    assert not clip.loops
    assert np.allclose(moved(rig, mesh, clip, [1.0])[0][:, 0], 0.05 + mesh.vertices[:, 2], atol=1e-6)


def test_keys_lie_on_the_frames_and_between_few_of_them():
    rig, mesh = rigs.block()
    slow = make_clip(rig, mesh, MotionPreset.SPIN, duration_s=4.0, fps=5.0)
    assert np.allclose(np.diff(slow.times_s), 1.0 / 25.0)
    one = make_clip(rig, mesh, MotionPreset.SPIN, duration_s=0.03, fps=30.0)
    assert np.allclose(one.times_s, [0.0, 1.0 / 30.0])


def test_a_motion_is_stopped_where_nobody_wants_it_any_more():
    def check():
        raise TimeoutError

    with pytest.raises(TimeoutError):
        make_clip(*rigs.biped(), MotionPreset.WALK, check=check)


def test_no_motion_is_the_rest_pose():
    rig, mesh = rigs.biped()
    clip = make_clip(rig, mesh, MotionPreset.NONE)
    assert len(clip.times_s) == 1
    assert np.allclose(moved(rig, mesh, clip, [0.7])[0], mesh.vertices, atol=1e-7)


@pytest.mark.parametrize(
    "preset", [MotionPreset.WALK, MotionPreset.FLY, MotionPreset.DRIVE, MotionPreset.EXPLODE]
)
def test_what_a_skeleton_cannot_do_is_refused_with_what_it_can(preset):
    rig, mesh = rigs.block()
    with pytest.raises(InvalidRequestError) as refused:
        make_clip(rig, mesh, preset)
    assert refused.value.field == "motion.preset"
    assert preset.value in str(refused.value)
    assert "ask for spin, bounce, idle" in str(refused.value)
    assert "rigid" not in kinds_for(preset)


def test_legs_that_do_not_reach_down_are_not_walked_on():
    """A figure that sits, its legs stretched out to the front."""
    rig, _ = rigs.biped()
    assert MotionPreset.WALK in presets_for(rig.skeleton)
    sits = [
        rigs.lying(joint) if "leg" in joint.role or "foot" in joint.role else joint
        for joint in rig.skeleton.joints
    ]
    assert MotionPreset.WALK not in presets_for(type(rig.skeleton)("biped", tuple(sits)))
