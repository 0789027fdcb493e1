"""The camera of a film, frame by frame."""

import itertools
import json
import math

import jsonschema
import numpy as np
import pytest
from pydantic import ValidationError

from serve.contracts.camera import CameraKey, CameraMove, CameraPath, Easing, idle_fields
from serve.contracts.errors import InvalidRequestError
from serve.render import Camera, frame_bounds, frame_turntable
from serve.render.camera_json import path_json, path_schema, read_path_json
from serve.render.camera_path import camera_path

BOX = np.array([[-0.3, 0.0, -0.8], [0.5, 1.7, 0.2]])
CORNERS = np.array(list(itertools.product(*BOX.T)))
FRAMED = [move for move in CameraMove if move is not CameraMove.KEYFRAMES]


def make_path(frame_count=60, fps=30.0, aspect=16 / 9, warnings=None, **fields):
    warn = [].append if warnings is None else warnings.append
    return camera_path(
        CameraPath(**fields), *BOX, CORNERS, frame_count=frame_count, fps=fps, aspect=aspect, warn=warn
    )


def make_key(time_s, eye, target=(0.0, 0.0, 0.0), **fields):
    return CameraKey(time_s=time_s, eye=eye, target=target, **fields)


def make_keyed(*keys, frame_count=61, fps=30.0, **fields):
    return make_path(frame_count, fps, move="keyframes", keys=keys, **fields)


def eyes_of(cameras):
    return np.array([camera.eye for camera in cameras])


def targets_of(cameras):
    return np.array([camera.target for camera in cameras])


def azimuths_of(cameras):
    forward = targets_of(cameras) - eyes_of(cameras)
    return np.unwrap(np.arctan2(-forward[:, 0], -forward[:, 2]))


def distances_of(cameras):
    return np.linalg.norm(targets_of(cameras) - eyes_of(cameras), axis=1)


def test_an_orbit_of_one_turn_is_the_turntable_and_its_frames_are_evenly_apart():
    cameras = make_path(48, move="orbit", azimuth_deg=10, elevation_deg=25)
    table = frame_turntable(CORNERS, 48, 10, 25, aspect=16 / 9)
    np.testing.assert_allclose(eyes_of(cameras), eyes_of(table), atol=1e-12)
    np.testing.assert_allclose([camera.up for camera in cameras], [camera.up for camera in table], atol=1e-12)
    np.testing.assert_allclose(np.degrees(azimuths_of(cameras)), 10 + 360 * np.arange(48) / 48, atol=1e-9)


@pytest.mark.parametrize("turns", [1, -2, 3])
def test_whole_turns_loop_and_the_last_frame_is_not_the_first_again(turns):
    azimuth = azimuths_of(make_path(90, turns=turns))
    closing = azimuth[0] + 2 * math.pi * turns - azimuth[-1]
    np.testing.assert_allclose(np.diff(azimuth), closing, atol=1e-12)


def test_half_a_turn_ends_on_the_other_side():
    azimuth = azimuths_of(make_path(31, turns=0.5))
    assert azimuth[-1] - azimuth[0] == pytest.approx(math.pi)


@pytest.mark.parametrize("elevation_deg", [-90, -20, 0, 35, 90])
def test_an_orbit_shows_whatever_turns_at_one_size(elevation_deg):
    for camera in make_path(24, elevation_deg=elevation_deg):
        pixels = camera.project(CORNERS, 1600, 900) / [1600, 900]
        assert (pixels > 0.045).all() and (pixels < 0.955).all()
    cylinder = np.array([[math.sin(t), y, math.cos(t)] for t in np.arange(36) * math.pi / 18 for y in (0, 1)])
    cameras = camera_path(
        CameraPath(elevation_deg=elevation_deg), cylinder.min(0), cylinder.max(0), cylinder,
        frame_count=36, fps=30, aspect=1.0,
    )  # fmt: skip
    heights = [np.ptp(camera.project(cylinder, 100, 100), axis=0) for camera in cameras]
    np.testing.assert_allclose(heights, np.tile(heights[0], (36, 1)), atol=1e-9)


@pytest.mark.parametrize("move", FRAMED)
@pytest.mark.parametrize("aspect", [0.5, 16 / 9])
def test_at_a_distance_of_one_every_move_has_all_in_view_and_fills_the_picture(move, aspect):
    factors = {"distance_factor": 1, "distance_factor_end": 1, "elevation_end_deg": 80}
    cameras = make_path(40, aspect=aspect, move=move, elevation_deg=-10, **factors)
    pixels = np.array([camera.project(CORNERS, 1000 * aspect, 1000) for camera in cameras]) / [
        1000 * aspect,
        1000,
    ]
    assert (pixels > 0.045).all() and (pixels < 0.955).all()
    assert np.ptp(pixels, axis=1).max() > 0.6


