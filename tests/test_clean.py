"""Broken meshes are mended, sound ones are left alone, and the record says what was done."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from serve.artifacts import pack, unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.repairs import Repairs
from serve.contracts.stage import Context
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.cleaning import CleanSettings, clean
from serve.geometry.degenerate import first_at_each_place
from serve.geometry.half_edges import match_edges
from serve.geometry.nesting import solid_angle_shares
from serve.geometry.slivers import flat_faces
from serve.geometry.topology import is_closed, signed_volumes
from serve.stages import STAGES
from tests import nasty_meshes as nasty
from tests.toolboxes import Toolbox

ALL = CleanSettings(hole_share=1.0)
NO_HOLES = CleanSettings(hole_share=0.0)


def volume(mesh):
    return float(signed_volumes(mesh.vertices, mesh.faces).sum())


def is_manifold(mesh):
    return len(match_edges(mesh.faces).crowded) == 0


def run_stage(mesh, **params):
    spec = STAGES["clean"]
    data = {"mesh": pack(mesh_to_arrays(mesh))}
    (done,) = spec.run(data, spec.params(**params), Context("0" * 64, "job"), Toolbox())
    cleaned = mesh_from_arrays(unpack(done.outputs["mesh"].data))
    return cleaned, Repairs.model_validate_json(done.outputs["repairs"].data), done.warnings


@pytest.mark.parametrize("name", [*nasty.SOUND, "crossing_boxes", "nested_shells", "cloth"])
def test_a_sound_mesh_comes_back_with_the_same_arrays(name):
    mesh = nasty.with_corner_data({**nasty.SOUND, **nasty.BROKEN, **nasty.OPEN}[name]())
    cleaned, repairs = clean(mesh)
    for array in ("vertices", "faces", "face_part", "corner_color", "corner_uv"):
        assert getattr(cleaned, array) is getattr(mesh, array)
    assert repairs.is_sound
    assert repairs.found.was_watertight == repairs.is_watertight == (name != "cloth")


@pytest.mark.parametrize(
    ("name", "volume_m3"),
    [
        ("flipped_and_torn", 0.5158),
        ("half_flipped", 0.5158),
        ("hidden_indices", 0.3878),
        ("inside_out", 0.3878),
        ("soup", 0.3878),
        ("two_cubes_on_a_corner", 2.0),
        ("two_cubes_on_an_edge", 2.0),
        ("with_a_bead", 1.0),
        ("with_a_loose_twin", 0.5158),
        ("with_duplicate_faces", 0.3878),
        ("with_duplicate_vertices", 0.5158),
        ("with_holes", 0.3878),
        ("with_loose_repeats", 0.3878),
        ("with_nan_vertices", 0.3878),
        ("with_near_duplicates", 0.5158),
        ("with_zero_area_faces", 0.3878),
    ],
)
def test_a_broken_solid_becomes_closed_and_outward_again(name, volume_m3):
    cleaned, repairs = clean(nasty.BROKEN[name]())
    assert is_closed(cleaned.faces)
    assert repairs.is_watertight
    assert not repairs.is_sound or name == "with_a_bead"
    assert volume(cleaned) == pytest.approx(volume_m3, rel=2e-3)
    assert len(flat_faces(cleaned.vertices, cleaned.faces)) == 0
    assert len(np.unique(cleaned.faces)) == len(cleaned.vertices)


@pytest.mark.parametrize("name", [*nasty.BROKEN, *nasty.OPEN])
def test_what_was_cleaned_is_sound(name):
    once, _ = clean({**nasty.BROKEN, **nasty.OPEN}[name]())
    again, repairs = clean(once)
    assert again.faces is once.faces
    assert repairs.is_sound
    assert is_manifold(once)


def test_the_record_counts_what_was_found_and_done():
    torn = clean(nasty.flipped_and_torn())[1]
    assert not torn.found.was_watertight
    assert torn.found.boundary_edge_count == 23 + 2 * 6  # a patch has two faces fewer than its rim has edges
    assert torn.found.misoriented_edge_count > 100
    assert (torn.filled_hole_count, torn.added_face_count, torn.open_hole_count) == (6, 23, 0)
    assert clean(nasty.hidden_indices())[1].dropped_faces.unknown_vertex == 3
    assert clean(nasty.with_nan_vertices())[1].dropped_faces.not_finite == 18
    assert clean(nasty.with_duplicate_faces())[1].dropped_faces.duplicate == 154 + 77
    assert clean(nasty.with_zero_area_faces())[1].dropped_faces.no_area == 96
    assert clean(nasty.inside_out())[1].flipped_face_count == 1536
    assert clean(nasty.soup())[1].welded_vertex_count == 3 * 1536 - 768
    bead = clean(nasty.with_a_bead())[1]
    assert (bead.dropped_piece_count, bead.dropped_faces.speck) == (1, 48)
    edge = clean(nasty.two_cubes_on_an_edge())[1]
    assert (edge.found.nonmanifold_edge_count, edge.cut_vertex_count) == (1, 2)


def test_fewer_faces_are_turned_where_either_would_do():
    assert clean(nasty.flipped(nasty.sphere(), 0.1))[1].flipped_face_count < 150


def test_sheets_that_share_an_edge_become_three():
    cleaned, repairs = clean(nasty.three_sheets())
    assert len(cleaned.faces) == 6
    assert repairs.cut_vertex_count == 4
    assert repairs.open_hole_count == 3


def test_a_moebius_strip_is_cut_once_across():
    cleaned, repairs = clean(nasty.moebius_strip())
    assert len(cleaned.faces) == 96
    assert repairs.cut_vertex_count == 2
    assert repairs.flipped_face_count == 0


def test_a_void_stays_a_void_also_where_the_whole_file_is_inside_out():
    shells = nasty.nested_shells()
    hollow = 1.0 - 0.8**3 + 0.3**3
    assert volume(clean(shells)[0]) == pytest.approx(hollow)
    assert volume(clean(nasty.flipped(shells))[0]) == pytest.approx(hollow)


def test_a_solid_within_a_solid_that_winds_outward_is_no_void():
    inner = nasty.moved(nasty.box(), (0.0, 0.0, 0.0), 0.5)
    assert volume(clean(nasty.joined(nasty.box(), inner))[0]) == pytest.approx(1.125)


def test_a_lone_inward_solid_beside_another_is_turned():
    beside = nasty.joined(nasty.box(), nasty.moved(nasty.flipped(nasty.box()), (3.0, 0.0, 0.0)))
    assert volume(clean(beside)[0]) == pytest.approx(2.0)


def test_the_winding_number_is_one_inside_and_nothing_outside():
    ball = nasty.sphere()
    points = np.array([[0, 0, 0], [0.3, 0.1, 0.2], [0.6, 0, 0], [9, 9, 9]], np.float32)
    shares = solid_angle_shares(points, ball.vertices[ball.faces])
    assert shares == pytest.approx([1, 1, 0, 0], abs=1e-6)


def test_small_holes_are_filled_large_ones_on_request_and_none_if_asked_so():
    bucket = nasty.box((1.0, 2.0, 1.0))
    lid = np.isclose(bucket.vertices[bucket.faces][:, :, 1], 1.0).all(axis=1)
    bucket = nasty.mesh_of(bucket.vertices, bucket.faces[~lid])
    assert clean(bucket)[1].open_hole_count == 1
    closed, repairs = clean(bucket, ALL)
    assert (repairs.filled_hole_count, repairs.added_face_count) == (1, 2)
    assert volume(closed) == pytest.approx(2.0)
    assert clean(nasty.with_holes(), NO_HOLES)[1].open_hole_count == 6


@pytest.mark.parametrize(("share", "hole_count"), [(0.01, 118), (0.05, 562), (0.1, 1017)])
def test_holes_that_touch_at_a_vertex_are_filled_one_by_one(share, hole_count):
    ring = nasty.torus(row_count=100, column_count=60)
    keep = np.random.default_rng(1).random(len(ring.faces)) > share
    closed, repairs = clean(nasty.mesh_of(ring.vertices, ring.faces[keep]))
    assert is_closed(closed.faces)
    assert repairs.filled_hole_count == hole_count
    assert volume(closed) == pytest.approx(volume(ring), rel=1e-3)


@pytest.mark.parametrize("name", ["cloth", "one_triangle", "bow_tie"])
def test_a_sheet_stays_open_whatever_was_asked(name):
    mesh = {**nasty.OPEN, **nasty.BROKEN}[name]()
    cleaned, repairs = clean(mesh, ALL)
    assert len(cleaned.faces) == len(mesh.faces)
    assert repairs.filled_hole_count == 0


def test_the_other_side_of_a_sheet_is_no_repeat():
    sheet = nasty.cloth()
    back = sheet.faces[:, ::-1] + len(sheet.vertices)
    both = nasty.mesh_of(np.concatenate([sheet.vertices] * 2), np.concatenate([sheet.faces, back]))
    assert first_at_each_place(both).all()


def test_a_wide_hole_of_many_edges_is_filled_smoothly():
    """Half a fine ball: its rim of 200 edges is spanned flat; a tenth gone is close to what was there."""
    ball = nasty.sphere(ring_count=100, column_count=200)
    low = ball.vertices[ball.faces][:, :, 1].max(axis=1) < 1e-6
    half, repairs = clean(nasty.mesh_of(ball.vertices, ball.faces[low]), ALL)
    assert repairs.added_face_count == 198
    assert is_closed(half.faces)
    assert volume(half) == pytest.approx(0.5 * volume(ball), rel=0.03)
    cap = ball.vertices[ball.faces][:, :, 1].max(axis=1) < 0.4
    assert volume(clean(nasty.mesh_of(ball.vertices, ball.faces[cap]), ALL)[0]) == pytest.approx(
        volume(ball), rel=0.04
    )


def test_a_hole_whose_every_diagonal_is_an_edge_already_gets_a_vertex():
    """Four of an octahedron's corners, and both diagonals between them drawn outside."""
    corners = np.array([[1, 0, 0], [0, 0, 1], [-1, 0, 0], [0, 0, -1], [0, -1, 0], [0, -2, 0]], float)
    faces = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    crossed = nasty.mesh_of(corners, np.concatenate([faces[:, ::-1], [[0, 2, 5], [1, 3, 5]]]))
    cleaned, _ = clean(crossed, ALL)
    assert is_manifold(cleaned)


