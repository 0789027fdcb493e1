"""Skeletons lie in the limbs that they move, and the skin follows them and no others."""

from __future__ import annotations

import numpy as np
import pytest

from serve.contracts.errors import InvalidRequestError
from serve.geometry.mesh import PartMesh, Surface
from serve.geometry.topology import is_closed
from serve.motion.arrays import rig_to_arrays
from serve.motion.parting import take_apart
from serve.motion.rigging import build_rig, check_riggable
from serve.motion.rigging.limits import hinge_limit
from serve.motion.rigging.solids import solid_of
from tests.rigged import house, nameless, rig_of, solid_box, turned, united

KINDS = {
    "car": "vehicle",
    "dog": "quadruped",
    "duck": "bird",
    "fish": "chain",
    "lamp": "parts",
    "penguin": "bird",
    "robot": "biped",
    "teddy bear": "biped",
    "wardrobe": "parts",
}
BENDING = [name for name, kind in KINDS.items() if kind in ("biped", "quadruped", "bird", "chain")]


def legs(kind):
    front = ("front_", "hind_") if kind == "quadruped" else ("",)
    return {f"{end}{bone}" for end in front for bone in ("upper_leg", "lower_leg", "foot")}


@pytest.mark.parametrize("name", KINDS)
def test_each_asset_gets_the_skeleton_of_its_kind_with_all_joints_inside(name):
    mesh, rig = house(name), rig_of(name)
    joints = rig.skeleton.joints
    assert rig.skeleton.kind == KINDS[name]
    assert [joint.parent for joint in joints].count(-1) == 1
    assert all(joint.parent < index for index, joint in enumerate(joints))
    assert len({joint.name for joint in joints}) == len(joints)
    assert all(joint.head != joint.tail for joint in joints)
    solid = solid_of(mesh)
    gaps = np.where(solid.is_inside(rig.skeleton.heads), 0.0, solid.nearest(rig.skeleton.heads).distances)
    assert gaps.max() <= 0.02 * np.ptp(mesh.vertices, axis=0).max()


@pytest.mark.parametrize("name", KINDS)
def test_weights_are_shares_of_existing_joints(name):
    mesh, skin = house(name), rig_of(name).skin
    assert skin.joints.shape == skin.weights.shape == (len(mesh.vertices), 4)
    assert skin.joints.dtype == np.int32
    assert skin.weights.dtype == np.float32
    assert skin.weights.min() >= 0
    assert np.abs(skin.weights.sum(axis=1) - 1).max() < 1e-6
    assert (np.diff(skin.weights, axis=1) <= 0).all()
    assert skin.joints.min() >= 0
    assert skin.joints.max() < len(rig_of(name).skeleton.joints)
    assert (skin.joints[skin.weights == 0] == 0).all()


@pytest.mark.parametrize("name", BENDING)
def test_weights_change_little_along_an_edge(name):
    mesh, rig = house(name), rig_of(name)
    dense = np.zeros((len(mesh.vertices), len(rig.skeleton.joints)))
    np.add.at(dense, (np.arange(len(dense))[:, None], rig.skin.joints), rig.skin.weights)
    first, second = mesh.faces.reshape(-1), np.roll(mesh.faces, -1, axis=1).reshape(-1)
    jumps = 0.5 * np.abs(dense[first] - dense[second]).sum(axis=1)
    assert np.quantile(jumps, 0.99) < 0.4
    assert jumps.max() < 0.7


@pytest.mark.parametrize("name", ["dog", "penguin", "robot", "teddy bear"])
def test_a_symmetric_body_has_a_symmetric_skeleton(name):
    joints = {joint.name: joint for joint in rig_of(name).skeleton.joints}
    size = np.ptp(house(name).vertices, axis=0).max()
    for called, joint in joints.items():
        if ".right" in called:
            continue
        twin = joints[called.replace(".left", ".right")]
        for here, there in ((joint.head, twin.head), (joint.tail, twin.tail)):
            assert np.abs(np.array(here) * (-1, 1, 1) - there).max() < 0.025 * size, called
        assert ".left" not in called or joint.tail[0] > 0


