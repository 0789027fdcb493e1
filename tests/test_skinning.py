"""Vertices follow their joints: exactly where one does, smoothly where several do."""

from __future__ import annotations

import numpy as np
import pytest

from serve.geometry.rotations import matrix_from_quaternion, quaternion_from_axis_angle, unit_quaternion
from serve.geometry.topology import signed_volumes
from serve.motion.clip import Clip
from serve.motion.poses import chain_poses, poses_at, rest_translations, skinning_matrices
from serve.motion.skeleton import Joint, Skeleton
from serve.motion.skin import Skin
from serve.motion.skinning import deform

METHODS = ("linear", "dual_quaternion")


def chain(joint_count=3, length_m=1.0):
    """Joints on the X axis, one after the other."""
    step = length_m / joint_count
    heads = [(0.1 + step * k, 0.3, -0.2) for k in range(joint_count + 1)]
    joints = (Joint(f"link_{k}", "link", k - 1, heads[k], heads[k + 1]) for k in range(joint_count))
    return Skeleton("chain", tuple(joints))


def clip_of(skeleton, times_s, rotation, *, scale=None, loops=False):
    shape = (len(times_s), len(skeleton.joints))
    still = np.broadcast_to(rest_translations(skeleton), (*shape, 3)).copy()
    return Clip(
        "test",
        np.array(times_s, np.float32),
        still,
        np.broadcast_to(rotation, (*shape, 4)).astype(np.float32),
        np.ones((*shape, 3), np.float32) if scale is None else scale.astype(np.float32),
        loops,
    )


def pose_at(skeleton, clip, time_s):
    return poses_at(skeleton, clip, [time_s])[0]


def random_skin(vertex_count, joint_count, seed=0):
    rng = np.random.default_rng(seed)
    joints = np.stack([rng.permutation(joint_count)[:4] for _ in range(vertex_count)])
    joints = np.pad(joints, ((0, 0), (0, 4 - joints.shape[1]))).astype(np.int32)
    weights = -np.sort(-rng.dirichlet(np.ones(4), vertex_count).astype(np.float32), axis=1)
    return Skin(joints, weights)


def one_joint(vertex_count, joint=0):
    joints, weights = np.zeros((vertex_count, 4), np.int32), np.zeros((vertex_count, 4), np.float32)
    joints[:, 0], weights[:, 0] = joint, 1.0
    return Skin(joints, weights)


def points(count=500, seed=1):
    return np.random.default_rng(seed).uniform(-1.0, 1.0, (count, 3)).astype(np.float32)


def tube(radius_m=0.2, ring_count=41, side_count=24):
    """A closed tube on the X axis, from 0 to 1 m; its vertices, its faces."""
    angles = np.arange(side_count) * 2.0 * np.pi / side_count
    x = np.repeat(np.linspace(0.0, 1.0, ring_count), side_count)
    around = np.tile(angles, ring_count)
    rings = np.stack([x, radius_m * np.cos(around), radius_m * np.sin(around)], axis=1)
    ends = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    k = np.arange((ring_count - 1) * side_count)
    beside = k - k % side_count + (k + 1) % side_count
    sides = [
        np.stack([k, beside, k + side_count], 1),
        np.stack([beside, beside + side_count, k + side_count], 1),
    ]
    first, last = np.arange(side_count), np.arange(side_count) + (ring_count - 1) * side_count
    centre = np.full(side_count, len(rings))
    caps = [
        np.stack([centre, np.roll(first, -1), first], 1),
        np.stack([centre + 1, last, np.roll(last, -1)], 1),
    ]
    return np.concatenate([rings, ends]).astype(np.float32), np.concatenate(sides + caps).astype(np.int32)