def test_patches_take_part_colour_and_texel_from_their_rim():
    mesh = nasty.with_holes(nasty.with_corner_data(nasty.two_colors()), 4)
    cleaned, repairs = clean(mesh)
    new = slice(len(mesh.faces), None)
    assert repairs.added_face_count == len(cleaned.faces) - len(mesh.faces) > 0
    middles = cleaned.vertices[cleaned.faces[new]].mean(axis=1)
    clear = np.abs(middles[:, 0]) > 0.1
    assert np.array_equal(cleaned.face_part[new][clear], middles[clear, 0] > 0.0)
    assert np.allclose(
        cleaned.corner_color[new], nasty.with_corner_data(cleaned).corner_color[new], atol=1e-6
    )
    assert (np.ptp(cleaned.corner_uv[new], axis=1) == 0.0).all()


@pytest.mark.parametrize("name", sorted({*nasty.BROKEN} - {"hidden_indices"}))
def test_corner_data_stay_at_their_corners(name):
    mesh = nasty.BROKEN[name]()
    bounds = np.nanmin(np.where(np.isfinite(mesh.vertices), mesh.vertices, np.nan), axis=0)
    mesh = replace(
        mesh,
        corner_color=(mesh.vertices[mesh.faces] - bounds).astype(np.float32),
        corner_uv=np.zeros((len(mesh.faces), 3, 2), np.float32),
    )
    cleaned, repairs = clean(mesh, NO_HOLES)
    cut = 3e-3 if repairs.cut_vertex_count else 1e-6
    assert np.allclose(cleaned.corner_color, cleaned.vertices[cleaned.faces] - bounds, atol=cut)