@pytest.mark.parametrize(
    ("name", "moved", "still"),
    [
        ("robot", "upper_leg.left", ("leg", "foot", "hand", "hand_2", "head")),
        ("robot", "lower_arm.right", ("leg", "leg_2", "hand_2", "head")),
        ("teddy bear", "upper_arm.left", ("arm", "leg", "leg_2", "foot")),
        ("dog", "front_upper_leg.left", ("leg", "leg_2", "leg_4", "head", "tail")),
        ("dog", "tail", ("leg", "leg_2", "leg_3", "leg_4", "head")),
        ("penguin", "wing.left", ("wing", "head", "foot")),
        ("robot", "head", ("leg", "leg_2", "hand", "hand_2")),
    ],
)
def test_turning_a_joint_moves_its_limb_and_leaves_the_others_alone(name, moved, still):
    mesh, rig = house(name), rig_of(name)
    shift = np.linalg.norm(turned(mesh, rig, moved, 30.0) - mesh.vertices, axis=1)
    size = np.ptp(mesh.vertices, axis=0).max()
    assert shift.max() > 0.03 * size
    names = [surface.name for surface in mesh.surfaces]
    for part in still:
        corners = mesh.faces[mesh.face_part == names.index(part)]
        assert len(corners)
        assert shift[corners].max() < 1e-6, part


@pytest.mark.parametrize(("name", "wing"), [("duck", "wing_2"), ("penguin", "wing_2")])
def test_a_wing_that_lies_along_the_body_lifts_as_one(name, wing):
    mesh, rig = house(name), rig_of(name)
    names = [surface.name for surface in mesh.surfaces]
    corners = np.unique(mesh.faces[mesh.face_part == names.index(wing)])
    wings = [n for n, joint in enumerate(rig.skeleton.joints) if joint.name.startswith("wing.left")]
    share = np.where(np.isin(rig.skin.joints, wings), rig.skin.weights, 0.0).sum(axis=1)[corners]
    low = mesh.vertices[corners, 1] < np.median(mesh.vertices[corners, 1])
    assert share[low].mean() > 0.6
    head, tail = (np.array(getattr(rig.skeleton.joints[wings[0]], end)) for end in ("head", "tail"))
    assert tail[1] < head[1]


@pytest.mark.parametrize(("name", "kind"), [("robot", "biped"), ("dog", "quadruped")])
def test_limbs_are_found_by_shape_where_parts_have_no_names(name, kind):
    told, shown = rig_of(name).skeleton, build_rig(nameless(house(name))).skeleton
    assert shown.kind == kind
    places = {joint.name: np.array(joint.head) for joint in shown.joints}
    for joint in told.joints:
        assert np.linalg.norm(places[joint.name] - joint.head) < 0.1, joint.name


def test_a_body_that_faces_elsewhere_has_its_left_on_its_own_left():
    mesh = house("robot")
    x, y, z = mesh.vertices.T
    turned_mesh = PartMesh(np.stack([z, y, -x], axis=1), mesh.faces, mesh.face_part, mesh.surfaces)
    usual = {joint.name: joint for joint in rig_of("robot").skeleton.joints}
    for joint in build_rig(turned_mesh).skeleton.joints:
        x, y, z = usual[joint.name].head
        assert np.linalg.norm(np.array(joint.head) - (z, y, -x)) < 0.03, joint.name


def test_knees_fold_back_and_elbows_forward():
    joints = {joint.name: joint for joint in rig_of("robot").skeleton.joints}
    for name, ahead in (("lower_leg.left", -1), ("lower_arm.right", 1)):
        joint = joints[name]
        bone = np.subtract(joint.tail, joint.head)
        assert joint.limit.hinge is not None
        assert ahead * np.cross(joint.limit.hinge, bone)[2] > 0
        assert joint.limit.hinge_deg[0] == 0
    for end, ahead in (("front", 1), ("hind", -1)):
        dog = {joint.name: joint for joint in rig_of("dog").skeleton.joints}
        joint = dog[f"{end}_lower_leg.left"]
        assert ahead * np.cross(joint.limit.hinge, np.subtract(joint.tail, joint.head))[2] > 0


