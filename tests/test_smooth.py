"""Smoothing takes noise away, keeps the volume, and leaves rims where they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serve.artifacts import pack, unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.stage import Context
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.half_edges import match_edges
from serve.geometry.smoothing import smooth
from serve.geometry.topology import signed_volumes
from serve.stages import STAGES
from tests import nasty_meshes as nasty
from tests.toolboxes import Toolbox


def noisy(mesh, spread_m, seed=2):
    noise = np.random.default_rng(seed).normal(0.0, spread_m, mesh.vertices.shape)
    return replace(mesh, vertices=(mesh.vertices + noise).astype(np.float32))


def roughness(ball):
    """How far the radii spread, metres."""
    return float(np.std(np.linalg.norm(ball.vertices, axis=1)))


def volume(mesh):
    return float(signed_volumes(mesh.vertices, mesh.faces).sum())


@pytest.mark.parametrize(("iteration_count", "share"), [(5, 0.6), (20, 0.45), (100, 0.4)])
def test_a_noisy_ball_becomes_smoother_and_keeps_its_volume(iteration_count, share):
    ball = noisy(nasty.sphere(ring_count=40, column_count=80), 0.004)
    smoothed = smooth(ball, iteration_count)
    assert roughness(smoothed) < share * roughness(ball)
    assert volume(smoothed) == pytest.approx(volume(ball), rel=1e-5)


def test_rims_stay_where_they_are_and_what_lies_between_moves():
    sheet = noisy(nasty.cloth(), 0.01)
    smoothed = smooth(sheet, 20)
    rims = match_edges(sheet.faces).rims
    on_rim = np.zeros(len(sheet.vertices), bool)
    on_rim[sheet.faces[rims // 3, rims % 3]] = True
    assert np.array_equal(smoothed.vertices[on_rim], sheet.vertices[on_rim])
    assert (smoothed.vertices[~on_rim] != sheet.vertices[~on_rim]).any(axis=1).all()


def test_faces_parts_and_corner_data_are_those_of_before():
    mesh = nasty.with_corner_data(nasty.two_colors())
    smoothed = smooth(mesh, 3)
    for array in ("faces", "face_part", "corner_color", "corner_uv"):
        assert getattr(smoothed, array) is getattr(mesh, array)


@pytest.mark.parametrize("name", ["three_sheets", "moebius_strip", "one_triangle", "soup"])
def test_a_mesh_that_is_no_solid_keeps_its_size(name):
    mesh = {**nasty.BROKEN, **nasty.OPEN}[name]()
    smoothed = smooth(mesh, 50)
    assert np.isfinite(smoothed.vertices).all()
    assert np.ptp(smoothed.vertices, axis=0) == pytest.approx(np.ptp(mesh.vertices, axis=0), rel=0.1)


def test_even_a_box_of_twelve_faces_keeps_its_volume_and_every_piece_its_own():
    boxes = nasty.joined(nasty.box(), nasty.moved(nasty.sphere(), (5.0, 0.0, 0.0), 0.2), nasty.cloth())
    smoothed = smooth(boxes, 10)
    for vertices in (slice(0, 8), slice(8, 8 + 514)):
        faces = boxes.faces[np.isin(boxes.faces, np.arange(len(boxes.vertices))[vertices]).all(axis=1)]
        before, after = (signed_volumes(mesh.vertices, faces).sum() for mesh in (boxes, smoothed))
        assert after == pytest.approx(before, rel=1e-4)


def test_no_iterations_change_nothing():
    mesh = nasty.torus()
    assert smooth(mesh, 0) is mesh


def run_stage(mesh, iteration_count):
    spec = STAGES["smooth"]
    data = {"mesh": pack(mesh_to_arrays(mesh))}
    params = spec.params(iteration_count=iteration_count)
    (done,) = spec.run(data, params, Context("0" * 64, "job"), Toolbox())
    return mesh_from_arrays(unpack(done.outputs["mesh"].data))


def test_the_stage_smooths_and_refuses_what_is_not_finite():
    ball = noisy(nasty.sphere(), 0.004)
    assert roughness(run_stage(ball, 10)) < roughness(ball)
    with pytest.raises(InvalidRequestError, match="not finite"):
        run_stage(nasty.with_nan_vertices(), 10)
