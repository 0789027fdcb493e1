"""The acceptance report: measures with known answers, and the stage that gives it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from serve.artifacts import pack
from serve.contracts.acceptance import (
    Acceptance,
    AcceptancePolicy,
    MaterialReport,
    Measures,
    SelfIntersectionMethod,
    TextureReport,
)
from serve.contracts.errors import CancelledJobError, InvalidRequestError, NotAcceptableError
from serve.contracts.stage import Context
from serve.geometry.arrays import mesh_to_arrays
from serve.geometry.inspection import measure
from serve.geometry.inspection_texture import coverage_of
from serve.geometry.mesh import TextureMaps
from serve.geometry.policies import judge
from serve.stages.inspect import SPEC, InspectParams
from tests import nasty_meshes as nasty
from tests.toolboxes import Toolbox

SQUARE = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)


def measured(mesh):
    return measure(mesh, 1_234)


def faults(measures):
    """The counts of what is wrong that are not 0."""
    names = [name for name in Measures.model_fields if name.endswith("_count")]
    sound = {"vertex_count", "face_count", "component_count", "part_count", "byte_count"}
    return {name: getattr(measures, name) for name in names if name not in sound and getattr(measures, name)}


def test_a_box_measures_what_a_box_measures():
    measures = measured(nasty.moved(nasty.box((2.0, 1.0, 0.5)), (0.0, 0.5, 0.0)))
    assert (measures.vertex_count, measures.face_count, measures.component_count) == (8, 12, 1)
    assert measures.watertight
    assert measures.volume_m3 == pytest.approx(1.0)
    assert measures.area_m2 == pytest.approx(7.0)
    assert (measures.bounds_m.lower, measures.bounds_m.upper) == ((-1, 0, -0.25), (1, 1, 0.25))
    assert measures.self_intersection_method is SelfIntersectionMethod.EXACT
    assert measures.byte_count == 1_234
    assert measures.texture is None
    assert faults(measures) == {}


def test_a_fine_torus_has_the_area_and_volume_of_the_formula():
    measures = measured(nasty.torus(0.5, 0.2, 300, 200))
    assert measures.volume_m3 == pytest.approx(2 * np.pi**2 * 0.5 * 0.2**2, rel=1e-3)
    assert measures.area_m2 == pytest.approx(4 * np.pi**2 * 0.5 * 0.2, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "watertight", "component_count", "expected"),
    [
        ("bow_tie", False, 2, {"boundary_edge_count": 6, "nonmanifold_vertex_count": 1}),
        ("cloth", False, 1, {"boundary_edge_count": 96}),
        ("inside_out", True, 1, {"inverted_component_count": 1}),
        ("moebius_strip", False, 1, {"boundary_edge_count": 96, "misoriented_edge_count": 1}),
        ("nested_shells", True, 3, {}),
        ("one_triangle", False, 1, {"boundary_edge_count": 3}),
        ("soup", True, 1, {}),
        ("three_sheets", False, 3, {"boundary_edge_count": 9, "nonmanifold_edge_count": 1}),
        ("two_cubes_on_a_corner", True, 2, {"nonmanifold_vertex_count": 1}),
        ("two_cubes_on_an_edge", False, 2, {"nonmanifold_edge_count": 1}),
        ("with_a_bead", True, 2, {}),
        ("with_duplicate_vertices", True, 1, {}),
        ("with_holes", False, 1, {"boundary_edge_count": 36}),
    ],
)
def test_each_fault_is_named_and_no_other(name, watertight, component_count, expected):
    measures = measured({**nasty.OPEN, **nasty.BROKEN}[name]())
    assert faults(measures) == expected
    assert (measures.watertight, measures.component_count) == (watertight, component_count)
    assert (measures.volume_m3 is None) != watertight


def test_faces_that_are_none_are_counted_and_change_nothing_else():
    ring, littered = measured(nasty.torus()), measured(nasty.with_zero_area_faces())
    assert littered.degenerate_face_count == 98
    assert littered.watertight
    assert littered.volume_m3 == pytest.approx(ring.volume_m3)
    assert littered.area_m2 == pytest.approx(ring.area_m2)


def test_a_face_that_is_there_three_times_is_two_duplicates():
    measures = measured(nasty.with_duplicate_faces())
    assert measures.duplicate_face_count == 231
    assert measures.self_intersection_count == 0
    assert measures.nonmanifold_edge_count > 0


def test_what_nested_shells_enclose_is_less_by_the_void():
    assert measured(nasty.nested_shells()).volume_m3 == pytest.approx(1.0 - 0.8**3 + 0.3**3)


@pytest.mark.parametrize(
    ("make", "inverted_count"),
    [
        (lambda: nasty.joined(nasty.box(), nasty.moved(nasty.flipped(nasty.box()), (3, 0, 0))), 1),
        (lambda: nasty.joined(nasty.box(), nasty.flipped(nasty.box((0.5, 0.5, 0.5)))), 0),
        (lambda: nasty.flipped(nasty.nested_shells()), 2),
        (lambda: nasty.joined(nasty.nested_shells(), nasty.flipped(nasty.box((0.1, 0.1, 0.1)))), 0),
        (lambda: nasty.joined(nasty.cloth(), nasty.moved(nasty.inside_out(), (0, 2, 0))), 1),
    ],
    ids=["beside", "void", "hollow box inside out", "void in the inner box", "above a cloth"],
)
def test_a_void_is_not_inside_out_and_a_solid_may_be(make, inverted_count):
    assert measured(make()).inverted_component_count == inverted_count


MEASURABLE = sorted(
    {**nasty.SOUND, **nasty.OPEN, **nasty.BROKEN}.keys() - {"hidden_indices", "with_nan_vertices"}
)


@pytest.mark.parametrize("name", MEASURABLE)
def test_another_library_measures_the_same(name):
    mesh = {**nasty.SOUND, **nasty.OPEN, **nasty.BROKEN}[name]()
    # It leaves faces of repeated corners in; whoever reads a file drops them.
    a, b, c = mesh.faces.T
    whole = mesh.faces[(a != b) & (b != c) & (c != a)]
    theirs = trimesh.Trimesh(mesh.vertices, whole, process=True, validate=False)
    measures = measured(mesh)
    assert measures.area_m2 == pytest.approx(theirs.area)
    assert measures.bounds_m.lower == pytest.approx(theirs.bounds[0], abs=1e-7)
    assert measures.watertight == (theirs.is_watertight and theirs.is_winding_consistent)
    if measures.watertight:
        assert measures.volume_m3 == pytest.approx(theirs.volume, rel=1e-6)
        nodes = np.arange(len(theirs.faces))
        pieces = trimesh.graph.connected_components(theirs.face_adjacency, min_len=1, nodes=nodes)
        assert measures.component_count == len(pieces)


def test_slivers_are_long_and_thin_and_have_area():
    points = np.array([[0.0, 0, 0], [1, 0, 0], [0.5, 0.011, 0], [0.5, -0.009, 0], [0.5, 0, 2e-6]])
    measures = measured(nasty.mesh_of(points, np.array([[0, 1, 2], [0, 3, 1], [0, 1, 4]])))
    assert (measures.sliver_face_count, measures.degenerate_face_count) == (1, 1)


@pytest.mark.parametrize("name", ["hidden_indices", "with_nan_vertices"])
def test_what_cannot_be_measured_is_refused_with_what_to_do(name):
    with pytest.raises(InvalidRequestError, match="clean it first"):
        measured(nasty.BROKEN[name]())


def test_a_mesh_without_faces_is_refused():
    with pytest.raises(InvalidRequestError, match="no faces"):
        measured(nasty.mesh_of(np.zeros((3, 3)), np.zeros((0, 3), np.int32)))


def test_a_mesh_of_faces_without_area_has_a_report():
    measures = measured(nasty.mesh_of(np.zeros((3, 3)), np.array([[0, 1, 2]])))
    assert (measures.vertex_count, measures.component_count, measures.watertight) == (1, 0, False)
    assert not judge(measures, AcceptancePolicy.GAME).accepted


def test_a_million_faces_are_measured_exactly():
    measures = measured(nasty.million_faces())
    assert faults(measures) == {}
    assert measures.self_intersection_method is SelfIntersectionMethod.EXACT


def test_surfaces_that_look_alike_are_one_material():
    red, blue = nasty.two_colors().surfaces
    mesh = nasty.joined(nasty.two_colors(), nasty.box())
    mesh = replace(mesh, surfaces=(red, blue, replace(red, name="lid")))
    shown = [(row.base_color, row.face_count) for row in measured(mesh).materials]
    assert sorted(shown) == sorted([(red.base_color, 3_200 + 12), (blue.base_color, 3_200)])
    assert {type(row) for row in measured(mesh).materials} == {MaterialReport}


# How a mesh lies in its texture


def covered_by_hand(corner_uv, size):
    """Coverage and overlap by asking every cell's centre of every face."""
    centres = (np.arange(size) + 0.5) / size
    u, v = np.meshgrid(centres, centres)
    counts = np.zeros((size, size), int)
    for a, b, c in corner_uv.astype(np.float64):
        sides = [(q[0] - p[0]) * (v - p[1]) - (q[1] - p[1]) * (u - p[0]) for p, q in ((a, b), (b, c), (c, a))]
        counts += (np.minimum.reduce(sides) > 0) | (np.maximum.reduce(sides) < 0)
    return float((counts > 0).mean()), float((counts > 1).sum() / max((counts > 0).sum(), 1))