def test_a_car_has_its_wheels_on_its_axles_and_nothing_else_turns():
    mesh, rig = house("car"), rig_of("car")
    wheels = [joint for joint in rig.skeleton.joints if joint.role == "wheel"]
    assert len(wheels) == 4
    low = mesh.vertices[:, 1].min()
    for wheel in wheels:
        assert wheel.limit.hinge == (0.0, 0.0, 1.0)
        radius = wheel.head[1] - low
        sides = [abs(wheel.head[0] - other.head[0]) for other in wheels if other is not wheel]
        assert min(sides) < 0.1 * radius
    shift = np.abs(turned(mesh, rig, "wheel", 90.0) - mesh.vertices).max(axis=1)
    rubber = [n for n, s in enumerate(mesh.surfaces) if s.name.startswith(("tire", "hub"))]
    assert shift[mesh.faces[~np.isin(mesh.face_part, rubber)]].max() < 1e-6
    assert (shift > 1e-3).sum() > 50


def test_doors_open_outwards_about_the_edges_far_from_their_handles():
    mesh, rig = house("wardrobe"), rig_of("wardrobe")
    doors = [joint for joint in rig.skeleton.joints if joint.role == "door"]
    assert len(doors) == 2
    for door in doors:
        assert abs(door.head[0]) > abs(door.tail[0])
        opened = turned(mesh, rig, door.name, 45.0)
        assert opened[:, 2].max() > mesh.vertices[:, 2].max() + 0.1


@pytest.mark.parametrize(("name", "joint"), [("car", "wheel_2"), ("wardrobe", "door"), ("lamp", "shade")])
def test_a_part_that_was_taken_off_turns_without_tearing_a_face(name, joint):
    rig, mesh = take_apart(rig_of(name), house(name))
    assert is_closed(mesh.faces)
    assert len(mesh.face_part) == len(mesh.faces)
    assert len(rig.skin.joints) == len(mesh.vertices)
    sides = [
        np.linalg.norm(np.diff(vertices[mesh.faces][:, [0, 1, 2, 0]], axis=1), axis=2)
        for vertices in (mesh.vertices.astype(np.float64), turned(mesh, rig, joint, 90.0))
    ]
    assert np.abs(sides[1] - sides[0]).max() < 1e-6


def test_equal_meshes_give_equal_bytes():
    first, second = (rig_to_arrays(build_rig(nameless(house("dog")))) for _ in range(2))
    assert all(first[key].tobytes() == second[key].tobytes() for key in first)


def figure(trunk, head="head"):
    """A figure of four boxes, the largest of which has a name to choose."""
    boxes = (
        ((-0.2, 0.8, -0.12), (0.2, 1.5, 0.12), trunk),
        ((-0.12, 1.5, -0.12), (0.12, 1.8, 0.12), head),
        ((0.04, 0.0, -0.08), (0.18, 0.85, 0.08), "leg"),
        ((-0.18, 0.0, -0.08), (-0.04, 0.85, 0.08), "leg_2"),
    )
    pieces = [(solid_box(lower, upper), name) for lower, upper, name in boxes]
    return united([(piece.vertices, piece.faces, name) for piece, name in pieces])


@pytest.mark.parametrize("trunk", ["body", "shirt", "Object_7"])
def test_between_a_head_and_legs_that_are_named_is_the_trunk_whatever_it_is_called(trunk):
    rig = build_rig(figure(trunk))
    assert rig.skeleton.kind == "biped"
    heads = {joint.name: joint.head for joint in rig.skeleton.joints}
    assert 0.8 < heads["hips"][1] < heads["spine"][1] < heads["chest"][1] < 1.5
    assert heads["upper_leg.left"][1] > 0.7
    assert (rig.skin.joints[:8, 0] < rig.skeleton.find("neck")).all()


