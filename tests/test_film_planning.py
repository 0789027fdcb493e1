"""From the request of a film to its plan: what is asked for, refused, warned of, and shared between films."""

import pytest

from serve.admission import new_job, with_assets
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import ArtifactMissingError, InvalidRequestError
from serve.contracts.requests import parse_request
from serve.contracts.video import MAX_FRAME_COUNT, ThreeDToVideoRequest
from serve.operations import THREE_D_TO_VIDEO
from serve.planning import check_plan, film_work, plan_three_d_to_video
from tests.video_judges import require_video

DIGEST, OTHER = "a" * 64, "b" * 64
KEYS = [
    {"time_s": 0, "eye": [0, 1, 3], "target": [0, 0, 0]},
    {"time_s": 1, "eye": [3, 1, 0], "target": [0, 0, 0]},
]


def keyed(**fields):
    """A camera's keys, with other fields in the first."""
    return {"camera": {"move": "keyframes", "keys": [KEYS[0] | fields, KEYS[1]]}}


def request(**fields):
    subject = {} if "text_to_3d" in fields else {"asset": DIGEST}
    return parse_request(ThreeDToVideoRequest, subject | {"codec": "png"} | fields)


def plan(**fields):
    found = plan_three_d_to_video(request(**fields))
    check_plan(
        with_assets(found, lambda digest: ArtifactRef(digest=digest, media_type="model/stl", byte_count=84))
    )
    return found


def stages(found):
    return [call.stage for call in found.calls]


def call_of(found, stage):
    return next(call for call in found.calls if call.stage == stage)


def test_a_turntable_needs_no_rig():
    assert stages(plan(duration_s=0.1)) == [
        "read_mesh",
        "export",
        "aim",
        "peek",
        "render_frames",
        "encode_video",
    ]


def test_what_moves_is_rigged_and_its_file_plays():
    found = plan(duration_s=0.1, motion={"preset": "walk"})
    assert stages(found)[:4] == ["read_mesh", "rig", "animate", "export_animation"]
    assert found.results["glb"] == "export_animation.asset"
    for stage in ("aim", "peek", "render_frames"):
        assert call_of(found, stage).inputs["clip"] == "animate.clip"
    assert "biped" in call_of(found, "rig").params["kinds"]


def test_a_recorded_motion_is_taken_over_from_its_file():
    found = plan(duration_s=0.1, motion={"preset": "bvh", "bvh": OTHER})
    assert call_of(found, "retarget").inputs["file"] == f"asset.{OTHER}"
    assert "animate" not in stages(found)


def test_a_sentence_is_made_first_in_the_same_graph():
    found = plan(duration_s=0.1, text_to_3d={"prompt": "a robot", "quality": "draft"})
    assert stages(found)[0] == "encode_text"
    assert call_of(found, "render_frames").inputs["mesh"] == "segment.mesh"
    textured = plan(duration_s=0.1, text_to_3d={"prompt": "a robot", "texture_size": 512})
    assert call_of(textured, "render_frames").inputs["mesh"] == "bake.mesh"
    assert call_of(textured, "export").params["name"] == "a-robot"


def test_the_seed_of_the_sentence_is_drawn_once_and_told():
    job = new_job(THREE_D_TO_VIDEO, request(text_to_3d={"prompt": "a robot"}), "local")
    assert job.seed == job.request["text_to_3d"]["seed"] >= 0
    given = new_job(THREE_D_TO_VIDEO, request(text_to_3d={"prompt": "a robot", "seed": 7}), "local")
    assert given.seed == 7
    assert new_job(THREE_D_TO_VIDEO, request(), "local").seed == 0


@pytest.mark.parametrize(
    "fields", [{}, {"duration_s": 0.03, "fps": 1}, {"quality": "ultra"}, {"fps": 23.976}]
)
def test_the_chunks_are_all_frames_once_in_their_order(fields):
    asked, found = request(**fields), plan(**fields)
    chunks = [call.params for call in found.calls if call.stage == "render_frames"]
    frames = [
        index for chunk in chunks for index in range(chunk["first"], chunk["first"] + chunk["frame_count"])
    ]
    assert frames == list(range(asked.frame_count))
    inputs = call_of(found, "encode_video").inputs
    assert list(inputs) == [f"frames{number}" for number in range(len(chunks))]
    assert call_of(found, "encode_video").params["frame_count"] == asked.frame_count


def test_what_takes_long_is_cut_into_smaller_chunks():
    def largest(**fields):
        return max(
            call.params["frame_count"] for call in plan(**fields).calls if call.stage == "render_frames"
        )

    assert largest(quality="draft") > largest(quality="medium") > largest(quality="high")
    assert largest(quality="ultra", duration_s=2) >= 4


def test_another_codec_takes_the_same_frames():
    def frames(**fields):
        return [call for call in plan(**fields).calls if call.stage == "render_frames"]

    require_video()
    assert frames(codec="h264") == frames(codec="vp9") == frames(codec="png")
    assert frames(background={"kind": "transparent"}) != frames()