def test_a_still_camera_is_that_of_a_picture_and_a_dolly_nears_it_by_even_shares():
    picture = frame_bounds(*BOX, 32, 20, 40, aspect=16 / 9)
    still = make_path(2, move="still", fov_deg=40)
    np.testing.assert_allclose(eyes_of(still), [picture.eye] * 2, atol=1e-9)
    np.testing.assert_allclose(targets_of(still), [picture.target] * 2, atol=1e-9)
    dolly = make_path(
        5, move="dolly", fov_deg=40, distance_factor=2, distance_factor_end=0.5, easing="linear"
    )
    factors = distances_of(dolly) / math.dist(picture.eye, picture.target)
    np.testing.assert_allclose(factors, 2 * 4.0 ** -(np.arange(5) / 4), rtol=1e-9)
    np.testing.assert_allclose(targets_of(dolly), [picture.target] * 5, atol=1e-9)


def test_a_dolly_that_holds_the_size_changes_the_perspective_alone():
    cameras = make_path(20, move="dolly", hold_size=True, distance_factor_end=0.6, fov_deg=25)
    right = cameras[0].axes()[0]
    marks = np.add(cameras[0].target, [0.3 * right, -0.2 * right])
    widths = [np.ptp(camera.project(marks, 800, 450)[:, 0]) for camera in cameras]
    np.testing.assert_allclose(widths, widths[0], rtol=1e-12)
    tangents = np.tan(np.radians([camera.fov_deg for camera in cameras]) / 2)
    np.testing.assert_allclose(tangents * distances_of(cameras), tangents[0] * distances_of(cameras)[0])
    assert cameras[-1].fov_deg > cameras[0].fov_deg + 10


def test_a_crane_rises_on_an_arc_and_a_spiral_turns_on_a_cone_of_angles():
    for move, turned in (("crane", 0.0), ("spiral", 4 * math.pi)):
        cameras = make_path(30, move=move, elevation_deg=5, elevation_end_deg=65, turns=2, easing="linear")
        forward = np.array([camera.axes()[2] for camera in cameras])
        np.testing.assert_allclose(np.degrees(np.arcsin(-forward[:, 1])), np.linspace(5, 65, 30), atol=1e-9)
        np.testing.assert_allclose(distances_of(cameras), distances_of(cameras)[0])
        azimuth = azimuths_of(cameras)
        assert azimuth[-1] - azimuth[0] == pytest.approx(turned, abs=1e-9)


def test_a_lens_of_50_mm_sees_24_mm_of_film_at_50_mm():
    camera = make_path(1, move="still", focal_length_mm=50)[0]
    assert camera.fov_deg == pytest.approx(2 * math.degrees(math.atan(12 / 50)))
    assert json.loads(path_json((camera,), 24.0))["frames"][0]["focal_length_mm"] == pytest.approx(50)


@pytest.mark.parametrize(
    ("easing", "begins_at_rest", "ends_at_rest"),
    [("linear", False, False), ("in", True, False), ("out", False, True), ("in_out", True, True)],
)
@pytest.mark.parametrize("move", ["orbit", "keyframes"])
def test_an_easing_rests_where_it_says_and_arrives_all_the_same(move, easing, begins_at_rest, ends_at_rest):
    if move == "orbit":
        way = azimuths_of(make_path(1001, turns=0.5, easing=easing)) / math.pi
    else:
        keys = make_key(0, (0, 0, 5)), make_key(2, (1, 0, 5))
        way = eyes_of(make_keyed(*keys, easing=easing, frame_count=1001, fps=500))[:, 0]
    steps = np.diff(way) * 1000
    assert way[-1] - way[0] == pytest.approx(1.0)
    assert (steps > 0).all() and steps.max() < 2.01
    assert (steps[0] < 0.005) == begins_at_rest and (steps[-1] < 0.005) == ends_at_rest


@pytest.mark.parametrize("move", FRAMED)
@pytest.mark.parametrize("easing", list(Easing))
def test_no_move_jumps(move, easing):
    cameras = make_path(
        600, move=move, easing=easing, elevation_deg=-80, elevation_end_deg=80, distance_factor_end=3
    )
    away = np.linalg.norm(eyes_of(cameras) - targets_of(cameras), axis=1).max()
    # Eased at most twice as fast as evenly: a turn, a rise of 160 degrees, and all of the distance.
    bound = 2 * (2 * math.pi + math.radians(160) + math.log(3)) * away / 599
    assert np.linalg.norm(np.diff(eyes_of(cameras), axis=0), axis=1).max() < bound