def test_coverage_and_overlap_are_those_of_every_point_asked_by_hand():
    corner_uv = np.random.default_rng(2).random((60, 3, 2)).astype(np.float32)
    corner_uv = 0.5 + 0.4 * (corner_uv - 0.5) * [1.0, 0.3] + np.linspace(-0.3, 0.3, 60)[:, None, None]
    assert coverage_of(corner_uv.astype(np.float32), 128) == covered_by_hand(
        corner_uv.astype(np.float32), 128
    )


def test_neighbours_in_the_texture_neither_overlap_nor_leave_gaps():
    rng = np.random.default_rng(4)
    u, v = np.meshgrid(np.linspace(0, 1, 40), np.linspace(0, 1, 40))
    moved = np.zeros((40, 40, 2))
    moved[1:-1, 1:-1] = rng.uniform(-0.008, 0.008, (38, 38, 2))  # less than a third of a cell
    points = np.stack([u, v], axis=2) + moved
    a, b, c, d = points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]
    corner_uv = np.concatenate([np.stack([a, b, c], 2), np.stack([a, c, d], 2)]).reshape(-1, 3, 2)
    assert coverage_of(corner_uv.astype(np.float32)) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("corner_uv", "coverage", "overlap"),
    [
        (SQUARE, 1.0, 0.0),
        (SQUARE[:, ::-1], 1.0, 0.0),
        (SQUARE[:1], 0.5, 0.0),
        (np.concatenate([SQUARE, SQUARE]), 1.0, 1.0),
        (np.concatenate([SQUARE, 0.5 * SQUARE]), 1.0, 0.25),
        (np.add(SQUARE, [0.25, -3.5]), 1.0, 0.0),
        (0.5 * SQUARE - 0.25, 0.25, 0.0),
        (SQUARE * [2.0, 1.0], 1.0, 1.0),
        (SQUARE * [1.5, 1.0], 1.0, 0.5),
        (0.0 * SQUARE, 0.0, 0.0),
        (1e30 * SQUARE, 1.0, 1.0),
    ],
)
def test_coverage_and_overlap_of_squares(corner_uv, coverage, overlap):
    assert coverage_of(corner_uv.astype(np.float32)) == pytest.approx((coverage, overlap), abs=1e-3)