def test_looks_that_are_no_numbers_become_zero():
    mesh = nasty.with_corner_data(nasty.box())
    mesh.corner_color[0, 0, 0], mesh.corner_uv[3, 2, 1] = np.nan, np.inf
    cleaned, _ = clean(mesh)
    assert cleaned.corner_color[0, 0, 0] == cleaned.corner_uv[3, 2, 1] == 0.0


def test_a_needle_in_a_closed_surface_is_flipped_and_nothing_is_torn():
    """A corner in the middle of a box's edge, held by a face without area."""
    block = nasty.box()
    edge = block.vertices[[0, 1]]
    vertices = np.concatenate([block.vertices, edge.mean(axis=0, keepdims=True)])
    first = next(i for i, face in enumerate(block.faces) if {0, 1} <= set(face.tolist()))
    turn = next(t for t in range(3) if {0, 1} == set(np.roll(block.faces[first], -t)[:2].tolist()))
    a, b, c = np.roll(block.faces[first], -turn)
    faces = np.concatenate([np.delete(block.faces, first, axis=0), [[a, 8, c], [8, b, c], [b, 8, a]]])
    mesh = nasty.with_corner_data(nasty.mesh_of(vertices, faces))
    assert is_closed(mesh.faces)
    cleaned, repairs = clean(mesh)
    assert repairs.mended_needle_count == 1
    assert len(cleaned.faces) == 14
    assert is_closed(cleaned.faces)
    assert volume(cleaned) == pytest.approx(1.0)
    assert np.allclose(cleaned.corner_color, nasty.with_corner_data(cleaned).corner_color, atol=1e-6)


