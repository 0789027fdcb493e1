"""BVH files are read whatever their order and refused when hostile; a motion goes over to another body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serve.contracts.errors import InvalidRequestError
from serve.contracts.video import MotionPreset
from serve.geometry.rotations import matrix_from_quaternion, quaternion_from_euler, rotate
from serve.motion.bvh import Bvh, BvhJoint, read_bvh, retarget, write_bvh
from serve.motion.bvh.names import roles_of
from serve.motion.poses import poses_at
from serve.motion.presets import make_clip
from tests import motion_rigs as rigs
from tests.test_motion_presets import height, moved

SMALL = """HIERARCHY
ROOT Hips {
  OFFSET 0 90 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Left Leg
  {
    OFFSET 10 0 0
    channels 3 Xrotation Yrotation Zrotation
    End Site
    {
      OFFSET 0 -80 0
    }
  }
  JOINT tail { OFFSET 0 0 -5 CHANNELS 0 End Site { OFFSET 0 0 -9 } }
}
MOTION
Frames: 2
Frame Time: 0.0333333
0 90 0 0 0 0  0 0 0
1 91 2 0 0 90  30 0 0
"""


def euler_zxy(turns):
    """Angles [..., 3] in degrees, of Rz Rx Ry."""
    m = matrix_from_quaternion(turns)
    x = np.arcsin(np.clip(m[..., 2, 1], -1.0, 1.0))
    z = np.arctan2(-m[..., 0, 1], m[..., 1, 1])
    y = np.arctan2(-m[..., 2, 0], m[..., 2, 2])
    return np.degrees(np.stack([z, x, y], axis=-1))


NAMES = {
    "hips": "Hips", "spine": "Spine", "chest": "Spine2", "neck": "Neck", "head": "Head",
    "upper_arm": "Arm", "lower_arm": "ForeArm", "hand": "Hand",
    "upper_leg": "UpLeg", "lower_leg": "Leg", "foot": "Foot",
}  # fmt: skip


def captured(skeleton, clip, unit=100.0):
    """A clip as an actor's BVH: our joints under Mixamo's names, in centimetres."""
    joints = []
    for joint in skeleton.joints:
        part, _, side = joint.role.partition(".")
        parent = skeleton.joints[joint.parent].head if joint.parent >= 0 else (0.0, 0.0, 0.0)
        position = ("Xposition", "Yposition", "Zposition") if joint.parent < 0 else ()
        joints.append(
            BvhJoint(
                f"mixamorig:{side.capitalize()}{NAMES[part]}",
                joint.parent,
                tuple(unit * np.subtract(joint.head, parent)),
                (*position, "Zrotation", "Xrotation", "Yrotation"),
                tuple(unit * np.subtract(joint.tail, joint.head)),
            )
        )
    angles = euler_zxy(clip.rotation.astype(np.float64)).reshape(len(clip.times_s), -1)
    root = unit * clip.translation[:, 0].astype(np.float64)
    return Bvh(tuple(joints), float(clip.times_s[1]), np.concatenate([root, angles], axis=1))


def test_a_small_file_is_read_with_its_orders_its_blanks_and_its_ends():
    bvh = read_bvh(SMALL.encode())
    assert [joint.name for joint in bvh.joints] == ["Hips", "Left Leg", "tail"]
    assert [joint.parent for joint in bvh.joints] == [-1, 0, 0]
    assert bvh.joints[1].channels == ("Xrotation", "Yrotation", "Zrotation")
    assert bvh.joints[1].end == (0.0, -80.0, 0.0)
    assert bvh.joints[2].channels == ()
    assert bvh.frame_time_s == pytest.approx(1.0 / 30.0, abs=1e-6)
    places = bvh.places()
    assert np.allclose(places[0], [[0, 90, 0], [10, 90, 0], [0, 90, -5]])
    # A quarter turn about Y brings +X to -Z and -Z to -X.
    assert np.allclose(places[1], [[1, 91, 2], [1, 91, -8], [-4, 91, 2]])
    assert np.allclose(rotate(bvh.turns()[1, 1], (0.0, -1.0, 0.0)), [-0.5, -np.sqrt(0.75), 0.0], atol=1e-9)


@pytest.mark.parametrize("order", ["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"])
def test_channels_turn_in_the_order_of_the_file(order):
    rng = np.random.default_rng(1)
    joint = BvhJoint("Hips", -1, (0.0, 0.0, 0.0), tuple(f"{axis}rotation" for axis in order), (0.0, 1.0, 0.0))
    given = Bvh((joint,), 0.01, rng.uniform(-180.0, 180.0, (20, 3)))
    read = read_bvh(write_bvh(given).encode())
    assert np.array_equal(read.motion, given.motion)
    assert np.allclose(read.turns()[:, 0], quaternion_from_euler(np.radians(given.motion), order))


def test_what_is_written_is_read_back_to_the_bit():
    rig, mesh = rigs.biped()
    given = captured(rig.skeleton, make_clip(rig, mesh, MotionPreset.WALK, duration_s=1.0))
    read = read_bvh(write_bvh(given).encode())
    order = [[joint.name for joint in given.joints].index(joint.name) for joint in read.joints]
    assert order != sorted(order)  # a file has limb after limb, our skeleton not
    assert np.array_equal(read.places(), given.places()[:, order])
    assert read.frame_time_s == given.frame_time_s
    assert write_bvh(read) == write_bvh(given)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("MOTION", "MOTIONS"), "no line MOTION"),
        (("HIERARCHY", "HIERARCHIE"), "HIERARCHY must be"),
        (("}\nMOTION", "}\nROOT Hips2 { OFFSET 0 0 0 }\nMOTION"), "second ROOT"),
        (("  JOINT tail {", "  JOINT {"), "in line 14, a joint has no name"),
        (("  }\n  JOINT", "  \n  JOINT"), "is cut off"),
        (("OFFSET 0 90 0", "OFFSET 0 nan 0"), "in line 3, 'nan' is no number"),
        (("OFFSET 0 90 0", "OFFSET 0 1e30 0"), "'1e30' is no number"),
        (("CHANNELS 6", "CHANNELS 7"), "7 channels"),
        (("CHANNELS 6", "CHANNELS 2.5"), "2.5 channels"),
        (("Xrotation Yrotation\n", "Xrotation Xrotation\n"), "a channel twice"),
        (("Xrotation Yrotation\n", "Xrotation Wrotation\n"), "'Wrotation' is no channel"),
        (("Frames: 2", "Frames: 3"), "18 numbers for 3 frames of 9 channels"),
        (("Frames: 2", "Frames: 99999999999999999999"), "1 to 50,000"),
        (("Frames: 2", "Frames: -1"), "1 to 50,000"),
        (("0.0333333", "0"), "frame time is 0"),
        (("0.0333333", "nan"), "frame time is nan"),
        (("1 91 2", "1 inf 2"), "not finite"),
        (("1 91 2", "1 x 2"), "no number"),
        (("End Site", "End"), "SITE must be"),
        (("OFFSET 10 0 0", "OFSET 10 0 0"), "'OFSET' is none of"),
    ],
)
def test_a_broken_file_is_refused_with_the_place_and_the_reason(change, told):
    with pytest.raises(InvalidRequestError) as refused:
        read_bvh(SMALL.replace(*change).encode())
    assert told in str(refused.value)
    assert refused.value.field == "motion.bvh"


def test_files_that_are_too_much_are_refused():
    deep = "HIERARCHY ROOT a { " + "JOINT b { " * 20_000 + "}" * 20_001 + "\nMOTION\n"
    wide = "HIERARCHY ROOT a { " + "JOINT b { } " * 20_000 + "}\nMOTION\n"
    many = wide[: wide.index("}") + 1] + " JOINT b { }" * 400 + "}\nMOTION\nFrames: 9000 Frame Time: 0.01\n"
    for text, told in (
        (deep, "nested more than"),
        (wide, "more than 512 joints"),
        ("\0" * 1000, "MOTION"),
        (many, "9,000 frames of 402 joints and 0 channels"),
        (SMALL.replace("Frames: 2", "Frames: 000000001" + 5000 * "0"), "1 to 50,000"),
        ("HIERARCHY ROOT " + "a " * 600_000 + "{ }\nMOTION\n", "letters"),
        (SMALL.replace("OFFSET 0 90 0", f"OFFSET 0 {'1' * 1_000_000}x 0"), "is no number"),
        (SMALL + "0 " * 1_000_000, "more numbers for 2 frames of 9 channels"),
    ):
        with pytest.raises(InvalidRequestError, match=told):
            read_bvh(text.encode())


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (
            "mixamorig:Hips mixamorig:Spine mixamorig:Spine2 mixamorig:LeftShoulder mixamorig:LeftArm",
            "hips spine chest shoulder.left upper_arm.left",
        ),
        (
            "Hips Chest LeftCollar LeftShoulder LeftElbow LeftWrist LeftHip LeftKnee",
            "hips chest shoulder.left upper_arm.left lower_arm.left hand.left upper_leg.left lower_leg.left",
        ),
        (
            "hip abdomen chest rCollar rShldr rForeArm rHand rThigh rShin",
            "hips spine chest shoulder.right upper_arm.right lower_arm.right hand.right "
            "upper_leg.right lower_leg.right",
        ),
        (
            "pelvis spine thigh_l calf_l foot_l upperarm_r lowerarm_r hand_r",
            "hips spine upper_leg.left lower_leg.left foot.left upper_arm.right lower_arm.right hand.right",
        ),
        (
            "Hips LHipJoint LeftUpLeg LeftLeg LeftFoot LeftToeBase LowerBack",
            "hips  upper_leg.left lower_leg.left foot.left  spine",
        ),
        (
            "thigh.L shin.L foot.L upper_arm.R forearm.R",
            "upper_leg.left lower_leg.left foot.left upper_arm.right lower_arm.right",
        ),
    ],
)
def test_names_of_many_makers_are_known(names, roles):
    told = roles_of(names.split(" "))
    assert {joint: role for role, joint in told.items()} == {
        joint: role for joint, role in enumerate(roles.split(" ")) if role
    }


def test_a_motion_goes_back_to_its_own_body():
    rig, mesh = rigs.biped()
    clip = make_clip(rig, mesh, MotionPreset.WALK, duration_s=2.0)
    back = retarget(read_bvh(write_bvh(captured(rig.skeleton, clip)).encode()), rig, mesh)
    times_s = clip.times_s.astype(np.float64)
    assert np.allclose(back.times_s, times_s, atol=1e-5)
    gaps = (
        poses_at(rig.skeleton, back, times_s)[..., :3, 3] - poses_at(rig.skeleton, clip, times_s)[..., :3, 3]
    )
    # It begins over the place where the asset stands, be the actor's first step elsewhere.
    gaps -= gaps[0, 0] * (1.0, 0.0, 1.0)
    assert np.abs(gaps).max() < 0.02 * height(mesh)


@pytest.mark.parametrize("scale", [0.3, 1.0])
def test_a_body_of_another_size_and_rest_pose_points_its_bones_the_same_way(scale):
    """From a man with hanging arms to one with arms stretched out, and smaller."""
    rig, mesh = rigs.biped()
    clip = make_clip(rig, mesh, MotionPreset.WALK, duration_s=2.0)
    other, other_mesh = rigs.biped(scale, arms_out=True)
    back = retarget(captured(rig.skeleton, clip), other, other_mesh)
    at = {joint.role: k for k, joint in enumerate(rig.skeleton.joints)}
    times_s = clip.times_s.astype(np.float64)
    ways = []
    for skeleton, motion in ((rig.skeleton, clip), (other.skeleton, back)):
        places = poses_at(skeleton, motion, times_s)[..., :3, 3]
        bones = [
            places[:, at[end]] - places[:, at[start]]
            for start, end in (
                ("upper_arm.left", "lower_arm.left"),
                ("lower_arm.right", "hand.right"),
                ("upper_leg.left", "lower_leg.left"),
                ("lower_leg.right", "foot.right"),
                ("spine", "chest"),
            )
        ]
        ways.append(np.stack([bone / np.linalg.norm(bone, axis=-1, keepdims=True) for bone in bones]))
    assert np.degrees(np.arccos(np.clip((ways[0] * ways[1]).sum(axis=-1), -1.0, 1.0))).max() < 5.0
    lowest = moved(other, other_mesh, back, times_s)[..., 1].min(axis=1)
    assert lowest.min() > -0.01 * height(other_mesh)
    assert lowest.max() < 0.02 * height(other_mesh)


def test_a_forearm_without_a_hand_goes_on_where_the_upper_arm_points():
    """The actor's arms hang; ours are stretched out, and the file ends them at the elbows' ends."""
    rig, mesh = rigs.biped()
    given = captured(rig.skeleton, make_clip(rig, mesh, MotionPreset.IDLE, duration_s=0.5))
    handless = tuple(replace(joint, name=joint.name.replace("Hand", "Glove")) for joint in given.joints)
    other, other_mesh = rigs.biped(arms_out=True)
    back = retarget(replace(given, joints=handless), other, other_mesh)
    at = {joint.role: k for k, joint in enumerate(other.skeleton.joints)}
    places = poses_at(other.skeleton, back, back.times_s)[..., :3, 3]
    for side in ("left", "right"):
        arm = places[:, at[f"hand.{side}"]] - places[:, at[f"lower_arm.{side}"]]
        assert (arm[:, 1] < -0.9 * np.linalg.norm(arm, axis=1)).all()


@pytest.mark.parametrize(
    ("frame_time_s", "kept"), [(1 / 30, 121), (1 / 60, 121), (0.0083333, 61), (0.00834, 61), (0.01, 61)]
)
def test_keys_are_about_sixty_a_second_at_most(frame_time_s, kept):
    rig, mesh = rigs.biped()
    given = captured(rig.skeleton, make_clip(rig, mesh, MotionPreset.IDLE, duration_s=4.0))
    back = retarget(replace(given, frame_time_s=frame_time_s), rig, mesh)
    assert len(back.times_s) == kept
    assert back.duration_s == pytest.approx(120 * frame_time_s, abs=1e-5)


def test_what_comes_after_the_film_is_left_out():
    rig, mesh = rigs.biped()
    given = captured(rig.skeleton, make_clip(rig, mesh, MotionPreset.WALK, duration_s=4.0))
    assert retarget(given, rig, mesh, most_s=1.01).duration_s == pytest.approx(31 / 30, abs=1e-4)
    assert retarget(given, rig, mesh, most_s=9.0).duration_s == pytest.approx(4.0, abs=1e-4)


def test_an_actor_with_another_axis_up_stands_and_goes_to_the_front():
    """Z is up in the file and -Y is where the actor looks: as Blender writes it."""
    rig, mesh = rigs.biped()
    clip = make_clip(rig, mesh, MotionPreset.WALK, duration_s=1.0)
    ours = captured(rig.skeleton, clip)
    travel = np.zeros_like(ours.motion)
    travel[:, 2] = 100.0 * np.array(clip.travel_m_s)[2] * clip.times_s
    swaps = {"X": "X", "Y": "Z", "Z": "Y"}
    turned = tuple(
        replace(
            joint,
            offset=(joint.offset[0], -joint.offset[2], joint.offset[1]),
            channels=tuple(swaps[channel[0]] + channel[1:] for channel in joint.channels),
        )
        for joint in ours.joints
    )
    signs = np.concatenate([[-1.0 if c[0] == "Z" else 1.0 for c in j.channels] for j in ours.joints])
    back = retarget(Bvh(turned, ours.frame_time_s, (ours.motion + travel) * signs), rig, mesh)
    gone = back.translation[-1, 0] - back.translation[0, 0]
    assert gone[2] == pytest.approx(clip.travel_m_s[2], rel=0.1)
    assert abs(gone[0]) < 0.05
    assert moved(rig, mesh, back, [0.0])[0][:, 1].max() > 0.95 * height(mesh)


def test_a_file_of_unknown_names_and_a_body_without_legs_are_refused():
    rig, mesh = rigs.biped()
    with pytest.raises(
        InvalidRequestError, match=r"no joint that is known as upper_leg\.left, lower_leg\.left"
    ):
        retarget(read_bvh(SMALL.replace("Left Leg", "a").encode()), rig, mesh)
    given = captured(rig.skeleton, make_clip(rig, mesh, MotionPreset.IDLE, duration_s=1.0))
    with pytest.raises(InvalidRequestError, match=r"kind rigid without upper_leg\.left"):
        retarget(given, *rigs.block())
    point = tuple(replace(joint, offset=tuple(1e-9 * np.array(joint.offset))) for joint in given.joints)
    with pytest.raises(InvalidRequestError, match="no length"):
        retarget(replace(given, joints=point), rig, mesh)