def two_halves(vertices):
    """The tube's skin: the second joint takes over evenly between 0.25 and 0.75 m."""
    second = np.clip((vertices[:, 0] - 0.25) / 0.5, 0.0, 1.0)
    weights = np.stack([1.0 - second, second], axis=1)
    order = np.argsort(-weights, axis=1, kind="stable")
    pad = np.zeros((len(vertices), 2))
    joints = np.concatenate([order, pad], axis=1).astype(np.int32)
    return Skin(joints, np.concatenate([np.take_along_axis(weights, order, 1), pad], 1).astype(np.float32))


def rigid(axis, angle_deg, shift=(0.0, 0.0, 0.0)):
    matrix = np.eye(4)
    turn = quaternion_from_axis_angle(axis, np.radians(angle_deg))
    matrix[:3, :3], matrix[:3, 3] = matrix_from_quaternion(turn), shift
    return matrix


def volume(vertices, faces):
    return float(signed_volumes(vertices, faces).sum())


@pytest.mark.parametrize("method", METHODS)
def test_a_rest_pose_leaves_every_bit(method):
    skeleton = chain(7)
    pose = pose_at(skeleton, clip_of(skeleton, [0.0], (0.0, 0.0, 0.0, 1.0)), 3.0)
    given = points()
    moved = deform(given, random_skin(len(given), 7), skinning_matrices(skeleton, pose), method=method)
    assert moved.tobytes() == given.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_joints_that_move_as_one_move_the_mesh_rigidly(method):
    matrix = rigid((1.0, 2.0, -0.5), 130.0, (0.4, -0.3, 0.2))
    given = points()
    moved = deform(given, random_skin(len(given), 6), np.tile(matrix, (6, 1, 1)), method=method)
    expected = given.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    assert np.abs(moved - expected).max() < 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_a_vertex_of_one_joint_takes_its_whole_matrix_with_scale_and_shear(method):
    rng = np.random.default_rng(5)
    matrices = np.tile(np.eye(4), (3, 1, 1))
    matrices[:, :3] += rng.normal(0.0, 0.3, (3, 3, 4))
    assert (np.linalg.det(matrices) > 0.0).all()
    given = points()
    moved = deform(given, one_joint(len(given), 2), matrices, method=method)
    expected = given.astype(np.float64) @ matrices[2, :3, :3].T + matrices[2, :3, 3]
    assert np.abs(moved - expected).max() < 2e-6


def test_dual_quaternions_keep_the_volume_of_a_twisted_tube_and_linear_blending_loses_it():
    """At half a turn the middle ring of linear blending shrinks to a point: the candy wrapper."""
    vertices, faces = tube()
    skin, whole = two_halves(vertices), volume(vertices, faces)
    for angle_deg, lost_linear in ((90.0, 0.1), (170.0, 0.25)):
        matrices = np.stack([np.eye(4), rigid((1.0, 0.0, 0.0), angle_deg)])
        linear = volume(deform(vertices, skin, matrices, method="linear"), faces)
        dual = volume(deform(vertices, skin, matrices, method="dual_quaternion"), faces)
        assert linear < (1.0 - lost_linear) * whole
        assert abs(dual / whole - 1.0) < 0.02
    moved = deform(vertices, skin, np.stack([np.eye(4), rigid((1.0, 0.0, 0.0), 170.0)]))
    assert np.linalg.norm(moved[:-2, 1:], axis=1) == pytest.approx(0.2, abs=1e-5)


def test_the_blend_of_two_turns_is_the_turn_between_them():
    """Half the weight on each of two joints, 0 and 100 degrees apart: 50 degrees, whatever their signs."""
    given = points(50)
    skin = Skin(
        np.tile(np.array([1, 0, 0, 0], np.int32), (50, 1)), np.tile(np.float32([0.5, 0.5, 0, 0]), (50, 1))
    )
    for angle_deg in (100.0, -100.0, 300.0):
        matrices = np.stack([np.eye(4), rigid((0.0, 1.0, 0.0), angle_deg)])
        half = (angle_deg - 360.0 * round(angle_deg / 360.0)) / 2.0
        expected = given @ rigid((0.0, 1.0, 0.0), half)[:3, :3].T
        assert np.abs(deform(given, skin, matrices) - expected).max() < 1e-6