def test_a_camera_is_not_led_into_the_asset_and_the_warning_says_where_it_stays():
    warnings = []
    cameras = make_path(move="dolly", distance_factor_end=0.05, warnings=warnings)
    depths = (CORNERS - cameras[-1].eye) @ cameras[-1].axes()[2]
    assert 0 < depths.min() < 0.1
    assert len(warnings) == 1 and "camera.distance_factor_end = 0.05" in warnings[0]
    make_path(move="orbit", distance_factor=0.05, warnings=warnings)
    assert len(warnings) == 2 and "camera.distance_factor = 0.05" in warnings[1]


def test_keyframes_are_passed_at_their_times():
    keys = (
        make_key(0.5, (0, 1, 4), (0, 1, 0), fov_deg=20),
        make_key(1.0, (3, 2, 3), (0, 0.5, 0), roll_deg=30),
        make_key(2.0, (4, 0, 0), (0, 0, 0.5), up=(0, 0, 1), fov_deg=60),
    )
    cameras = make_keyed(*keys, frame_count=91)
    for key in keys:
        camera = cameras[round(key.time_s * 30)]
        np.testing.assert_allclose([camera.eye, camera.target], [key.eye, key.target], atol=1e-12)
        assert camera.fov_deg == pytest.approx(key.fov_deg or 30)
        plain = Camera(key.eye, key.target, key.up, 30).axes()
        leaned = (
            math.cos(math.radians(key.roll_deg)) * plain[1] + math.sin(math.radians(key.roll_deg)) * plain[0]
        )
        np.testing.assert_allclose(camera.axes()[1], leaned, atol=1e-12)
    assert cameras[0] == cameras[15] and cameras[60] == cameras[90], (
        "it stands before the first and after the last"
    )


def test_keyframes_have_no_jump_in_velocity_nor_in_sight():
    keys = (
        make_key(0.0, (0, 1, 4), (0, 0, 0)),
        make_key(0.3, (3, 1, 3), (0, 1, 0), roll_deg=-20),
        make_key(1.6, (4, 2, -1), (0, 0.5, 0), up=(0.2, 1, 0)),
        make_key(2.0, (0, 3, -4), (0, 0, 0)),
    )
    coarse, fine = (make_keyed(*keys, frame_count=2 * rate, fps=rate) for rate in (500, 2000))
    for read in (eyes_of, targets_of, lambda cameras: np.array([camera.axes()[1] for camera in cameras])):
        # A jump in velocity would change it between frames by the same at every rate.
        changes = [
            np.abs(np.diff(read(c), 2, axis=0)).max() * rate for c, rate in ((coarse, 500), (fine, 2000))
        ]
        assert changes[1] < changes[0] / 3.5


def test_even_speed_is_even_whatever_the_times_and_passes_the_keys():
    keys = (
        make_key(0, (0, 1, 4)),
        make_key(0.1, (3, 1, 3)),
        make_key(1.9, (4, 2, 0)),
        make_key(2.0, (0, 3, -4)),
    )
    cameras = make_keyed(*keys, frame_count=2001, fps=1000, even_speed=True)
    steps = np.linalg.norm(np.diff(eyes_of(cameras), axis=0), axis=1)
    assert steps.min() / steps.max() > 0.999
    assert all(np.linalg.norm(eyes_of(cameras) - key.eye, axis=1).min() < steps.max() for key in keys)


def test_a_lens_zooms_by_even_factors():
    cameras = make_keyed(make_key(0, (0, 0, 5), fov_deg=60), make_key(2, (0, 0, 5), fov_deg=10))
    tangents = np.tan(np.radians([camera.fov_deg for camera in cameras]) / 2)
    np.testing.assert_allclose(tangents[1:] / tangents[:-1], (tangents[-1] / tangents[0]) ** (1 / 60))


def test_a_camera_that_looks_along_its_up_keeps_its_right_side_and_tells():
    warnings = []
    rise = make_key(0, (0, 3, 3)), make_key(2, (0, 4.2, 0))
    cameras = make_keyed(*rise, warnings=warnings)
    np.testing.assert_allclose([camera.axes()[0] for camera in cameras], [(1, 0, 0)] * 61, atol=1e-9)
    assert len(warnings) == 1 and "2 s" in warnings[0] and "up" in warnings[0]
    above = make_keyed(make_key(0, (0, 3, 0)), make_key(2, (0, 5, 0)))
    np.testing.assert_allclose(above[7].axes(), [(1, 0, 0), (0, 0, -1), (0, -1, 0)], atol=1e-12)


def test_an_eye_inside_the_box_and_keys_after_the_end_are_told():
    warnings = []
    keys = (
        make_key(0, (0.1, 0.5, 3)),
        make_key(1, (0.1, 0.5, -0.3), (0, 0, -5)),
        make_key(9, (0, 0, -3), (0, 0, -9)),
    )
    make_keyed(*keys, warnings=warnings)
    assert any("inside the asset's box" in sentence and "61 frames" in sentence for sentence in warnings)
    assert any("before 1 of the keys" in sentence for sentence in warnings)


