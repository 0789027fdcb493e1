"""Plans: pure, checked, and explicit about what they cut."""

import pytest

from serve.contracts.errors import InvalidRequestError, UnsupportedFormatError
from serve.contracts.plan import Plan
from serve.contracts.quality import TIERS, Quality
from serve.formats import FORMATS
from serve.planning import asset_name, check_plan, plan_text_to_3d


def params(plan: Plan, stage: str):
    return next(call.params for call in plan.calls if call.stage == stage)


@pytest.mark.parametrize("quality", Quality)
def test_a_tier_reaches_the_stages(quality, make_request):
    tier = TIERS[quality]
    plan = plan_text_to_3d(make_request(quality=quality.value, poly_count=500))
    check_plan(plan)
    assert params(plan, "denoise")["step_count"] == tier.step_count
    assert params(plan, "extract_mesh")["resolution"] == tier.resolution
    assert params(plan, "decimate")["poly_count"] == 500
    assert params(plan, "render") == {"size": tier.picture_size, "sample_count": tier.sample_count}
    assert plan.warnings == ()


def test_planning_is_pure(make_request):
    assert plan_text_to_3d(make_request()) == plan_text_to_3d(make_request())


def test_urgency_is_no_part_of_the_plan(make_request):
    assert plan_text_to_3d(make_request(priority="batch", deadline_s=9)) == plan_text_to_3d(make_request())


def test_a_poly_count_beyond_the_tier_is_cut_with_a_warning(make_request):
    plan = plan_text_to_3d(make_request(poly_count=400_000))
    assert params(plan, "decimate")["poly_count"] == TIERS[Quality.DRAFT].max_face_count
    assert "400,000" in plan.warnings[0]
    assert "draft" in plan.warnings[0]


def test_texture_size_warns_until_there_are_textures(make_request):
    assert "texture_size" in plan_text_to_3d(make_request(texture_size=512)).warnings[0]


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.ext)
def test_every_format_is_planned_or_refused_with_alternatives(row, make_request):
    request = make_request(format=row.ext)
    if row.available:
        assert plan_text_to_3d(request).main == row.ext
    else:
        with pytest.raises(UnsupportedFormatError, match="glb, obj, ply, stl"):
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
