"""Whatever is sent becomes one closed surface, near the old one, with its parts and colours."""

from __future__ import annotations

import numpy as np
import pytest

from serve.artifacts import pack, unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.stage import Context
from serve.fields.remeshing import remesh
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.cleaning import clean
from serve.geometry.topology import component_labels, is_closed, signed_volumes
from serve.geometry.transfer import nearest_on
from serve.stages import STAGES
from tests import nasty_meshes as nasty
from tests.toolboxes import Toolbox

EVERYTHING = {**nasty.SOUND, **nasty.OPEN, **nasty.BROKEN}


def volume(mesh):
    return float(signed_volumes(mesh.vertices, mesh.faces).sum())


@pytest.mark.parametrize("name", sorted(EVERYTHING))
def test_everything_becomes_closed_and_stays_in_its_place(name):
    mesh = EVERYTHING[name]()
    closed = remesh(mesh, 32)
    assert is_closed(closed.faces)
    assert volume(closed) > 0.0
    expected = clean(mesh)[0].bounds
    cell = (expected[1] - expected[0]).max() / 32
    assert np.abs(np.subtract(closed.bounds, expected)).max() < 1.5 * cell


@pytest.mark.parametrize(
    ("name", "volume_m3"),
    [
        ("box", 1.0),
        ("flipped_and_torn", 0.5158),
        ("nested_shells", 0.515),
        ("soup", 0.3878),
        ("torus", 0.3878),
    ],
)
def test_solids_and_voids_keep_their_volume(name, volume_m3):
    assert volume(remesh(EVERYTHING[name](), 64)) == pytest.approx(volume_m3, rel=0.02)


def test_solids_that_overlap_become_one():
    crossed = remesh(nasty.crossing_boxes(), 64)
    assert len(np.unique(component_labels(crossed.faces, len(crossed.vertices)))) == 1
    assert volume(crossed) == pytest.approx(1.4 - 0.2214, rel=0.02)
    assert sorted(set(crossed.face_part.tolist())) == [0, 1]


def test_the_vertices_lie_on_the_old_surface():
    ball = nasty.sphere(ring_count=60, column_count=120)
    closed = remesh(ball, 48)
    gaps = np.linalg.norm(nearest_on(ball, closed.vertices).points - closed.vertices, axis=1)
    assert gaps.max() < 0.2 / 48
    assert np.quantile(gaps, 0.99) < 1e-6


def test_a_sheet_becomes_a_wall_of_little_more_than_a_cell():
    sheet = nasty.cloth(40, 60)
    wall = remesh(sheet, 64)
    assert volume(wall) == pytest.approx(1.02 * 1.3 / 64, rel=0.15)


def test_a_plate_thinner_than_a_cell_does_not_fall_through_the_grid():
    plate = remesh(nasty.box((1.0, 0.005, 0.7)), 32)
    assert is_closed(plate.faces)
    assert np.ptp(plate.vertices, axis=0) == pytest.approx((1.04, 1.3 / 32, 0.74), abs=0.02)


def test_parts_and_colours_are_those_of_the_nearest_faces():
    mesh = nasty.with_corner_data(nasty.two_colors())
    closed = remesh(mesh, 48)
    middles = closed.vertices[closed.faces].mean(axis=1)
    clear = np.abs(middles[:, 0]) > 1 / 48
    assert np.array_equal(closed.face_part[clear], middles[clear, 0] > 0.0)
    assert [surface.name for surface in closed.surfaces] == ["left", "right"]
    lower, upper = mesh.bounds
    assert (
        np.abs(closed.corner_color - (closed.vertices[closed.faces] - lower) / (upper - lower)).max() < 0.02
    )
    assert closed.corner_uv is None


def test_remeshing_gives_the_same_bytes_each_time():
    first, second = (remesh(nasty.crossing_boxes(), 32) for _ in range(2))
    assert pack(mesh_to_arrays(first)) == pack(mesh_to_arrays(second))


def run_stage(mesh, resolution):
    spec = STAGES["remesh"]
    data = {"mesh": pack(mesh_to_arrays(mesh))}
    (done,) = spec.run(data, spec.params(resolution=resolution), Context("0" * 64, "job"), Toolbox())
    return mesh_from_arrays(unpack(done.outputs["mesh"].data))


def test_the_stage_remeshes_and_refuses_nothing_at_all():
    assert is_closed(run_stage(nasty.with_holes(), 24).faces)
    nothing = nasty.mesh_of(np.full((3, 3), np.nan), np.array([[0, 1, 2]]))
    with pytest.raises(InvalidRequestError, match="no face of the mesh"):
        run_stage(nothing, 24)
