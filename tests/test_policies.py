"""The policies: what each asks of an asset, and the page that says so."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from serve.contracts.acceptance import Acceptance, AcceptancePolicy, MaterialReport, TextureReport
from serve.geometry.cleaning import CleanSettings, clean
from serve.geometry.inspection import measure
from serve.geometry.mesh import TextureMaps
from serve.geometry.policies import POLICIES, judge
from tests import nasty_meshes as nasty

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "acceptance.md"


def measured(mesh):
    return measure(mesh, 1_234)


@pytest.mark.parametrize("policy", AcceptancePolicy)
@pytest.mark.parametrize("make", [nasty.box, nasty.torus, nasty.nested_shells, nasty.two_colors])
def test_sound_solids_are_fit_for_everything(policy, make):
    report = judge(measured(make()), policy, poly_count=10_000)
    assert report.accepted, report.checks


@pytest.mark.parametrize(
    ("name", "failing"),
    [
        ("cloth", {"strict": ["volume", "watertight"], "game": [], "print": ["volume", "watertight"]}),
        ("inside_out", {policy: ["outward"] for policy in ("game",)} | {"print": ["outward", "volume"]}),
        ("crossing_boxes", {"strict": ["self_intersections"], "print": ["self_intersections"], "sim": []}),
        ("two_cubes_on_a_corner", {"strict": ["manifold"], "print": [], "sim": []}),
        ("two_cubes_on_an_edge", {"print": ["volume", "watertight"], "game": []}),
        ("with_duplicate_faces", {"game": ["duplicate_faces"]}),
        ("with_zero_area_faces", {"game": ["degenerate_faces", "duplicate_faces"], "print": []}),
        ("half_flipped", {"game": ["outward"], "sim": ["outward", "volume", "watertight"]}),
    ],
)
def test_each_policy_fails_what_is_unfit_for_it(name, failing):
    measures = measured({**nasty.OPEN, **nasty.BROKEN}[name]())
    for policy, names in failing.items():
        report = judge(measures, AcceptancePolicy(policy))
        assert [check.name for check in report.checks if not check.passed] == names
        assert report.accepted == (not names)


@pytest.mark.parametrize("name", sorted(nasty.BROKEN.keys() - {"bow_tie", "crossing_boxes", "three_sheets"}))
def test_what_is_repaired_passes_the_strictest_policy(name):
    """All but open sheets, and solids that cross, which only `remesh` makes one."""
    mesh, _ = clean(nasty.BROKEN[name](), CleanSettings())
    report = judge(measured(mesh), AcceptancePolicy.STRICT)
    assert report.accepted, report.checks


def test_strict_asks_for_everything_that_another_policy_asks_for():
    asked = {check.name for checks in POLICIES.values() for check in checks}
    assert {check.name for check in POLICIES[AcceptancePolicy.STRICT]} == asked


def test_more_faces_than_were_asked_for_fail_every_policy():
    measures = measured(nasty.box())
    for policy in AcceptancePolicy:
        (failed,) = [check for check in judge(measures, policy, poly_count=11).checks if not check.passed]
        assert (failed.name, failed.message) == ("budget", "there are 12 faces; at most 11 were asked for")
        assert judge(measures, policy, poly_count=12).accepted


def test_stacked_charts_fail_where_there_is_a_texture_and_only_there():
    mesh = nasty.with_corner_data(nasty.box())
    assert judge(measured(mesh), AcceptancePolicy.GAME).accepted
    maps = TextureMaps(np.zeros((64, 64, 3), np.uint8))
    mesh = replace(mesh, textures=(maps,), surfaces=(replace(mesh.surfaces[0], texture=0),))
    (failed,) = [c for c in judge(measured(mesh), AcceptancePolicy.GAME).checks if not c.passed]
    assert failed.name == "texture_overlap"


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_an_asset_in_the_wrong_unit_has_no_sane_size(scale):
    report = judge(measured(nasty.moved(nasty.box(), (0, 0, 0), scale)), AcceptancePolicy.GAME)
    assert [check.name for check in report.checks if not check.passed] == ["size"]


def test_checks_are_sorted_sentences():
    for policy in AcceptancePolicy:
        checks = judge(measured(nasty.with_holes()), policy, poly_count=1).checks
        names = [check.name for check in checks]
        assert names == sorted(set(names))
        assert all("; " in check.message and "None" not in check.message for check in checks)


def test_the_page_names_every_field_check_and_policy():
    text = DOCUMENT.read_text(encoding="utf-8")
    fields = {*Acceptance.model_fields, *TextureReport.model_fields, *MaterialReport.model_fields}
    for name in sorted(fields):
        assert f"`{name}`" in text, name
    header, *rows = text[text.index("| check |") :].splitlines()
    columns = re.findall(r"`(\w+)`", header)
    assert columns == [policy.value for policy in AcceptancePolicy]
    for name in sorted({check.name for checks in POLICIES.values() for check in checks}):
        row = next(line for line in rows if line.startswith(f"| `{name}` |"))
        asked = [cell.strip() != "" for cell in row.split("|")[3:-1]]
        expected = [name in {check.name for check in POLICIES[policy]} for policy in AcceptancePolicy]
        assert asked == expected, name