@pytest.mark.parametrize(
    ("trunk", "head", "said"), [("head_2", "head", "no trunk"), ("body", "head_neck", "no head")]
)
def test_a_body_without_a_trunk_or_a_head_is_told_with_a_reason(trunk, head, said):
    riggable = check_riggable(figure(trunk, head))
    assert "biped" not in riggable.kinds
    assert all(said in riggable.reasons[kind] for kind in ("biped", "quadruped", "bird"))


def test_a_bone_without_a_length_folds_as_one_that_hangs_down():
    back, down = np.array([0.0, 0.0, -1.0]), np.array([0.0, -1.0, 0.0])
    assert hinge_limit(np.zeros(3), back, down).hinge == hinge_limit(0.3 * down, back, down).hinge


def wheels(*names):
    """A plate on boxes of these names."""
    boxes = [solid_box((k, 0, 0), (k + 0.5, 0.5, 0.5)) for k in range(len(names))]
    plate = solid_box((0, 0.5, 0), (len(names), 1, 0.5))
    pieces = zip([plate, *boxes], ["body", *names], strict=True)
    return united([(piece.vertices, piece.faces, name) for piece, name in pieces])


def test_a_wheel_in_the_hand_does_not_roll_and_too_many_are_refused():
    car = wheels("wheel", "wheel_2", "SteeringWheel", "spare_tire")
    assert [joint.role for joint in build_rig(car, "vehicle").skeleton.joints] == ["body", "wheel", "wheel"]
    roles = {joint.name: joint.role for joint in build_rig(car, "parts").skeleton.joints}
    assert roles["SteeringWheel"] == roles["spare_tire"] == "link"
    assert roles["wheel_2"] == "wheel"
    train = check_riggable(wheels(*(f"wheel_{number}" for number in range(130))))
    assert train.reasons["vehicle"] == "it has 130 wheels and doors, and at most 128 are jointed"


def test_weights_do_not_depend_on_how_many_vertices_are_worked_on_at_once(monkeypatch):
    whole = rig_to_arrays(rig_of("robot"))
    monkeypatch.setattr("serve.motion.rigging.weights._BLOCK_COUNT", 97)
    blocks = rig_to_arrays(build_rig(house("robot")))
    assert all(whole[key].tobytes() == blocks[key].tobytes() for key in whole)


def test_what_does_not_fit_is_told_with_a_reason():
    box = solid_box((0, 0, 0), (1, 1, 1))
    riggable = check_riggable(box)
    assert riggable.kinds == ("rigid",)
    assert riggable.reasons["parts"] == "it is a single part"
    assert set(riggable.reasons) == {"biped", "quadruped", "bird", "chain", "vehicle", "parts", "medial"}
    with pytest.raises(InvalidRequestError, match=r"of kind biped: it shows no head.*it can have rigid"):
        build_rig(box, "biped")
    with pytest.raises(InvalidRequestError, match="no pair of legs"):
        build_rig(house("fish"), "biped")


@pytest.mark.parametrize(
    ("vertices", "faces", "said"),
    [
        (np.zeros((0, 3)), np.zeros((0, 3)), "no face"),
        (np.ones((3, 3)), [[0, 1, 2]], "single point"),
        ([[0, 0, 0], [1, 0, 0], [0, np.nan, 0]], [[0, 1, 2]], "not finite"),
    ],
)
def test_what_is_no_mesh_is_refused(vertices, faces, said):
    surface = Surface("mesh", "plastic", (0.5, 0.5, 0.5), 0.5, 0.0)
    part = np.zeros(len(faces), np.int32)
    mesh = PartMesh(np.array(vertices, np.float32), np.array(faces, np.int32), part, (surface,))
    with pytest.raises(InvalidRequestError, match=said):
        build_rig(mesh)
