import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from serve.geometry.rotations import (
    IDENTITY,
    align_signs,
    compose,
    inverse,
    matrix_from_quaternion,
    quaternion_from_axis_angle,
    quaternion_from_euler,
    quaternion_from_matrix,
    quaternion_from_rotation_vector,
    rotate,
    rotation_angle,
    shortest_arc,
    slerp,
    swing_twist,
    unit_quaternion,
)

TINY = 1e-12
numbers = st.floats(-1.0, 1.0).map(lambda value: round(value, 9))
directions = st.tuples(numbers, numbers, numbers).filter(lambda row: np.linalg.norm(row) > 1e-6)


def make_turns(count=200, seed=3):
    rng = np.random.default_rng(seed)
    return unit_quaternion(rng.normal(size=(count, 4)))


def assert_same_rotation(first, second, tolerance=TINY):
    assert np.max(rotation_angle(compose(inverse(first), second))) < tolerance


def test_products_turns_and_matrices_agree_with_scipys():
    a, b, points = make_turns(seed=1), make_turns(seed=2), np.random.default_rng(3).normal(size=(200, 3))
    foreign = Rotation.from_quat(a) * Rotation.from_quat(b)
    assert_same_rotation(compose(a, b), foreign.as_quat())
    np.testing.assert_allclose(rotate(compose(a, b), points), foreign.apply(points), atol=TINY)
    np.testing.assert_allclose(matrix_from_quaternion(a), Rotation.from_quat(a).as_matrix(), atol=TINY)
    np.testing.assert_allclose(rotate(compose(inverse(a), a), points), points, atol=TINY)


@pytest.mark.parametrize("axis", np.eye(3).tolist())
def test_a_matrix_gives_its_quaternion_back_even_for_half_turns(axis):
    exact = np.vstack([make_turns(), quaternion_from_axis_angle(axis, [0.0, 1e-9, np.pi - 1e-9, np.pi])])
    found = quaternion_from_matrix(matrix_from_quaternion(exact))
    assert_same_rotation(found, exact)
    assert (found[:, 3] >= 0.0).all()


def test_a_quarter_turn_about_y_takes_z_to_x():
    np.testing.assert_allclose(
        rotate(quaternion_from_axis_angle((0, 3, 0), np.pi / 2), (0, 0, 1)), (1, 0, 0), atol=TINY
    )


def test_rotation_vectors_are_scipys_down_to_the_smallest():
    vectors = np.array(
        [[0.0, 0.0, 0.0], [1e-300, 0.0, 0.0], [1e-9, -2e-9, 0.0], [0.5, -1.0, 2.0], [0.0, 3.1, 0.0]]
    )
    found = quaternion_from_rotation_vector(vectors)
    np.testing.assert_allclose(found, Rotation.from_rotvec(vectors).as_quat(), rtol=1e-12, atol=0.0)


@pytest.mark.parametrize("order", ["ZXY", "XYZ", "YZX", "ZYX", "ZXZ", "Y"])
def test_euler_angles_are_scipys_about_moving_axes(order):
    angles = np.random.default_rng(5).uniform(-3, 3, size=(50, len(order)))
    foreign = Rotation.from_euler(order, angles)
    assert_same_rotation(quaternion_from_euler(angles, order), foreign.as_quat())


@pytest.mark.parametrize("order", ["", "XY", "XYW"])
def test_euler_angles_refuse_an_order_that_does_not_fit(order):
    with pytest.raises(ValueError, match="order"):
        quaternion_from_euler(np.zeros((2, 3)), order)


def test_slerp_agrees_with_scipys_and_keeps_an_even_speed():
    a, b = make_turns(seed=6), make_turns(seed=7)
    for share in (0.0, 0.2, 0.5, 1.0):
        foreign = [
            Slerp([0, 1], Rotation.from_quat([p, q]))(share).as_quat() for p, q in zip(a, b, strict=True)
        ]
        assert_same_rotation(slerp(a, b, share), foreign, 1e-9)
    path = slerp(a[:1], b[:1], np.linspace(0, 1, 33))
    steps = rotation_angle(compose(inverse(path[:-1]), path[1:]))
    np.testing.assert_allclose(steps, rotation_angle(compose(inverse(a[0]), b[0])) / 32, rtol=1e-9)


def test_slerp_of_what_is_equal_or_of_other_sign_stands_still():
    turns = make_turns()
    assert_same_rotation(slerp(turns, turns, 0.3), turns)
    np.testing.assert_allclose(slerp(turns, -turns, 0.3), turns, atol=TINY)


@settings(deadline=None, max_examples=200)
@given(directions, directions)
def test_the_shortest_arc_arrives_and_is_no_longer_than_the_angle(start, end):
    turn = shortest_arc(start, end)
    a, b = np.array(start) / np.linalg.norm(start), np.array(end) / np.linalg.norm(end)
    np.testing.assert_allclose(rotate(turn, a), b, atol=1e-11)
    between = 2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))
    assert rotation_angle(turn) == pytest.approx(between, abs=1e-7)


def test_the_shortest_arc_of_opposites_is_a_half_turn_and_of_nothing_none():
    axes = np.vstack([np.eye(3), -np.eye(3), [[0.6, 0.0, 0.8]]])
    for nudge in (0.0, 1e-15, 1e-9):
        ends = -axes + nudge
        np.testing.assert_allclose(rotate(shortest_arc(axes, ends), axes), ends, atol=3e-9 if nudge else TINY)
    np.testing.assert_array_equal(shortest_arc(np.zeros(3), np.eye(3)), np.tile(IDENTITY, (3, 1)))


def test_a_swing_and_a_twist_make_the_rotation_and_the_twist_keeps_the_axis():
    turns, axis = make_turns(), np.array([1.0, -2.0, 0.5])
    swing, twist = swing_twist(turns, axis)
    assert_same_rotation(compose(swing, twist), turns)
    np.testing.assert_allclose(rotate(twist, axis), np.tile(axis, (200, 1)), atol=TINY)
    assert_same_rotation(swing, shortest_arc(axis, rotate(turns, axis)), 1e-9)
    np.testing.assert_allclose(
        swing_twist(quaternion_from_axis_angle((0, 1, 0), 0.7), axes=(0, 2, 0))[0], IDENTITY, atol=TINY
    )


def test_a_half_turn_across_the_axis_is_all_swing():
    swing, twist = swing_twist((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    np.testing.assert_array_equal(twist, IDENTITY)
    np.testing.assert_allclose(rotate(swing, (0.0, 1.0, 0.0)), (0.0, -1.0, 0.0), atol=TINY)


def test_signs_are_aligned_along_time_without_changing_a_rotation():
    smooth = quaternion_from_axis_angle((0, 0, 1), np.linspace(0, 12, 40))[:, None] * np.ones((1, 2, 1))
    rough = smooth * np.random.default_rng(8).choice([-1.0, 1.0], size=(40, 2, 1))
    aligned = align_signs(rough)
    assert (np.sum(aligned[1:] * aligned[:-1], axis=-1) > 0).all()
    assert_same_rotation(aligned, smooth)