def test_cleaning_gives_the_same_bytes_each_time():
    first, second = (clean(nasty.with_corner_data(nasty.flipped_and_torn()))[0] for _ in range(2))
    assert pack(mesh_to_arrays(first)) == pack(mesh_to_arrays(second))


@pytest.mark.parametrize("vertex_count", [40, 3_000])
def test_a_tangle_of_random_faces_becomes_a_manifold(vertex_count):
    rng = np.random.default_rng(vertex_count)
    vertices = rng.random((vertex_count, 3))
    faces = rng.integers(-1, vertex_count + 1, (6_000, 3))
    cleaned, repairs = clean(nasty.mesh_of(vertices, faces), ALL)
    assert is_manifold(cleaned)
    assert repairs.dropped_faces.unknown_vertex > 0
    assert np.isfinite(cleaned.vertices).all()


def test_a_million_faces_of_soup_become_one_surface():
    cleaned, repairs = clean(nasty.soup(nasty.million_faces()))
    assert is_closed(cleaned.faces)
    assert repairs.welded_vertex_count == 2_500_000


def test_the_stage_tells_what_a_user_cares_for():
    _, repairs, warnings = run_stage(nasty.flipped_and_torn())
    assert warnings == ("6 holes were filled with 23 faces",)
    assert repairs.filled_hole_count == 6
    assert run_stage(nasty.torus())[2] == ()
    assert "1 rim too large" in run_stage(nasty.cloth())[2][0]
    assert "18 faces without finite corners" in run_stage(nasty.with_nan_vertices())[2][0]
    assert run_stage(nasty.with_holes(), fill_holes="none")[1].open_hole_count == 6


def test_the_stage_refuses_a_mesh_of_which_nothing_is_left():
    nothing = replace(nasty.torus(), vertices=np.full((768, 3), np.nan, np.float32))
    with pytest.raises(InvalidRequestError, match="none of the 1,536 faces"):
        run_stage(nothing)


def test_the_record_is_plain_json():
    data = json.loads(clean(nasty.soup())[1].model_dump_json())
    assert data["found"]["boundary_edge_count"] == 3 * 1536
    assert data["is_watertight"] is True
