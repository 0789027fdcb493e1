"""Plans: pure, checked, and explicit about what they cut."""

from dataclasses import replace

import pytest

from serve.admission import with_assets
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import ArtifactMissingError, InvalidRequestError, UnsupportedFormatError
from serve.contracts.plan import Plan, StageCall
from serve.contracts.quality import TIERS, Quality
from serve.contracts.requests import ConvertRequest, parse_request
from serve.formats import FORMATS
from serve.planning import asset_name, check_plan, plan_convert, plan_text_to_3d
from serve.stages import STAGES

DIGEST = "0" * 64


def params(plan: Plan, stage: str):
    return next(call.params for call in plan.calls if call.stage == stage)


@pytest.mark.parametrize("quality", Quality)
def test_a_tier_reaches_the_stages(quality, make_request):
    tier = TIERS[quality]
    plan = plan_text_to_3d(make_request(quality=quality.value, poly_count=500))
    check_plan(plan)
    assert params(plan, "denoise")["step_count"] == tier.step_count
    assert params(plan, "extract_mesh")["resolution"] == tier.resolution
    assert params(plan, "segment")["poly_count"] == 500
    assert params(plan, "render") == {"size": tier.picture_size, "sample_count": tier.sample_count}
    baked = [call.params["texture_size"] for call in plan.calls if call.stage == "bake"]
    assert baked == ([tier.texture_size] if tier.texture_size else [])
    assert plan.warnings == ()


def test_planning_is_pure(make_request):
    assert plan_text_to_3d(make_request()) == plan_text_to_3d(make_request())


def test_urgency_is_no_part_of_the_plan(make_request):
    assert plan_text_to_3d(make_request(priority="batch", deadline_s=9)) == plan_text_to_3d(make_request())


def test_a_poly_count_beyond_the_tier_is_cut_with_a_warning(make_request):
    plan = plan_text_to_3d(make_request(poly_count=400_000))
    assert params(plan, "segment")["poly_count"] == TIERS[Quality.DRAFT].max_face_count
    assert "400,000" in plan.warnings[0]
    assert "draft" in plan.warnings[0]


def test_a_texture_is_baked_from_the_fine_surface_onto_the_asset(make_request):
    plan = plan_text_to_3d(make_request(texture_size=512))
    calls = {call.name: call for call in plan.calls}
    assert calls["bake"].inputs == {"source": "source.mesh", "target": "unwrap.mesh"}
    assert calls["source"].params["poly_count"] > calls["segment"].params["poly_count"] == 2000
    assert {calls[name].inputs["mesh"] for name in ("export", "render", "turntable", "inspect")} == {
        "bake.mesh"
    }
    untextured = plan_text_to_3d(make_request(texture_size=0))
    assert {"unwrap", "bake", "source"}.isdisjoint(call.name for call in untextured.calls)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"texture_size": 2048}, "cut to 512"),
        ({"texture_size": 512, "format": "stl"}, "holds no textures"),
        ({"quality": "ultra", "poly_count": 300_000}, "more than 200,000 faces are not textured"),
    ],
)
def test_a_texture_that_cannot_be_is_warned_of(fields, words, make_request):
    plan = plan_text_to_3d(make_request(**fields))
    [warning] = plan.warnings
    assert words in warning
    assert ("bake" in stages(plan)) == ("cut" in words)


def test_levels_of_detail_halve_faces_and_texture(make_request):
    plan = plan_text_to_3d(make_request(quality="medium", poly_count=8000, lod_count=3))
    counts = [call.params["poly_count"] for call in plan.calls if call.stage == "decimate"]
    sizes = [call.params["texture_size"] for call in plan.calls if call.stage == "bake"]
    assert counts == [4000, 2000, 1000]
    assert sizes == [1024, 512, 256, 256]
    assert {"glb", "glb_lod1", "glb_lod2", "glb_lod3"} <= set(plan.results)
    assert plan.main == "glb"


def test_a_policy_that_was_asked_for_must_be_met(make_request):
    judged = {"policy": "game", "must_pass": False, "poly_count": 2000}
    assert params(plan_text_to_3d(make_request()), "inspect") == judged
    asked = plan_text_to_3d(make_request(policy="print"))
    assert params(asked, "inspect") == judged | {"policy": "print", "must_pass": True}


def convert(**fields):
    return plan_convert(parse_request(ConvertRequest, {"asset": DIGEST} | fields))


def stages(plan):
    return [call.stage for call in plan.calls]


def test_a_file_goes_through_the_steps_that_were_chosen():
    plain = convert()
    assert stages(plain) == ["read_mesh", "clean", "place", "export", "render", "render", "inspect"]
    assert plain.calls[0].inputs == {"file": f"asset.{DIGEST}"}
    assert stages(convert(repair=False))[:2] == ["read_mesh", "place"]
    every = convert(remesh_resolution=64, smooth_count=3, poly_count=900, lod_count=1, formats=["glb", "stl"])
    steps = ["read_mesh", "clean", "place", "remesh", "smooth", "decimate", "unwrap", "bake"]
    lod = ["decimate", "unwrap", "bake", "export", "export"]
    assert stages(every) == [*steps, "export", "export", *lod, "render", "render", "inspect"]
    assert set(every.results) >= {"glb", "stl", "glb_lod1", "stl_lod1", "turntable", "acceptance"}


