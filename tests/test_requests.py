"""Requests: what is let in, and what is said of the rest."""

import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.contracts import errors
from serve.contracts.errors import ERRORS, GalateaError, InvalidRequestError
from serve.contracts.quality import TIERS, Quality
from serve.contracts.requests import ConvertRequest, TextTo3dRequest, parse_request


def test_defaults_are_those_of_the_interface():
    request = parse_request(TextTo3dRequest, {"prompt": "a lamp"})
    assert request.model_dump(mode="json") == {
        "prompt": "a lamp",
        "negative_prompt": "",
        "format": "glb",
        "quality": "medium",
        "poly_count": 10_000,
        "texture_size": None,
        "guidance_scale": 7.5,
        "seed": -1,
        "lod_count": 0,
        "compression": "none",
        "policy": None,
        "priority": "normal",
        "deadline_s": None,
        "webhook_url": None,
    }


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "prompt", ["prompt", "missing"]),
        ({"prompt": ""}, "prompt", ["empty", "describe"]),
        ({"prompt": " \n\t "}, "prompt", ["empty"]),
        ({"prompt": "x" * 10_000}, "prompt", ["10,000", "1,000"]),
        ({"prompt": "a\0lamp"}, "prompt", ["U+0000", "remove"]),
        ({"prompt": "a \ud800 lamp"}, "prompt", ["prompt"]),
        ({"prompt": 7}, "prompt", ["7", "string"]),
        ({"prompt": "a", "format": "gltx"}, "format", ["gltx", "glb"]),
        ({"prompt": "a", "quality": "best"}, "quality", ["best", "medium"]),
        ({"prompt": "a", "poly_count": -1}, "poly_count", ["-1", "100", "500,000"]),
        ({"prompt": "a", "poly_count": 10**9}, "poly_count", ["1000000000", "500,000"]),
        ({"prompt": "a", "poly_count": 150.5}, "poly_count", ["150.5"]),
        ({"prompt": "a", "texture_size": 1000}, "texture_size", ["1000", "take 256", "0 for no texture"]),
        ({"prompt": "a", "texture_size": 8192}, "texture_size", ["8192", "4,096"]),
        ({"prompt": "a", "lod_count": 5}, "lod_count", ["5", "from 0 to 4"]),
        ({"prompt": "a", "policy": "nice"}, "policy", ["nice", "print"]),
        ({"prompt": "a", "guidance_scale": 21}, "guidance_scale", ["21", "20"]),
        ({"prompt": "a", "guidance_scale": float("nan")}, "guidance_scale", ["nan"]),
        ({"prompt": "a", "seed": -2}, "seed", ["-2"]),
        ({"prompt": "a", "seed": 2**53}, "seed", ["9007199254740992"]),
        ({"prompt": "a", "deadline_s": 0}, "deadline_s", ["0"]),
        ({"prompt": "a", "priority": "urgent"}, "priority", ["urgent", "batch"]),
        ({"prompt": "a", "colour": "red"}, "colour", ["no such field", "negative_prompt"]),
        ({"prompt": "a", "webhook_url": "ftp://a.example/x"}, "webhook_url", ["http", "https://example.com"]),
        ({"prompt": "a", "webhook_url": "https:///x"}, "webhook_url", ["no http or https URL"]),
        ({"prompt": "a", "webhook_url": "https://a.example:port/"}, "webhook_url", ["no URL"]),
        ({"prompt": "a", "webhook_url": "https://[::1"}, "webhook_url", ["no URL"]),
        ({"prompt": "a", "webhook_url": "https://a:b@c.example/"}, "webhook_url", ["password", "signed"]),
        ({"prompt": "a", "webhook_url": "https://a.example/\r\nx"}, "webhook_url", ["percent-encode"]),
        (
            {"prompt": "a", "webhook_url": "https://a.example/" + "x" * 2000},
            "webhook_url",
            ["2,018", "2,000"],
        ),
        ({"prompt": "a", "webhook_url": 7}, "webhook_url", ["7"]),
    ],
)
def test_bad_field_is_named_with_its_value_and_a_remedy(fields, field, words):
    with pytest.raises(InvalidRequestError) as caught:
        parse_request(TextTo3dRequest, fields)
    assert caught.value.field == field
    for word in words:
        assert word in caught.value.message
    assert "pydantic" not in caught.value.message


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "asset", ["asset", "missing"]),
        ({"asset": "lamp.glb"}, "asset", ["lamp.glb", "64"]),
        ({"formats": []}, "formats", ["at least 1"]),
        ({"formats": ["glb", "glb"]}, "formats", ["glb twice"]),
        ({"formats": ["blend"]}, "formats", ["blend", "usdz"]),
        ({"name": "../lamp"}, "name", ["../lamp"]),
        ({"unit_m": 0}, "unit_m", ["0", "1e-06"]),
        ({"longest_m": -1}, "longest_m", ["-1"]),
        ({"repair": "yes"}, "repair", ["'yes'", "true or false"]),
        ({"repair": 1}, "repair", ["1", "true or false"]),
        ({"fill_holes": "some"}, "fill_holes", ["some", "small"]),
        ({"smooth_count": 101}, "smooth_count", ["101", "from 0 to 100"]),
        ({"remesh_resolution": 4096}, "remesh_resolution", ["4096", "from 16 to 384"]),
        ({"poly_count": 99}, "poly_count", ["99", "from 100 to 500,000"]),
        ({"texture_size": 300}, "texture_size", ["300", "take 256"]),
        ({"up_axis": "x"}, "up_axis", ["'x'"]),
    ],
)
def test_bad_field_of_a_conversion_is_named_with_its_value_and_a_remedy(fields, field, words):
    asset = {} if field == "asset" else {"asset": "0" * 64}
    with pytest.raises(InvalidRequestError) as caught:
        parse_request(ConvertRequest, asset | fields)
    assert caught.value.field == field
    for word in words:
        assert word in caught.value.message


