"""Animated GLB: what is in the file, what the Khronos validator says, where three.js puts the vertices."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation, Slerp

from serve.contracts.errors import InvalidRequestError
from serve.formats import write
from serve.formats.animation import Influences, JointTree, encode_animated_glb
from serve.formats.reading import read_mesh
from serve.geometry.mesh import PartMesh
from tests.animated_assets import MOVING, arm, corners_at, explosion, still
from tests.format_corpus import WOOD, asset, glb_array, glb_document
from tests.gltf_validator import require_validator, validated
from tests.parts import require

ROOT = Path(__file__).resolve().parents[1]
PLAIN = [name for name in MOVING if name != "textured"]
WITHIN = 1e-5  # of the longest side; the issue is 1e-4


@pytest.fixture
def play(tmp_path):
    """three.js under node: what it makes of a file, at which instants of which animations."""
    present = shutil.which("node") is not None and (ROOT / "studio/node_modules/three").is_dir()
    require("three", present, "install node, then `npm ci --prefix studio`")

    def played(data, **instants):
        path = tmp_path / "asset.glb"
        path.write_bytes(data)
        command = ["node", str(ROOT / "tests/three/pose.mjs"), json.dumps({str(path): instants})]
        done = subprocess.run(command, check=True, capture_output=True, timeout=120)
        (told,) = json.loads(done.stdout)
        return told

    return played


@pytest.mark.node
def test_the_khronos_validator_finds_nothing(tmp_path):
    require_validator()
    for name, make in MOVING.items():
        for kind in ("plain", "packed"):
            path = tmp_path / f"{name}-{kind}.glb"
            path.write_bytes(make().glb(compressed=kind == "packed"))
    paths = sorted(tmp_path.iterdir())
    for report in validated(paths):
        codes = {message["code"] for message in report["issues"]["messages"]}
        packed = report["uri"].endswith("packed.glb")  # the validator reads no meshopt
        assert codes <= ({"UNSUPPORTED_EXTENSION", "UNUSED_OBJECT"} if packed else set()), report["issues"]
        assert report["issues"]["numErrors"] == report["issues"]["numWarnings"] == 0
        assert report["info"]["animationCount"] >= 1
    assert len(paths) == 2 * len(MOVING)


@pytest.mark.node
@pytest.mark.parametrize("name", PLAIN)
def test_three_js_puts_every_corner_where_linear_blending_does(name, play):
    moving = MOVING[name]()
    extent = np.ptp(moving.mesh.vertices, axis=0).max()
    for animation in moving.animations:
        end = float(animation.times_s[-1])
        instants = [0.0, 0.31 * end, 0.507 * end, end]  # on keys and between them
        told = play(moving.glb(), **{animation.name: instants})
        (found,) = [entry for entry in told["animations"] if entry["name"] == animation.name]
        for time_s, corners in zip(instants, found["corners"], strict=True):
            for part, expected in corners_at(moving, animation, time_s).items():
                np.testing.assert_allclose(corners[part], expected, atol=WITHIN * extent)


@pytest.mark.node
@pytest.mark.parametrize("make", [arm, explosion])
def test_compressed_files_move_the_same_within_a_step_of_their_grid(make, play):
    moving = make()
    animation = moving.animations[0]
    end = float(animation.times_s[-1])
    told = play(moving.glb(compressed=True), **{animation.name: [0.4 * end]})
    for part, expected in corners_at(moving, animation, 0.4 * end).items():
        corners = np.array(told["animations"][0]["corners"][0][part])
        assert corners.shape == expected.shape
        for one, other in ((corners, expected), (expected, corners)):
            assert cKDTree(one).query(other)[0].max() < 5e-5


@pytest.mark.node
def test_what_bends_is_skinned_and_what_does_not_hangs_on_its_joints(play):
    told = play(arm().glb())
    assert told["skinnedCount"] == 3
    assert [entry["loops"] for entry in told["animations"]] == [True, False]
    told = play(explosion().glb())
    assert told["skinnedCount"] == 0
    assert told["animations"][0]["duration"] == 2.0
    document = glb_document(explosion().glb())
    assert "skins" not in document
    assert all(set(primitive["attributes"]) == {"POSITION", "NORMAL"} for primitive in primitives(document))


def primitives(document):
    return [mesh["primitives"][0] for mesh in document["meshes"]]


def test_without_a_player_the_file_shows_the_rest_pose_of_the_same_asset():
    for make in MOVING.values():
        moving = make()
        for reader in (_by_trimesh, _by_us):
            lower, upper = reader(moving.glb())
            np.testing.assert_allclose([lower, upper], moving.mesh.bounds, atol=2e-6)


def _by_trimesh(data):
    return trimesh.load_scene(io.BytesIO(data), file_type="glb").bounds


def _by_us(data):
    return read_mesh(data).mesh.bounds


def test_weights_sum_to_one_exactly_and_are_off_by_less_than_their_last_digit():
    moving = arm()
    data = moving.glb()
    for primitive in primitives(glb_document(data)):
        raw = glb_array(data, primitive["attributes"]["WEIGHTS_0"]).astype(int)
        assert set(raw.sum(axis=1)) == {65_535}
        places = glb_array(data, primitive["attributes"]["POSITION"])
        source = cKDTree(moving.mesh.vertices).query(places)[1]
        assert np.abs(raw / 65_535 - moving.influences.weights[source]).max() < 1 / 65_535


def test_a_joint_that_a_vertex_names_twice_counts_once_and_weights_need_no_sum():
    moving = explosion()
    joints = np.repeat(moving.influences.joints[:, :1], 4, axis=1)
    doubled = replace(moving, influences=Influences(joints, np.full(joints.shape, 0.75, np.float32)))
    assert doubled.glb() == moving.glb()


def test_vertices_at_one_place_that_follow_different_joints_stay_two():
    """A flat strip of two squares that share an edge by place alone, beside which one corner bends."""
    square = np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    vertices = np.concatenate([square, square + np.float32([1, 0, 0])])
    faces = np.int32([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    strip = PartMesh(vertices, faces, np.zeros(4, np.int32), (WOOD,))
    joints = np.tile(np.int32([0, 1, 0, 0]), (8, 1))
    weights = np.float32([[1, 0, 0, 0]] * 4 + [[0, 1, 0, 0]] * 3 + [[0.5, 0.5, 0, 0]])
    tree = JointTree(("left", "right"), np.int32([-1, 0]), np.float64([[0, 0, 0], [1, 0, 0]]))
    bent = encode_animated_glb(strip, tree, Influences(joints, weights), (), name="strip")
    counts = [vertex_count(data) for data in (bent, write("glb", strip, name="strip"))]
    assert counts == [8, 6]


def vertex_count(data):
    document = glb_document(data)
    return sum(
        document["accessors"][each["attributes"]["POSITION"]]["count"] for each in primitives(document)
    )


def channels(data, index=0):
    """(node, path) -> instants and values of an animation."""
    document = glb_document(data)
    animation = document["animations"][index]
    found = {}
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        keys = glb_array(data, sampler["input"])[:, 0], glb_array(data, sampler["output"])
        assert sampler["interpolation"] == "LINEAR"
        found[document["nodes"][channel["target"]["node"]]["name"], channel["target"]["path"]] = keys
    return found


def test_only_what_moves_has_a_channel_and_even_motion_has_two_keys():
    moving = arm()
    times_s = np.linspace(0.0, 2.0, 61)
    slide = np.broadcast_to(moving.tree.offsets, (61, 5, 3)).copy()
    slide[:, 2, 1] += 0.3 * times_s  # at an even speed
    turn = np.tile(np.float32([0, 0, 0, 1]), (61, 5, 1))
    turn[:, 1] = Rotation.from_rotvec(np.outer(times_s, [0.0, 0.7, 0.0])).as_quat()
    turn[:, 4] = Rotation.from_euler("x", 30.0, degrees=True).as_quat()  # never at rest, never moving
    clip = still(moving.tree, times_s, translation=slide.astype(np.float32), rotation=turn)
    found = channels(replace(moving, animations=(clip,)).glb())
    assert set(found) == {("link.2", "translation"), ("link.1", "rotation"), ("link.4", "rotation")}
    assert all(instants.tolist() == [0.0, 2.0] for instants, _ in found.values())


def test_left_out_keys_are_what_interpolation_gives_back():
    moving = arm()
    kinked = moving.animations[0]
    rotation = kinked.rotation.copy()
    rotation[10:20] = rotation[10]  # a rest in the middle of the motion
    clip = replace(kinked, rotation=rotation)
    found = channels(replace(moving, animations=(clip,)).glb())
    instants, values = found["link.3", "rotation"]
    assert len(instants) == 46 - 8
    assert (np.sum(values[1:] * values[:-1], axis=1) >= 0.0).all()
    played = Slerp(instants, Rotation.from_quat(values))(clip.times_s)
    off = (played * Rotation.from_quat(rotation[:, 3]).inv()).magnitude()
    assert off.max() < 2e-5


def test_a_clip_in_which_nothing_moves_is_as_long_as_it_was_and_one_pose_at_rest_is_none():
    moving = arm()
    quiet = still(moving.tree, np.float32([0.0, 1.0, 3.0]))
    ((instants, _),) = channels(replace(moving, animations=(quiet,)).glb()).values()
    assert instants.tolist() == [0.0, 3.0]
    pose = still(moving.tree, np.float32([0.0]))
    assert "animations" not in glb_document(replace(moving, animations=(pose,)).glb())
    bent = replace(pose, scale=pose.scale * 2)
    assert len(channels(replace(moving, animations=(bent,)).glb())) == 5


def test_ten_thousand_faces_that_move_for_four_seconds_are_a_small_file():
    ring = trimesh.creation.torus(0.4, 0.1, major_sections=100, minor_sections=50)
    moving = arm(20, 121, asset(ring, WOOD))
    plain, packed = moving.glb(), moving.glb(compressed=True)
    assert len(moving.mesh.faces) == 10_000
    assert len(plain) < 600_000
    assert len(packed) < 0.6 * len(plain)


def test_a_file_that_nobody_wants_any_more_is_given_up_between_two_tracks():
    asked = []

    def check():
        asked.append(None)
        if len(asked) == 4:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        arm().glb(check=check)


def test_equal_input_gives_equal_bytes():
    assert arm().glb() == arm().glb()
    assert arm().glb(compressed=True) == arm().glb(compressed=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: replace(m, tree=replace(m.tree, parents=np.int32([-1, 1, 0, 0, 0]))), "earlier"),
        (
            lambda m: replace(m, tree=replace(m.tree, names=("a", "a", "b", "c", "d"))),
            "two joints are named 'a'",
        ),
        (lambda m: replace(m, tree=JointTree((), np.zeros(0, np.int32), np.zeros((0, 3)))), "0 joints"),
        (lambda m: replace(m, tree=replace(m.tree, heads=m.tree.heads * np.nan)), "finite"),
        (lambda m: _weighing(m, 0.0), "vertex 0 has weights"),
        (lambda m: _weighing(m, -1.0), "vertex 0 has weights"),
        (lambda m: _following(m, 5), "outside 0..4"),
        (lambda m: _animated(m, times_s=np.zeros(46, np.float32)), "must rise"),
        (lambda m: _animated(m, rotation=np.ones((46, 5, 4), np.float32)), "unit quaternion"),
        (lambda m: _animated(m, scale=np.ones((46, 4, 3), np.float32)), r"must be \(46, 5, 3\)"),
        (lambda m: _animated(m, times_s=np.zeros(0, np.float32)), "no pose"),
        (lambda m: replace(m, animations=m.animations[:1] * 2), "two animations are named 'bend'"),
    ],
)
def test_what_is_no_animated_mesh_is_refused(change, said):
    with pytest.raises(InvalidRequestError, match=said):
        change(arm()).glb()


def _weighing(moving, weight):
    weights = moving.influences.weights.copy()
    weights[0] = weight
    return replace(moving, influences=replace(moving.influences, weights=weights))


def _following(moving, joint):
    joints = moving.influences.joints.copy()
    joints[0, 0] = joint
    return replace(moving, influences=replace(moving.influences, joints=joints))


def _animated(moving, **tracks):
    return replace(moving, animations=(replace(moving.animations[0], **tracks),))