def test_a_squash_of_the_root_squashes_all_that_hangs_on_it():
    """Scale goes down the chain, through a turned joint, as glTF has it: the whole mesh gets half as high."""
    skeleton = chain(3)
    scale = np.ones((1, 3, 3))
    scale[:, 0] = (1.0, 0.5, 1.0)
    matrices = skinning_matrices(
        skeleton, pose_at(skeleton, clip_of(skeleton, [0.0], (0, 0, 0, 1), scale=scale), 0.0)
    )
    given = points()
    for method in METHODS:
        moved = deform(given, random_skin(len(given), 3), matrices, method=method)
        assert np.abs(moved[:, 1] - (0.3 + 0.5 * (given[:, 1] - 0.3))).max() < 1e-6
        assert np.abs(moved[:, ::2] - given[:, ::2]).max() < 1e-6


def test_spans_and_threads_do_not_change_a_bit(monkeypatch):
    given = points(1000)
    skin, matrices = random_skin(1000, 5), np.stack([rigid((1.0, k, 2.0), 40.0 * k) for k in range(5)])
    whole = deform(given, skin, matrices)
    monkeypatch.setattr("serve.motion.skinning._SPAN_COUNT", 37)
    spans = deform(given, skin, matrices, spread=lambda tasks: [task() for task in reversed(list(tasks))])
    assert spans.tobytes() == whole.tobytes()


def test_a_pose_between_two_keys_is_the_turn_between_them():
    skeleton = chain(2)
    turns = np.tile([0.0, 0.0, 0.0, 1.0], (2, 2, 1))
    turns[1, 1] = quaternion_from_axis_angle((0.0, 0.0, 1.0), np.radians(80.0))
    clip = clip_of(skeleton, [0.0, 2.0], turns)
    pose = pose_at(skeleton, clip, 0.5)
    assert np.allclose(pose[1, :3, :3], rigid((0, 0, 1), 20.0)[:3, :3], atol=1e-7)
    assert np.allclose(pose[1, :3, 3], skeleton.joints[1].head, atol=1e-6)
    assert np.array_equal(pose_at(skeleton, clip, 9.0), pose_at(skeleton, clip, 2.0))
    assert np.array_equal(pose_at(skeleton, clip, -1.0), pose_at(skeleton, clip, 0.0))


def test_a_clip_that_loops_begins_anew():
    skeleton = chain(2)
    turns = quaternion_from_axis_angle((0.0, 1.0, 0.0), np.linspace(0.0, 2.0 * np.pi, 9))[:, None]
    clip = clip_of(skeleton, np.linspace(0.0, 2.0, 9), turns, loops=True)
    times_s = np.array([0.1, 0.77, 1.9])
    assert np.allclose(poses_at(skeleton, clip, times_s), poses_at(skeleton, clip, times_s + 6.0), atol=1e-6)
    assert np.allclose(pose_at(skeleton, clip, 2.5)[0, :3, :3], rigid((0, 1, 0), 90.0)[:3, :3], atol=1e-7)


def test_poses_equal_products_of_matrices_along_the_chain():
    skeleton, rng = chain(4), np.random.default_rng(2)
    rotation = unit_quaternion(rng.normal(size=(3, 4, 4)))
    translation, scale = rng.normal(size=(3, 4, 3)), rng.uniform(0.5, 2.0, (3, 4, 3))
    poses = chain_poses(skeleton.parents, translation, rotation, scale)
    for key in range(3):
        product = np.eye(4)
        for joint in range(4):
            local = np.eye(4)
            local[:3, :3] = matrix_from_quaternion(rotation[key, joint]) @ np.diag(scale[key, joint])
            local[:3, 3] = translation[key, joint]
            product = product @ local
            assert np.allclose(poses[key, joint], product, atol=1e-12)