def test_a_square_metre_on_a_whole_texture_has_as_many_texels_a_metre_as_the_texture():
    points = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    mesh = nasty.mesh_of(points, np.array([[0, 1, 2], [0, 2, 3]]))
    maps = TextureMaps(np.zeros((256, 256, 3), np.uint8))
    textured = replace(mesh.surfaces[0], texture=0)
    mesh = replace(mesh, corner_uv=SQUARE, textures=(maps,), surfaces=(textured,))
    expected = TextureReport(size_px=256, coverage=1.0, overlap=0.0, texels_per_m=256.0)
    assert measured(mesh).texture == expected
    assert measured(mesh).materials[0].textured
    bare = replace(mesh, textures=(), surfaces=(nasty.plain_surface(),))
    assert measured(bare).texture == expected.model_copy(update={"size_px": 0, "texels_per_m": 0.0})


def test_a_texture_coordinate_that_is_no_number_is_refused():
    mesh = nasty.with_corner_data(nasty.box())
    mesh.corner_uv[3, 1, 0] = np.nan
    with pytest.raises(InvalidRequestError, match="texture coordinate"):
        measured(mesh)


# The stage


def run(mesh, tools=None, **params):
    inputs = {"mesh": pack(mesh_to_arrays(mesh)), "asset": bytes(777)}
    (done,) = SPEC.run(inputs, InspectParams(**params), Context("0" * 64, "job"), tools or Toolbox())
    return done


def test_the_stage_gives_the_report():
    done = run(nasty.torus(), policy="print", poly_count=2_000)
    report = Acceptance.model_validate_json(done.outputs["acceptance"].data)
    assert done.outputs["acceptance"].media_type == "application/json"
    assert report == judge(measure(nasty.torus(), 777), AcceptancePolicy.PRINT, 2_000)
    assert report.accepted
    assert done.warnings == ()


def test_the_stage_warns_of_what_is_not_accepted():
    done = run(nasty.with_holes(), policy="print")
    (warning,) = done.warnings
    assert warning.startswith("Not accepted as print: ")
    assert "watertight (36 edges have one face" in warning
    assert not json.loads(done.outputs["acceptance"].data)["accepted"]


def test_the_stage_fails_what_must_pass_and_names_each_check():
    with pytest.raises(NotAcceptableError, match=r"volume \(.*\), watertight \(36 edges have one face"):
        run(nasty.with_holes(), policy="print", must_pass=True)
    assert run(nasty.torus(), policy="print", must_pass=True).warnings == ()


def test_the_stage_gives_equal_bytes_whatever_the_order_of_the_vertices():
    mesh = nasty.two_colors(nasty.crossing_boxes())
    order = np.random.default_rng(0).permutation(len(mesh.vertices))
    places = np.argsort(order).astype(np.int32)
    turned = replace(mesh, vertices=mesh.vertices[order], faces=places[mesh.faces])
    assert run(turned).outputs == run(mesh).outputs


def test_a_run_that_is_no_longer_wanted_ends_between_any_two_steps():
    for check_count in range(5):
        with pytest.raises(CancelledJobError):
            run(nasty.torus(), Toolbox(check_count))