def test_files_that_a_film_needs_are_the_tenants_or_missing():
    found = plan_three_d_to_video(request(duration_s=0.1, light={"environment": OTHER}))
    with pytest.raises(ArtifactMissingError, match=OTHER):
        with_assets(found, {DIGEST: ArtifactRef(digest=DIGEST, media_type="model/stl", byte_count=84)}.get)


def test_what_a_camera_does_not_read_is_warned_of():
    [warning] = plan(duration_s=0.1, camera={"move": "still", "turns": 3}).warnings
    assert "camera.turns" in warning


def test_more_is_expected_to_take_longer():
    rows = [{}, {"quality": "high"}, {"duration_s": 9}, {"sample_count": 64}, {"motion": {"preset": "walk"}}]
    times = [THREE_D_TO_VIDEO.estimate_s(request(**fields)) for fields in rows]
    assert times[0] == min(times)
    assert len(set(times)) == len(times)
    assert film_work(request(width=100, height=50, fps=10, duration_s=1, sample_count=3)) == 150_000


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        (keyed(eye=[0, 1e6, 3]), "camera.keys", ["keys.0.eye.1", "from -100,000.0 to 100,000.0"]),
        (keyed(eye=[0, 1, 3, 4]), "camera.keys", ["keys.0.eye: it should have at most 3 items, not 4"]),
        (keyed(eye=[0, 1]), "camera.keys", ["keys.0.eye.2", "is missing"]),
        ({"asset": None}, None, ["either asset or text_to_3d"]),
        ({"text_to_3d": {"prompt": "a mug"}, "asset": DIGEST}, None, ["not both"]),
        ({"text_to_3d": {"prompt": " "}}, "text_to_3d.prompt", ["empty"]),
        (
            {"text_to_3d": {"prompt": "a mug", "format": "stl"}},
            "text_to_3d.format",
            ["no such field", "seed"],
        ),
        ({"duration_s": 1e6}, "duration_s", ["1000000.0", "from 0.03 to 120"]),
        ({"fps": 120, "duration_s": 31}, None, ["3,720 frames", "3,600"]),
        ({"width": 4096}, None, ["4,096", "9,437,184"]),
        ({"width": 4096, "height": 2304, "duration_s": 60}, None, ["1,800 frames", "2,000,000,000"]),
        ({"width": 15}, "width", ["15", "from 16 to 4,096"]),
        ({"width": "512"}, "width", ["'512'", "number"]),
        ({"fps": float("nan")}, "fps", ["finite"]),
        ({"codec": "gif", "container": "mp4"}, None, ["gif", "a file of its own"]),
        ({"codec": "h264", "container": "webm"}, None, ["h264", "mp4"]),
        ({"codec": "h264", "background": {"kind": "transparent"}}, None, ["h264", "vp9"]),
        ({"background": {"kind": "gradient", "color": "#ffffff"}}, "background", ["color and color_end"]),
        ({"background": {"color": "#ffffff"}}, "background", ["no color"]),
        ({"background": {"kind": "color", "color": "white"}}, "background.color", ["white"]),
        ({"motion": {"preset": "dance"}}, "motion.preset", ["dance", "walk"]),
        ({"motion": {"preset": "bvh"}}, "motion", ["both or neither"]),
        ({"motion": {"preset": "walk", "bvh": DIGEST}}, "motion", ["both or neither"]),
        ({"motion": {"preset": "spin", "turns": 2}}, "motion", ["preset spin"]),
        ({"light": {"intensity": 0}}, "light.intensity", ["from 0.01 to 100"]),
        ({"light": {"sun": 1}}, "light.sun", ["no such field", "rotation_deg"]),
        ({"camera": {"fov_deg": 30, "focal_length_mm": 50}}, "camera", ["give one of them"]),
        ({"camera": {"fov_deg": 200}}, "camera.fov_deg", ["200", "from 1.0 to 150.0"]),
        ({"camera": {"move": "keyframes", "keys": KEYS[:1]}}, "camera", ["2 to 64"]),
        ({"camera": {"move": "keyframes", "keys": KEYS[::-1]}}, "camera", ["not later"]),
        (
            {"camera": {"move": "keyframes", "keys": [KEYS[0] | {"eye": [0, 0, 0]}]}},
            "camera.keys",
            ["both at"],
        ),
    ],
)
def test_bad_fields_of_a_film_are_named_with_their_value_and_a_remedy(fields, field, words):
    with pytest.raises(InvalidRequestError) as caught:
        request(**fields)
    assert caught.value.field == field
    for word in words:
        assert word in caught.value.message


def test_the_longest_film_is_planned():
    found = plan(width=512, height=512, fps=30, duration_s=120)
    assert call_of(found, "aim").params["frame_count"] == MAX_FRAME_COUNT
