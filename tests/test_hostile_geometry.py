"""Whatever is uploaded, a stage ends soon, asks often whether it is still wanted, or says why it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from serve.artifacts import pack, unpack
from serve.contracts.errors import CancelledJobError, InvalidRequestError
from serve.contracts.stage import Context
from serve.fields.remeshing import remesh
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.cleaning import CleanSettings, clean
from serve.geometry.simplification import simplify
from serve.geometry.slicing import slices_of
from serve.geometry.topology import is_closed
from serve.stages import STAGES
from tests import nasty_meshes as nasty
from tests.toolboxes import Toolbox


def run_stage(name, mesh, tools=None, **params):
    spec = STAGES[name]
    inputs = {"mesh": pack(mesh_to_arrays(mesh))}
    (done,) = spec.run(inputs, spec.params(**params), Context("0" * 64, "job"), tools or Toolbox())
    return mesh_from_arrays(unpack(done.outputs["mesh"].data))


def tangle(face_count, vertex_count):
    """Faces between any three of some points."""
    random = np.random.default_rng(5)
    points = random.uniform(-1.0, 1.0, (vertex_count, 3))
    return nasty.mesh_of(points, random.integers(0, vertex_count, (face_count, 3)))


def fan(face_count):
    """A flat cone: all faces meet at its tip."""
    turns = np.linspace(0.0, 2.0 * np.pi, face_count, endpoint=False)
    rim = np.stack([np.cos(turns), 0.0 * turns, np.sin(turns)], axis=1)
    here = np.arange(face_count)
    faces = np.stack([0 * here, 1 + (here + 1) % face_count, 1 + here], axis=1)
    return nasty.mesh_of(np.concatenate([[[0.0, 0.3, 0.0]], rim]), faces)


def crowded_boxes(box_count, spread_m):
    """Boxes of a metre all over each other."""
    box, steps = nasty.box(), np.arange(box_count)[:, None, None]
    places = np.random.default_rng(1).uniform(-spread_m, spread_m, (box_count, 1, 3))
    return nasty.mesh_of((box.vertices + places).reshape(-1, 3), (box.faces + 8 * steps).reshape(-1, 3))


def pipes(pipe_count, side_count):
    """Open pipes: each has two holes of so many edges."""
    turns, here = np.linspace(0.0, 2.0 * np.pi, side_count, endpoint=False), np.arange(side_count)
    ring, there = np.stack([np.cos(turns), 0.0 * turns, np.sin(turns)], axis=1), (here + 1) % side_count
    points = np.concatenate([ring, ring + np.array([0.0, 6.0, 0.0])])
    faces = [[here, side_count + here, there], [there, side_count + here, side_count + there]]
    faces = np.concatenate([np.stack(rows, axis=1) for rows in faces])
    steps = np.arange(pipe_count)[:, None, None]
    places = steps * np.array([3.0, 0.0, 0.0])
    return nasty.mesh_of((points + places).reshape(-1, 3), (faces + len(points) * steps).reshape(-1, 3))


@pytest.mark.parametrize("shape", [lambda: tangle(20_000, 1_000), lambda: fan(40_000)])
def test_what_no_tree_can_search_is_not_remeshed(shape):
    with pytest.raises(InvalidRequestError, match=r"overlap.*decimate it first, or lower the resolution"):
        run_stage("remesh", shape(), resolution=256)


def test_boxes_that_crowd_each_other_are_not_remeshed_too_finely():
    crowd = crowded_boxes(300, 0.4)
    with pytest.raises(ValueError, match="lower the resolution"):
        remesh(crowd, 256)
    assert is_closed(remesh(crowd, 16).faces)


@pytest.mark.parametrize(
    ("stage", "shape", "params"),
    [
        ("clean", lambda: tangle(10_000, 500), {"fill_holes": "all"}),
        ("clean", lambda: pipes(6, 200), {"fill_holes": "all"}),
        ("decimate", lambda: fan(20_000), {"poly_count": 100}),
        ("decimate", lambda: tangle(4_000, 300), {"poly_count": 100}),
        ("remesh", nasty.torus, {"resolution": 64}),
        ("remesh", nasty.cloth, {"resolution": 64}),
    ],
)
def test_a_cancelled_stage_stops_wherever_it_is(stage, shape, params):
    mesh, whole = shape(), Toolbox()
    run_stage(stage, mesh, whole, **params)
    assert whole.count >= 5
    # How often the slices of a remesh ask depends on the clock.
    last = 4 if stage == "remesh" else whole.count - 1
    for count in (0, 1, 4, last):
        tools = Toolbox(count)
        with pytest.raises(CancelledJobError):
            run_stage(stage, mesh, tools, **params)
        assert tools.count == count + 1


def test_how_often_simplification_is_asked_does_not_change_it(monkeypatch):
    mesh = nasty.sphere(ring_count=40, column_count=80)
    usual = simplify(mesh, 500)
    monkeypatch.setattr("serve.geometry.simplification._LOOK_COUNT", 50)
    often = Toolbox()
    sliced = simplify(mesh, 500, often.check)
    assert often.count > 100
    assert np.array_equal(sliced.vertices, usual.vertices)
    assert np.array_equal(sliced.faces, usual.faces)


def test_long_holes_are_filled_with_equal_patches():
    filled, repairs = clean(pipes(5, 200), CleanSettings(hole_share=1.0))
    assert repairs.filled_hole_count == 10
    assert is_closed(filled.faces)
    alone, _ = clean(pipes(1, 200), CleanSettings(hole_share=1.0))
    assert len(filled.faces) == 5 * len(alone.faces)


@pytest.mark.parametrize("size_m", [1e-30, 1e-9, 1e12, 1e30])
def test_a_size_that_cannot_be_computed_with_is_refused_or_scaled(size_m):
    ball = nasty.sphere()
    mesh = nasty.mesh_of(ball.vertices.astype(np.float64) * size_m, ball.faces)
    with pytest.raises(InvalidRequestError, match=r"longest side.*unit_m.*longest_m"):
        run_stage("place", mesh)
    scaled = run_stage("place", mesh, longest_m=1.0)
    assert np.ptp(scaled.vertices, axis=0).max() == pytest.approx(1.0)


@pytest.mark.parametrize(("size_m", "at_m"), [(1e-12, 0.0), (1e12, 0.0), (1.0, 1e4)])
def test_remeshing_is_as_good_far_away_and_at_any_size(size_m, at_m):
    ball = nasty.sphere(ring_count=24, column_count=48)
    mesh = nasty.mesh_of(ball.vertices.astype(np.float64) * size_m + at_m, ball.faces)
    closed = remesh(mesh, 32)
    radii = np.linalg.norm(closed.vertices.astype(np.float64) - at_m, axis=1) / size_m
    assert is_closed(closed.faces)
    assert radii == pytest.approx(0.5, abs=0.01)


def test_slices_make_up_the_whole_in_order():
    wanted = Toolbox()
    parts = list(slices_of(1_000, wanted.check, first_count=3, most_count=64))
    assert wanted.count == len(parts)
    assert np.concatenate([np.arange(1_000)[part] for part in parts]).tolist() == list(range(1_000))
    assert max(part.stop - part.start for part in parts) == 64
    assert list(slices_of(0, wanted.check, first_count=3)) == []