def test_a_new_texture_is_baked_where_the_faces_change_or_it_was_asked_for():
    assert "bake" not in stages(convert())
    assert "bake" in stages(convert(texture_size=512))
    assert params(convert(poly_count=500), "bake")["texture_size"] == 1024
    assert "bake" not in stages(convert(poly_count=500, texture_size=0))
    assert "bake" not in stages(convert(poly_count=500, formats=["stl"]))


def test_levels_begin_with_a_number_that_is_told():
    plan = convert(lod_count=2)
    assert [call.params["poly_count"] for call in plan.calls if call.stage == "decimate"] == [
        10_000,
        5_000,
        2_500,
    ]
    [warning] = plan.warnings
    assert "at most 10,000 faces" in warning
    assert "poly_count" in warning


def test_an_asset_of_the_plan_is_resolved_or_missing():
    plan = convert()
    ref = ArtifactRef(digest=DIGEST, media_type="model/stl", byte_count=84)
    whole = with_assets(plan, {DIGEST: ref}.get)
    check_plan(whole)
    assert whole.assets == {DIGEST: ref}
    with pytest.raises(ArtifactMissingError, match=DIGEST):
        with_assets(plan, {}.get)
    with pytest.raises(InvalidRequestError, match="missing from asset"):
        check_plan(plan)


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.ext)
def test_every_format_is_planned_or_refused_with_alternatives(row, make_request):
    request = make_request(format=row.ext)
    if row.available:
        assert plan_text_to_3d(request).main == row.ext
    else:
        with pytest.raises(UnsupportedFormatError, match=r"or use one of .*glb"):
            plan_text_to_3d(request)


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A tall RED lamp!", "a-tall-red-lamp"),
        ("../../etc/passwd", "etc-passwd"),
        ("椅子", "asset"),
        ("x" * 500, "asset"),
        ("one two three four five six seven eight nine ten", "one-two-three-four-five-six-seven-eight"),
    ],
)
def test_a_name_is_fit_for_a_file(prompt, name):
    assert asset_name(prompt) == name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda calls: calls[:1] + calls[2:], "category"),
        (lambda calls: [calls[0].model_copy(update={"stage": "levitate"})], "levitate"),
        (lambda calls: [calls[0], calls[2].model_copy(update={"inputs": {}})], "and needs"),
        (
            lambda calls: [*calls[:5], calls[5].model_copy(update={"inputs": {"parts": "denoise.code"}})],
            "extract_mesh accepts parts",
        ),
    ],
)
def test_a_plan_whose_neighbours_do_not_meet_is_refused(change, words, make_request):
    plan = plan_text_to_3d(make_request())
    broken = plan.model_copy(update={"calls": tuple(change(list(plan.calls)))})
    with pytest.raises(InvalidRequestError, match=words):
        check_plan(broken)


def test_a_result_that_no_call_gives_is_refused(make_request):
    plan = plan_text_to_3d(make_request())
    with pytest.raises(InvalidRequestError, match="come from no call"):
        check_plan(plan.model_copy(update={"results": {"glb": "export.film"}}))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"mesh": "a.mesh"}, None),
        ({"mesh": "a.mesh", "clip": "a.clip"}, None),
        ({"mesh": "a.mesh", "part0": "a.part", "part1": "a.part"}, None),
        ({"mesh": "a.mesh", "part0": "a.clip"}, "input part0 is clip from a.clip; join accepts part"),
        ({"mesh": "a.mesh", "part": "a.part"}, "has inputs"),
        ({"mesh": "a.mesh", "clip?": "a.clip"}, "has inputs"),
        ({"clip": "a.clip"}, "has inputs"),
    ],
)
def test_inputs_may_be_left_out_or_be_many_where_the_stage_says_so(given, expected, make_request):
    first = replace(STAGES["assemble"], accepts={}, returns={"mesh": "mesh", "clip": "clip", "part": "part"})
    join = replace(first, name="join", accepts={"mesh": "mesh", "clip?": "clip", "part*": "part"}, returns={})
    optional = replace(join, accepts={"mesh": "mesh", "clip?": "clip"})
    stages = {"a": first, "join": join if any(name.startswith("part") for name in given) else optional}
    calls = (StageCall(name="a", stage="a"), StageCall(name="join", stage="join", inputs=given))
    plan = Plan(calls=calls, results={"mesh": "a.mesh"}, main="mesh")
    if expected is None:
        check_plan(plan, stages)
    else:
        with pytest.raises(InvalidRequestError, match=expected):
            check_plan(plan, stages)
    with pytest.raises(InvalidRequestError, match="has inputs"):
        check_plan(
            plan.model_copy(update={"calls": (calls[0], calls[1].model_copy(update={"inputs": {}}))}), stages
        )
