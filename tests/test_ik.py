"""Limbs reach what they can within their limits, and say so where they cannot."""

from __future__ import annotations

import numpy as np
import pytest

from serve.geometry.rotations import (
    compose,
    matrix_from_quaternion,
    quaternion_from_axis_angle,
    rotate,
    rotation_angle,
    unit_quaternion,
)
from serve.motion.ik import chain_through, solve_chain
from serve.motion.limits import clamp_turns
from serve.motion.skeleton import Joint, Limit, Skeleton
from tests.motion_rigs import excess_deg

KNEE = Limit(hinge=(1.0, 0.0, 0.0), hinge_deg=(0.0, 150.0))
HIP = Limit(swing_deg=80.0, twist_deg=30.0)
LIMBS = {
    "leg": [HIP, KNEE],
    "leg with a foot": [HIP, KNEE, Limit(hinge=(1.0, 0.0, 0.0), hinge_deg=(-60.0, 40.0))],
    "rope": [Limit()] * 5,
    "stiff tail": [Limit(swing_deg=60.0, twist_deg=20.0)] * 5,
}


def limb(limits, length_m=0.4):
    """Bones that hang down from the origin."""
    places = [(0.0, -length_m * k, 0.0) for k in range(len(limits) + 1)]
    joints = (Joint(f"j{k}", "link", k - 1, places[k], places[k + 1], limits[k]) for k in range(len(limits)))
    return chain_through(Skeleton("chain", tuple(joints)), range(len(limits)))


def some_turns(chain, count, seed=0):
    """Poses well within the limits, [K, N, 4]."""
    rng = np.random.default_rng(seed)
    turns = []
    for bone, limit in zip(chain.bones, chain.limits, strict=True):
        if limit.hinge is not None:
            turns.append(
                quaternion_from_axis_angle(limit.hinge, np.radians(rng.uniform(*limit.hinge_deg, count)))
            )
            continue
        across = np.cross(bone, rng.normal(size=(count, 3)))
        swing = quaternion_from_axis_angle(across, np.radians(rng.uniform(0.0, 0.8 * limit.swing_deg, count)))
        twist = rng.uniform(-0.8, 0.8, count) * np.radians(limit.twist_deg)
        turns.append(compose(swing, quaternion_from_axis_angle(bone, twist)))
    return np.stack(turns, axis=1)


def tips(chain, turns, roots=(0.0, 0.0, 0.0), frames=(0.0, 0.0, 0.0, 1.0)):
    here, frame = np.broadcast_to(roots, (len(turns), 3)), np.broadcast_to(frames, (len(turns), 4))
    for place, bone in enumerate(chain.bones):
        frame = compose(frame, turns[:, place])
        here = here + rotate(frame, bone)
    return here


def excess(chain, turns):
    pairs = enumerate(zip(chain.limits, chain.bones, strict=True))
    return max(excess_deg(limit, bone, turns[:, place]).max() for place, (limit, bone) in pairs)


@pytest.mark.parametrize("name", LIMBS)
def test_targets_that_can_be_reached_are_and_no_joint_leaves_its_limits(name):
    chain, rng = limb(LIMBS[name]), np.random.default_rng(7)
    frames, roots = unit_quaternion(rng.normal(size=(60, 4))), rng.normal(size=(60, 3))
    goals = tips(chain, some_turns(chain, 60), roots, frames)
    found = solve_chain(chain, roots, goals, frames=frames)
    assert found.reached.mean() >= 0.98
    gaps = np.linalg.norm(tips(chain, found.turns, roots, frames) - goals, axis=1)
    assert np.allclose(gaps, found.gap_m, atol=1e-9)
    assert (gaps[found.reached] <= 1e-4 * chain.reach_m).all()
    assert gaps.max() < 0.02 * chain.reach_m
    assert excess(chain, found.turns) < 1e-6


def test_a_target_too_far_is_pointed_at_and_told():
    chain = limb([Limit()] * 3, 0.5)
    found = solve_chain(chain, (0.0, 0.0, 0.0), [[3.0, 0.0, 4.0]])
    assert not found.reached[0]
    assert found.gap_m[0] == pytest.approx(5.0 - 1.5, abs=1e-3)
    assert "1 of 1 targets are out of reach" in found.statement
    assert "5 m away from a chain of 1.5 m" in found.statement