def test_an_eye_that_meets_its_target_between_keys_is_refused():
    keys = make_key(0, (0, 0, 2), (0, 0, -2)), make_key(2, (0, 0, -2), (0, 0, 2))
    with pytest.raises(InvalidRequestError, match="at 1 s the eye meets its target"):
        make_keyed(*keys)


@pytest.mark.parametrize("move", FRAMED)
def test_one_frame_is_the_beginning(move):
    first, more = make_path(1, move=move), make_path(50, move=move)
    assert first == more[:1]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"frame_count": 0}, "frame_count = 0"),
        ({"fps": 0.0}, "fps = 0.0"),
        ({"aspect": math.nan}, "aspect = nan"),
        ({"lower": [0, 0, math.nan]}, "bounds"),
        ({"upper": BOX[0]}, "bounds"),
        ({"points": [[0.0, math.inf, 0.0]]}, "points"),
        ({"points": []}, "points"),
    ],
)
def test_what_gives_no_path_is_refused(changes, named):
    given = {
        "lower": BOX[0],
        "upper": BOX[1],
        "points": CORNERS,
        "frame_count": 4,
        "fps": 30.0,
        "aspect": 1.0,
    }
    with pytest.raises(InvalidRequestError, match=named):
        camera_path(CameraPath(), **{**given, **changes})


def test_a_path_is_written_as_its_schema_says_and_read_back_to_the_last_digit():
    cameras = make_path(7, fps=29.97, move="spiral")
    text = path_json(cameras, 29.97)
    jsonschema.validate(json.loads(text), path_schema())
    assert read_path_json(text) == (cameras, 29.97)
    assert [frame["time_s"] for frame in json.loads(text)["frames"]] == [index / 29.97 for index in range(7)]


@pytest.mark.parametrize(
    ("change", "named"),
    [({"version": 2}, "version"), ({"frames": []}, "frames"), ({"fps": 0}, "fps"), ({"speed": 1}, "speed")],
)
def test_what_is_no_path_is_refused(change, named):
    document = json.loads(path_json(make_path(2), 30.0))
    with pytest.raises(InvalidRequestError, match=named):
        read_path_json(json.dumps({**document, **change}))


@pytest.mark.parametrize("move", FRAMED)
def test_a_field_changes_the_cameras_if_and_only_if_the_move_reads_it(move):
    others = {
        "azimuth_deg": 50, "elevation_deg": 40, "elevation_end_deg": 70, "turns": 1.5, "distance_factor": 1.3,
        "distance_factor_end": 0.8, "hold_size": True, "fov_deg": 50, "focal_length_mm": 70, "easing": "in",
    }  # fmt: skip
    assert others.keys() == CameraPath.model_fields.keys() - {"move", "keys", "even_speed"}
    for field, value in others.items():
        path = CameraPath(move=move, **{field: value})
        is_read = make_path(5, move=move) != make_path(5, move=move, **{field: value})
        sentences = idle_fields(path)
        assert is_read == path.reads(field) == (not sentences), field
        assert is_read or f"camera.{field} has no effect" in sentences[0]


TWO_KEYS = (
    {"time_s": 0, "eye": [0, 0, 3], "target": [0, 0, 0]},
    {"time_s": 1, "eye": [3, 0, 0], "target": [0, 0, 0]},
)


def spoiled(**changes):
    return {"move": "keyframes", "keys": [{**TWO_KEYS[0], **changes}, TWO_KEYS[1]]}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"fov_deg": 30, "focal_length_mm": 50}, "give one of them"),
        ({"move": "keyframes", "keys": TWO_KEYS[:1]}, "2 to 64 keys, and there are 1"),
        ({"move": "keyframes", "keys": TWO_KEYS * 33}, "at most 64"),
        ({"move": "orbit", "keys": TWO_KEYS}, "orbit reads no keys"),
        ({"move": "keyframes", "keys": TWO_KEYS[::-1]}, "keys.1.time_s = 0 is not later"),
        (spoiled(time_s=1), "keys.1.time_s = 1 is not later"),
        (spoiled(eye=[0, 0, 0]), "eye and target are both"),
        (spoiled(up=[0, 0, 0]), "has no direction"),
        (spoiled(eye=[0, 0, math.nan]), "finite"),
        (spoiled(eye=[0, "1", 3]), "must be a number"),
        ({**spoiled(eye=TWO_KEYS[1]["eye"]), "even_speed": True}, "never rests"),
        ({"move": "dolly", "hold_size": True, "distance_factor_end": 0.05}, "hold_size ends at fov_deg 159"),
        ({"hold_size": 1}, "true or false"),
        ({"turns": True}, "must be a number"),
        ({"turns": math.inf}, "finite"),
        ({"zoom": 2}, "Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_job(fields, words):
    with pytest.raises(ValidationError, match=words):
        CameraPath.model_validate(fields)