def test_every_bad_field_is_named_at_once():
    with pytest.raises(InvalidRequestError, match=r"poly_count.*; .*seed") as caught:
        parse_request(TextTo3dRequest, {"prompt": "a", "poly_count": 3, "seed": -9})
    assert caught.value.message.count(";") >= 1


def test_a_huge_value_is_not_echoed_whole():
    with pytest.raises(InvalidRequestError) as caught:
        parse_request(TextTo3dRequest, {"prompt": "a", "format": "x" * 100_000})
    assert len(caught.value.message) < 500


def test_blanks_and_line_breaks_are_folded():
    assert parse_request(TextTo3dRequest, {"prompt": "  a\n red\tlamp "}).prompt == "a red lamp"


@given(
    st.dictionaries(
        st.sampled_from(sorted(TextTo3dRequest.model_fields)),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(),
            st.lists(st.integers(), max_size=3),
        ),
    )
)
def test_nonsense_is_a_request_or_an_invalid_request_error(fields):
    try:
        request = parse_request(TextTo3dRequest, fields)
    except InvalidRequestError as error:
        assert error.message
    else:
        assert parse_request(TextTo3dRequest, request.model_dump(mode="json")) == request


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.code)
def test_an_error_survives_the_way_between_processes(kind):
    error = pickle.loads(pickle.dumps(kind("what, which, how", "field")))
    assert type(error) is kind
    assert (error.message, error.field, str(error)) == ("what, which, how", "field", "what, which, how")


def test_the_error_table_holds_every_error_once():
    defined = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, GalateaError)
    }
    assert set(ERRORS) == defined
    assert len({kind.code for kind in ERRORS}) == len(ERRORS)
    assert sorted(kind.__name__ for kind in ERRORS) == [kind.__name__ for kind in ERRORS]


def test_a_higher_tier_is_never_less():
    tiers = [TIERS[quality] for quality in Quality]
    for lower, higher in pairwise(tiers):
        assert all(getattr(lower, name) < getattr(higher, name) for name in lower.__dataclass_fields__)