def test_a_target_that_the_limits_forbid_is_missed_within_them_and_told():
    """A knee does not bend forwards: what is before and above a hip that hardly turns is out of reach."""
    chain = limb([Limit(swing_deg=10.0, twist_deg=5.0), KNEE])
    found = solve_chain(chain, (0.0, 0.0, 0.0), [[0.0, -0.2, 0.5]])
    assert not found.reached[0]
    assert "the limits of its joints" in found.statement
    assert excess(chain, found.turns) < 1e-6


def test_a_straight_leg_bends_its_knee_and_not_backwards():
    chain = limb([Limit(), KNEE])
    found = solve_chain(chain, (0.0, 0.0, 0.0), [[0.0, -0.6, 0.0], [0.0, -0.6, 0.3], [0.0, -0.79, 0.0]])
    assert found.reached.all()
    assert found.statement == ""
    # The law of cosines: two bones of 0.4 m whose ends are so far apart.
    far = np.array([0.6, np.hypot(0.6, 0.3), 0.79])
    expected = np.pi - np.arccos((2 * 0.4**2 - far**2) / (2 * 0.4**2))
    assert rotation_angle(found.turns[:, 1]) == pytest.approx(expected, abs=2e-3)
    assert (found.turns[:, 1, 0] > 0.0).all()


def test_equal_targets_give_equal_poses_wherever_they_are_in_time():
    chain = limb(LIMBS["leg with a foot"])
    goals = tips(chain, some_turns(chain, 12, seed=3))
    all_at_once = solve_chain(chain, (0.0, 0.0, 0.0), goals).turns
    alone = np.concatenate([solve_chain(chain, (0.0, 0.0, 0.0), goals[k : k + 1]).turns for k in range(12)])
    assert np.allclose(all_at_once, alone, atol=1e-3)
    twice = solve_chain(chain, (0.0, 0.0, 0.0), np.concatenate([goals, goals[:1]])).turns
    assert np.array_equal(twice[0], twice[-1])


def test_a_ball_is_cut_to_its_cone_and_its_twist():
    limit, bone = Limit(swing_deg=30.0, twist_deg=10.0), (0.0, -1.0, 0.0)
    turns = unit_quaternion(np.random.default_rng(1).normal(size=(500, 4)))
    kept = clamp_turns(limit, bone, turns)
    cosine = matrix_from_quaternion(kept)[:, 1, 1]
    assert np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))).max() == pytest.approx(30.0, abs=1e-6)
    assert excess_deg(limit, bone, kept).max() < 1e-6
    within = quaternion_from_axis_angle((1.0, 0.0, 0.0), np.radians(29.0))
    assert np.allclose(clamp_turns(limit, bone, within), within)


def test_a_hinge_keeps_its_axis_and_its_range():
    for given_deg, kept_deg in ((200.0, 150.0), (-20.0, 0.0), (-120.0, 150.0), (77.0, 77.0)):
        turn = quaternion_from_axis_angle((1.0, 0.0, 0.0), np.radians(given_deg))
        expected = quaternion_from_axis_angle((1.0, 0.0, 0.0), np.radians(kept_deg))
        assert np.allclose(np.abs(clamp_turns(KNEE, (0.0, -1.0, 0.0), turn)), np.abs(expected))
    aside = quaternion_from_axis_angle((0.0, 0.0, 1.0), 1.0)
    assert np.allclose(clamp_turns(KNEE, (0.0, -1.0, 0.0), aside), (0.0, 0.0, 0.0, 1.0))


def test_joints_that_do_not_hang_on_each_other_are_no_chain():
    skeleton = Skeleton(
        "medial", tuple(Joint(f"j{k}", "link", min(k - 1, 0), (0, k, 0), (0, k + 1, 0)) for k in range(3))
    )
    with pytest.raises(ValueError, match="joint 2 does not hang on joint 1"):
        chain_through(skeleton, [0, 1, 2])
